using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.RewardModels;

public sealed class RewardModelFiguresTests
{
    [Fact]
    public void Pairs_are_counted_strictly_over_all_replies_of_a_prompt()
    {
        // Three pairs: 3 > 1, 3 > 1, 1 = 1; then one pair the wrong way round.
        var found = PairAccuracy.Compute([[3, 1, 1], [0.5, 0.75]]);
        found.Should().Be(new PairAccuracy(4, 2, 1, (2 - 0.25) / 2));
        found.Accuracy.Should().Be(0.5);
        found.AccuracyWithCoin.Should().Be(2.5 / 4);
        // The thesis: 1481 of 1922 pairs, 77.1 %.
        var thesis = new PairAccuracy(1922, 1481, 0, 1.7199);
        thesis.Interval().Contains(thesis.Accuracy).Should().BeTrue();
        thesis.Interval().Width.Should().BeApproximately(2 * 1.96 * Math.Sqrt(0.7706 * 0.2294 / 1922), 1e-4);
    }

    [Fact]
    public void Groups_without_pairs_are_refused()
    {
        FluentActions.Invoking(() => PairAccuracy.Compute([])).Should().Throw<ReproException>().WithMessage("there are no groups*");
        FluentActions.Invoking(() => PairAccuracy.Compute([[1, 2], [1]]))
            .Should().Throw<ReproException>().WithMessage("group 1 has the scores 1;*");
        FluentActions.Invoking(() => PairAccuracy.Compute([[1, double.NaN]])).Should().Throw<ReproException>().WithMessage("group 0*NaN*");
    }

    [Fact]
    public void Errors_are_reported_by_range_of_the_label()
    {
        // Bounds belong to the ends.
        var found = AbsoluteErrors.PerRange([0.5, 0.1, 0.5, 0.6], [0.4, 0.3, 0.9, 0.5], new ScoreRanges { Low = 0.4, High = 0.9 });
        found[ScoreRange.Low].Count.Should().Be(2);
        found[ScoreRange.Low].MeanSquared.Should().BeApproximately((0.01 + 0.04) / 2, 1e-12);
        found[ScoreRange.Low].MeanAbsolute.Should().BeApproximately(0.15, 1e-12);
        found[ScoreRange.High].MeanSquared.Should().BeApproximately(0.16, 1e-12);
        found[ScoreRange.Between].MeanAbsolute.Should().BeApproximately(0.1, 1e-12);
        AbsoluteErrors.PerRange([1], [1], new ScoreRanges { Low = 0.4, High = 0.9 })[ScoreRange.Low].MeanSquared.Should().Be(double.NaN);
        FluentActions.Invoking(() => AbsoluteErrors.Compute([1], [1, 2]))
            .Should().Throw<ReproException>().WithMessage("1 predictions*2 labels*");
        FluentActions.Invoking(() => AbsoluteErrors.Compute([1, double.NaN], [1, 2]))
            .Should().Throw<ReproException>().WithMessage("row 1*NaN*");
    }

    [Fact]
    public void Judgements_of_one_half_say_neither()
    {
        var found = JudgementAccuracy.Compute([(0.9, 1), (0.2, 1), (0.5, 0), (0.8, 0.5), (0.4, 0.25)]);
        found.Should().Be(new JudgementAccuracy(4, 3, 2));
        found.Constant(true).Should().Be(0.5);
        JudgementAccuracy.Compute([]).Accuracy.Should().Be(double.NaN);
        FluentActions.Invoking(() => JudgementAccuracy.Compute([(double.NaN, 1)])).Should().Throw<ReproException>();
    }
}
