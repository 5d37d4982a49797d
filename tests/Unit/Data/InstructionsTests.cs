using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class InstructionsTests
{
    [Fact]
    public void An_input_stands_below_its_instruction_and_empty_answers_are_left_out()
    {
        var notes = new ReadNotes();
        var rows = Instructions.Alpaca(DataFolder.Fixture("alpaca.json"), notes).ToList();
        rows.Select(Turns).Should().Equal(
            "Name three metals.|Iron, copper and tin.", "Say it in capital letters.\nquiet water|QUIET WATER",
            "Tell me how you feel.|As an AI I do not have feelings.");
        rows[1].Origin.Item.Should().Be("alpaca.json:3");
        notes.Reasons["the answer is empty"].Should().Be((1L, DataFolder.Fixture("alpaca.json") + ":5"));
    }

    [Fact]
    public void Empty_questions_are_left_out_too()
    {
        using var folder = new TemporaryFolder();
        var notes = new ReadNotes();
        Instructions.GradeSchool(
            folder.Write("f.jsonl", "{\"INSTRUCTION\":\" \",\"RESPONSE\":\"a\"}\n{\"INSTRUCTION\":\"q\",\"RESPONSE\":\"a\"}"), notes)
            .Should().HaveCount(1);
        notes.Reasons.Keys.Should().Equal("the question is empty");
    }

    [Fact]
    public void The_context_of_a_question_stands_below_it()
    {
        Instructions.Dolly(DataFolder.Fixture("dolly.jsonl")).Select(Turns).Should().Equal(
            "Who keeps the lighthouse?\nAda keeps the lighthouse since spring.|Ada does.", "Give a name for a boat.|Heron.");
        Instructions.Dolly(DataFolder.Fixture("dolly-upper.jsonl")).Select(Turns).Should().Equal("Who keeps the lighthouse?|Ada does.");
    }

    [Fact]
    public void Word_problems_come_as_instructions_too() =>
        Instructions.GradeSchool(DataFolder.Fixture("math-instructions.jsonl")).Select(Turns)
            .Should().Equal("What are seven eights?|Seven eights are 7*8=<<7*8=56>>56.\n#### 56");

    [Theory]
    [InlineData("{\"instruction\":\"a\",\"output\":7}", "*f.json:1: 'output' must be a text, found 7.")]
    [InlineData("[{\"instruction\":\"a\",\"input\":[],\"output\":\"b\"}]", "*f.json:1: 'input' must be a text, found [].")]
    [InlineData("{\"output\":\"b\"}", "*f.json:1: 'instruction' must be a text, found nothing.")]
    public void A_wrong_row_is_named(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.json", content);
        FluentActions.Invoking(() => Instructions.Alpaca(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    private static string Turns(Conversation row) => string.Join('|', row.Messages.Select(message => message.Content));
}
