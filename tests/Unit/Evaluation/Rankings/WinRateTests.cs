using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Rankings;

public class WinRateTests
{
    // By hand: (1 + 1 + 0 + 1/2) / 4.
    [Fact]
    public void Draws_count_one_half()
    {
        var result = WinRate.Compute([2, 2, 1, 0]);
        result.WinRate.Should().BeApproximately(62.5, 1e-12);
        result.StandardError.Should().BeApproximately(100 * Math.Sqrt(0.6875 / 3 / 4), 1e-10);
        (result.Wins, result.BaselineWins, result.Draws, result.Total).Should().Be((2, 1, 1, 4));
        WinRate.FromCounts(2, 1, 1).WinRate.Should().Be(result.WinRate);
        WinRate.FromCounts(66, 34).WinRate.Should().BeApproximately(66, 1e-12);
    }

    [Fact]
    public void Failed_and_impossible_annotations_do_not_count() =>
        WinRate.Compute([null, double.NaN, 3, 0.5, -1, 2.0001, 0.9999, 2]).Should().Be(new WinRateResult(100, double.NaN, 1, 0, 0, 1));

    [Fact]
    public void Zero_one_rounds_degrees_but_keeps_draws()
    {
        var result = WinRate.Compute([1.4, 1.6, 1.5, 1.51], ScoringRule.ZeroOne);
        result.WinRate.Should().BeApproximately(62.5, 1e-12);
        (result.Wins, result.BaselineWins, result.Draws).Should().Be((2, 1, 1));
        WinRate.Compute([1.4, 1.6]).WinRate.Should().BeApproximately(50, 1e-12);
        WinRate.Compute([1.4, 1.7]).WinRate.Should().BeApproximately(55, 1e-12);
    }

    [Fact]
    public void Nothing_to_count_is_refused()
    {
        ((Action)(() => WinRate.Compute([]))).Should().Throw<ArgumentException>().WithMessage("preferences *none among 0*");
        ((Action)(() => WinRate.Compute([null, 5]))).Should().Throw<ArgumentException>().WithMessage("preferences *none among 2*");
        ((Action)(() => WinRate.Compute(null!))).Should().Throw<ArgumentNullException>().Which.ParamName.Should().Be("preferences");
        ((Action)(() => WinRate.Compute([1], (ScoringRule)9))).Should().Throw<ArgumentException>().WithMessage("rule *was 9*");
        ((Action)(() => WinRate.FromCounts(-1, 1))).Should().Throw<ArgumentException>().WithMessage("wins *was -1*");
        ((Action)(() => WinRate.FromCounts(1, -2))).Should().Throw<ArgumentException>().WithMessage("baselineWins *was -2*");
        ((Action)(() => WinRate.FromCounts(1, 1, -3))).Should().Throw<ArgumentException>().WithMessage("draws *was -3*");
        ((Action)(() => WinRate.FromCounts(0, 0))).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Agreement_by_each_rule()
    {
        double?[] predictions = [1, 2, null, 2], targets = [1.25, 1, 2, 2];
        var absolute = Agreement.Compute(predictions, targets, ScoringRule.Absolute);
        absolute.Error.Should().BeApproximately(1.25 / 3, 1e-12);
        absolute.Score.Should().BeApproximately(1 - (1.25 / 3), 1e-12);
        absolute.Total.Should().Be(3);
        Agreement.Compute(predictions, targets, ScoringRule.Squared).Error.Should().BeApproximately(1.0625 / 3, 1e-12);
        Agreement.Compute(predictions, targets).Error.Should().BeApproximately(1.0 / 3, 1e-12);
        Agreement.Compute([1], [1]).StandardError.Should().Be(double.NaN);
        Agreement.Compute([1, 0, 1.5], [1, 1.5, 0]).Score.Should().Be(1);
        Agreement.Compute([0], [1]).Score.Should().Be(0);
    }

    [Fact]
    public void Agreement_of_nothing_is_refused()
    {
        ((Action)(() => Agreement.Compute([1], [1, 2]))).Should().Throw<ArgumentException>().WithMessage("targets *held 2*");
        foreach (var rule in Enum.GetValues<ScoringRule>())
        {
            ((Action)(() => Agreement.Compute([1, null], [null, 1], rule)))
                .Should().Throw<ArgumentException>().WithMessage("*none among 2*");
        }

        ((Action)(() => Agreement.Compute(null!, [1]))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Agreement.Compute([1], null!))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Agreement.Compute([1], [1], (ScoringRule)9))).Should().Throw<ArgumentException>().WithMessage("rule *was 9*");
    }

    // Two fair and independent judges agree half the time; two who always say yes, always.
    [Fact]
    public void Agreement_by_chance()
    {
        Agreement.ByChance(0.5, 0.5).Should().Be(0.5);
        Agreement.ByChance(1, 1).Should().Be(1);
        Agreement.ByChance(0.6, 0.7).Should().BeApproximately(0.54, 1e-15);
        ((Action)(() => Agreement.ByChance(1.1, 0))).Should().Throw<ArgumentException>().WithMessage("p1 *");
        ((Action)(() => Agreement.ByChance(1, -0.1))).Should().Throw<ArgumentException>().WithMessage("p2 *");
    }
}
