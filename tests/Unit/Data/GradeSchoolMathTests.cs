using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class GradeSchoolMathTests
{
    [Fact]
    public void Problems_become_conversations_with_or_without_calculator_annotations()
    {
        var whole = GradeSchoolMath.Conversations(DataFolder.Fixture("gsm8k.jsonl")).ToList();
        whole.Should().HaveCount(3);
        whole[0].Messages.Should().Equal(
            new ChatMessage(ChatRole.User, "A shelf holds 12 jars and each jar holds 25 beans. How many beans are on the shelf?"),
            new ChatMessage(ChatRole.Assistant, "There are 12*25=<<12*25=300>>300 beans.\n#### 300"));
        whole[0].Origin.Set.Should().Be("gsm8k");
        whole[0].Origin.Item.Should().Be("gsm8k.jsonl:1");
        whole.Select(row => row.Origin.Group).Distinct().Should().HaveCount(3);
        GradeSchoolMath.Conversations(DataFolder.Fixture("gsm8k.jsonl"), keepAnnotations: false).Select(row => row.Messages[1].Content)
            .Should().Equal(
                "There are 12*25=300 beans.\n#### 300", "She owes 1500-250=1,250 coins.\n#### 1,250", "It is 3-8=-5 degrees.\n#### -5");
    }

    [Fact]
    public void Prompts_carry_the_final_number() =>
        GradeSchoolMath.Prompts(DataFolder.Fixture("gsm8k.jsonl")).Select(row => row.Reference).Should().Equal("300", "1250", "-5");

    [Theory]
    [InlineData("x\n#### 3", "3")]
    [InlineData("#### 1,234.50 and on", "1234.50")]
    [InlineData("#### 1\n#### 2", "2")]
    [InlineData("3", null)]
    [InlineData("#### x", null)]
    public void The_final_number_is_the_last_one_marked(string answer, string? expected) =>
        GradeSchoolMath.FinalAnswer(answer).Should().Be(expected);

    [Theory]
    [InlineData("{\"question\":\"q\",\"answer\":\"4\"}", "*f.jsonl:1: 'answer' must end with '#### ' and a number, found \"4\".")]
    [InlineData("{\"question\":\"q\"}", "*f.jsonl:1: 'answer' must be a text, found nothing.")]
    [InlineData("{\"question\":\"\",\"answer\":\"#### 4\"}", "*f.jsonl:1: 'question' must be a text that is not empty, found \"\".")]
    public void A_wrong_row_is_named(string row, string expected)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("f.jsonl", row);
        FluentActions.Invoking(() => GradeSchoolMath.Conversations(path).ToList()).Should().Throw<ReproException>().WithMessage(expected);
    }

    [PublishedDataFact]
    public void The_published_files_are_read_whole()
    {
        GradeSchoolMath.Conversations(DataFolder.Path("gsm8k", "train.jsonl")).Should().HaveCount(7473);
        var test = GradeSchoolMath.Prompts(DataFolder.Path("gsm8k", "test.jsonl")).ToList();
        test.Should().HaveCount(1319);
        test[0].Reference.Should().Be("18");
        test.Should().OnlyContain(row => !row.Reference!.Contains(','));
        GradeSchoolMath.Conversations(DataFolder.Path("gsm8k", "train.jsonl"), keepAnnotations: false)
            .Should().OnlyContain(row =>
                !row.Messages[1].Content.Contains("<<", StringComparison.Ordinal)
                    && !row.Messages[1].Content.Contains(">>", StringComparison.Ordinal));
    }
}
