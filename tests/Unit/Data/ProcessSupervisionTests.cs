using System.Globalization;
using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class ProcessSupervisionTests
{
    [Fact]
    public void A_row_gives_the_chosen_steps_with_their_ratings()
    {
        var notes = new ReadNotes();
        var solutions = ProcessSupervision.Solutions(DataFolder.Fixture("prm800k.jsonl"), notes: notes).ToList();
        solutions.Select(Steps).Should().Equal(
            "Two is even. 0 | Two and two are 4. 1",
            "Count up from two. 1 | Three. 1 | Then six. -1",
            "Half of nine is 4.5. 1",
            "Nine halves. 1 | So. 0");
        solutions.Select(solution => solution.IsRight).Should().Equal(true, false, true, null);
        solutions[0].Origin.Group.Should().Be(solutions[1].Origin.Group).And.NotBe(solutions[2].Origin.Group);
        notes.Reasons.ToDictionary(reason => reason.Key, reason => reason.Value.Count).Should().BeEquivalentTo(new Dictionary<string, long>
        {
            ["the problem was reported as broken"] = 1,
            ["the row controls the quality of annotators"] = 1,
            ["the row screens annotators"] = 1,
            ["no step was rated"] = 1,
        });
    }

    [Fact]
    public void Rated_steps_that_were_not_chosen_give_solutions_too()
    {
        var solutions = ProcessSupervision.Solutions(DataFolder.Fixture("prm800k.jsonl"), alternatives: true).ToList();
        solutions.Select(Steps).Should().Equal(
            "Two is even. 0 | It is 5. -1",
            "Two is even. 0 | Two and two are 4. 1",
            "Count up from two. 1 | Three. 1 | Then four. 1",
            "Count up from two. 1 | Three. 1 | Then six. -1",
            "It is 4. -1",
            "It is 5. -1",
            "Half of nine is 4.5. 1",
            "It is 4. -1",
            "Nine halves. 1 | So. 0");
        solutions[0].IsRight.Should().BeNull("a branch was not followed to its end");
        solutions.Select(solution => solution.Origin.Item).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Problems_come_once_with_their_answers() =>
        ProcessSupervision.Prompts(DataFolder.Fixture("prm800k.jsonl")).Select(prompt => (prompt.Prompt[0].Content, prompt.Reference))
            .Take(2).Should().Equal(
                ("Add two and two.", "4"), ("Halve nine.", "4"));

    [Theory]
    [InlineData(
        "{\"completions\":[{\"text\":\"x\",\"rating\":2}],\"chosen_completion\":0}",
        "*f.jsonl:1: 'label.steps[0].completions[0].rating' must be a whole number from -1 to 1, found 2.")]
    [InlineData(
        "{\"completions\":[{\"text\":\"x\",\"rating\":1}],\"chosen_completion\":1}",
        "*f.jsonl:1: 'label.steps[0].chosen_completion' must be a whole number from 0 to 0, found 1.")]
    [InlineData(
        "{\"completions\":[{\"rating\":1}],\"chosen_completion\":0}",
        "*f.jsonl:1: 'label.steps[0].completions[0].text' must be a text, found nothing.")]
    [InlineData(
        "{\"completions\":[],\"chosen_completion\":null}", "*f.jsonl:1: 'label.steps[0].completions' must hold at least one completion*")]
    [InlineData(
        "{\"completions\":[],\"chosen_completion\":0}", "*f.jsonl:1: 'label.steps[0].completions' must hold at least one completion*")]
    public void A_wrong_step_is_named(string step, string expected) =>
        Fails($"{{\"question\":{{\"problem\":\"p\"}},\"label\":{{\"finish_reason\":\"solution\",\"steps\":[{step}]}}}}", expected);

    [Theory]
    [InlineData(
        "{\"question\":{\"problem\":\"p\"},\"label\":{\"finish_reason\":\"done\",\"steps\":[]}}",
        "*f.jsonl:1: 'label.finish_reason' must be one of solution, found_error, bad_problem, give_up, found \"done\".")]
    [InlineData("{\"question\":{\"problem\":\"p\"},\"label\":[]}", "*f.jsonl:1: 'label' must be an object, found [].")]
    [InlineData(
        "{\"label\":{\"finish_reason\":\"solution\",\"steps\":[{\"completions\":[{\"text\":\"x\",\"rating\":1}]}]}}",
        "*f.jsonl:1: 'question' must be an object, found nothing.")]
    public void A_wrong_row_is_named(string row, string expected) => Fails(row, expected);

    private static void Fails(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.jsonl", row);
        FluentActions.Invoking(() => ProcessSupervision.Solutions(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    private static string Steps(StepwiseSolution solution) =>
        string.Join(" | ", solution.Steps.Select(step => $"{step.Text} {step.Rating?.ToString(CultureInfo.InvariantCulture) ?? "none"}"));
}
