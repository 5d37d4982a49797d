using Repro.Core;
using Repro.Core.Chat;

namespace Repro.Tests.Unit.Chat;

public sealed class TruncationTests
{
    [Theory]
    [InlineData(100, 100, 100, 100)]
    [InlineData(3000, 48, 2000, 48)]
    [InlineData(3000, 1792, 256, 1792)]
    [InlineData(3000, 5000, 256, 1792)]
    [InlineData(100, 5000, 100, 1792)]
    [InlineData(0, 5000, 0, 1792)]
    [InlineData(3000, 0, 2048, 0)]
    public void Prompt_keeps_its_end_and_reply_its_start(int prompt, int reply, int promptKept, int replyKept)
    {
        int[] promptIds = [.. Enumerable.Range(0, prompt)];
        int[] replyIds = [.. Enumerable.Range(10_000, reply)];
        (int[] cutPrompt, int[] cutReply) = new PairTruncation().Apply(promptIds, replyIds);
        cutPrompt.Should().Equal(promptIds[^promptKept..]);
        cutReply.Should().Equal(replyIds[..replyKept]);
    }

    [Fact]
    public void Impossible_limits_are_refused()
    {
        FluentActions.Invoking(() => new PairTruncation(10, 20).Apply([1], [2])).Should().Throw<ReproException>().WithMessage("*10*20*");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 16)]
    [InlineData(16, 16)]
    [InlineData(17, 32)]
    public void Batches_are_padded_to_a_multiple(int length, int padded) => PairTruncation.PaddedLength(length).Should().Be(padded);

    [Fact]
    public void Windows_lie_at_the_start_or_anywhere()
    {
        var random = new Random(7);
        var truncation = new WindowTruncation(10);
        truncation.Choose(10, random).Should().Be((0, 10));
        (int Start, int End)[] windows = [.. Enumerable.Range(0, 4000).Select(_ => truncation.Choose(13, random))];
        windows.Should().OnlyContain(window => window.Start >= 0 && window.Start <= 3 && window.End - window.Start == 10);

        // Half start at 0, the other half spreads over four places.
        double atStart = windows.Count(window => window.Start == 0) / 4000.0;
        atStart.Should().BeApproximately(0.5 + (0.5 / 4), 0.03);
        windows.Count(window => window.Start == 3).Should().BeInRange(400, 600);
        new WindowTruncation(10, 0).Choose(500, random).Should().Be((0, 10));
    }

    [Fact]
    public void The_stream_of_choices_does_not_depend_on_lengths()
    {
        var one = new Random(1);
        var two = new Random(1);
        var truncation = new WindowTruncation(10);
        truncation.Choose(5, one);
        truncation.Choose(500, two);
        one.Next().Should().Be(two.Next());
    }
}
