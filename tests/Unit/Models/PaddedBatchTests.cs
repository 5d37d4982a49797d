using Repro.Core.Chat;
using Repro.Core.Models;

namespace Repro.Tests.Unit.Models;

public sealed class PaddedBatchTests
{
    private static readonly int[][] Rows = [[5, 6, 7], [8], [9, 10]];

    [Fact]
    public void Padding_goes_to_the_right()
    {
        var batch = PaddedBatch.Pad(Rows, new PaddingSettings(0));
        (batch.Rows, batch.Time).Should().Be((3, 3));
        batch.Ids.Should().Equal(5, 6, 7, 8, 0, 0, 9, 10, 0);
        batch.Mask.Should().Equal(true, true, true, true, false, false, true, true, false);
        batch.Lengths.Should().Equal(3, 1, 2);
    }

    [Fact]
    public void Padding_goes_to_the_left_up_to_a_multiple()
    {
        var batch = PaddedBatch.Pad(Rows, new PaddingSettings(99, PaddingSide.Left, 4));
        batch.Time.Should().Be(4);
        batch.Ids.Should().Equal(99, 5, 6, 7, 99, 99, 99, 8, 99, 99, 9, 10);
        batch.Field<double>([[1, 2, 3], [4], [5, 6]], -1).Should().Equal(-1, 1, 2, 3, -1, -1, -1, 4, -1, -1, 5, 6);
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(16, 16, 16)]
    [InlineData(17, 16, 32)]
    [InlineData(7, 1, 7)]
    public void The_length_is_a_multiple(int longest, int multiple, int expected) =>
        PaddedBatch.Pad([new int[longest]], new PaddingSettings(0, MultipleOf: multiple)).Time.Should().Be(expected);

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        FluentActions.Invoking(() => PaddedBatch.Pad([], new PaddingSettings(0))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PaddedBatch.Pad([[1], []], new PaddingSettings(0))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PaddedBatch.Pad([[-1]], new PaddingSettings(0))).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PaddedBatch.Pad([[1]], new PaddingSettings(0, MultipleOf: 0))).Should().Throw<ArgumentException>();
        var batch = PaddedBatch.Pad(Rows, new PaddingSettings(0));
        FluentActions.Invoking(() => batch.Field<int>([[1, 2, 3], [4]], 0))
            .Should().Throw<ArgumentException>().WithMessage("2 rows of values do not belong to 3 rows of ids.*");
        FluentActions.Invoking(() => batch.Field<int>([[1, 2, 3], [4, 5], [6, 7]], 0))
            .Should().Throw<ArgumentException>().WithMessage("Row 1 has 2 values and 1 ids.*");
        FluentActions.Invoking(() => batch.Unpad<int>([1, 2])).Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData(3, 5, 3, 5)]
    [InlineData(12, 5, 7, 5)]
    [InlineData(12, 11, 4, 8)]
    [InlineData(2, 11, 2, 8)]
    [InlineData(12, 8, 4, 8)]
    [InlineData(5, 7, 5, 7)]
    public void Prompts_lose_their_beginning_and_replies_their_end(int prompt, int reply, int keptPrompt, int keptReply)
    {
        var cut = new PairTruncation(12, 4).Apply([.. Enumerable.Range(100, prompt)], [.. Enumerable.Range(200, reply)]);
        cut.Prompt.Should().Equal(Enumerable.Range(100 + prompt - keptPrompt, keptPrompt));
        cut.Reply.Should().Equal(Enumerable.Range(200, keptReply));
    }
}
