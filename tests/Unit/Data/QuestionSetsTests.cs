using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class QuestionSetsTests
{
    [Fact]
    public void Questions_are_read()
    {
        QuestionSets.Vicuna(DataFolder.Fixture("vicuna.jsonl")).Select(row => (row.Prompt.Single().Content, row.Category, row.Origin.Item))
            .Should().Equal(
                ("How many legs has a spider?", "counting", "vicuna.jsonl:1:1"),
                ("Write a line about fog.", "writing", "vicuna.jsonl:2:2"));
        QuestionSets.Koala(DataFolder.Fixture("koala.jsonl")).Select(row => (row.Prompt.Single().Content, row.Origin.Item)).Should().Equal(
            ("Which bird sings at night?", "koala.jsonl:1:koala_0"), ("Sort these: c, a, b.", "koala.jsonl:2:koala_1"));
    }

    [Theory]
    [InlineData("{\"question_id\":1,\"turns\":[\"a\",\"b\"]}", "*f.jsonl:1: 'turns' must be a list of one question, found [\"a\",\"b\"].")]
    [InlineData("{\"question_id\":1}", "*f.jsonl:1: 'turns' must be a list of texts, found nothing.")]
    [InlineData("{\"turns\":[\"a\"]}", "*f.jsonl:1: 'question_id' must be a whole number*")]
    public void A_wrong_row_is_named(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.jsonl", row);
        FluentActions.Invoking(() => QuestionSets.Vicuna(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [PublishedDataFact]
    public void The_published_files_are_read_whole()
    {
        var vicuna = QuestionSets.Vicuna(DataFolder.Path("vicuna", "question.jsonl")).ToList();
        vicuna.Should().HaveCount(80);
        vicuna.Select(row => row.Category).Distinct().Should().HaveCount(9);
        QuestionSets.Koala(DataFolder.Path("koala", "koala_test_set.jsonl")).Should().HaveCount(180);
    }
}
