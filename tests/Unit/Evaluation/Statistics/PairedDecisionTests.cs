using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public sealed class PairedDecisionTests
{
    private static readonly double[] Zeros = new double[8];

    /// <summary>
    /// Absolute values 3, 1, 2, 2, 1, 4 add up to 13, the differences to 11. A pattern whose negative part is T adds up to 13 - 2T, which
    /// is 11 or more for T = 0 (one pattern) and T = 1 (two), and as often -11 or less: 6 of 64.
    /// </summary>
    [Fact]
    public void The_sign_flip_p_by_hand() => SignFlip.TwoSided([3, -1, 2, 2, 1, 4]).Should().Be(6.0 / 64);

    /// <summary>
    /// Differences 1 to 8: mean 4.5, sample variance 6, standard error sqrt(6 / 8) = 0.866025; t(0.975, 7) = 2.364624 gives
    /// 4.5 -+ 2.047825. All signs are alike, so p = 2 / 256.
    /// </summary>
    [Theory]
    [InlineData(0, PairedOutcome.FirstLarger)]
    [InlineData(4.5, PairedOutcome.FirstLarger)]
    [InlineData(4.6, PairedOutcome.Undecided)]
    [InlineData(6.5, PairedOutcome.Undecided)]
    [InlineData(6.6, PairedOutcome.NoLargerDifference)]
    public void A_decision_by_hand(double margin, PairedOutcome expected)
    {
        var decision = PairedDecision.Decide([1, 2, 3, 4, 5, 6, 7, 8], Zeros, margin);
        decision.Estimate.Should().Be(4.5);
        decision.StandardDeviation.Should().BeApproximately(Math.Sqrt(6), 1e-12);
        decision.TInterval.Lower.Should().BeApproximately(2.452175, 1e-6);
        decision.TInterval.Upper.Should().BeApproximately(6.547825, 1e-6);
        decision.SignFlipP.Should().Be(2.0 / 256);
        decision.Outcome.Should().Be(expected);
    }

    /// <summary>0.085 -+ 0.035 is above 0, and 4 of 256 patterns are as extreme: alone it decides, corrected over six it does
    /// not.</summary>
    [Fact]
    public void Where_the_sign_flip_test_does_not_agree_nothing_is_decided()
    {
        double[] differences = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, -0.02];
        var decision = PairedDecision.Decide(differences, Zeros, 0);
        decision.TInterval.Lower.Should().BeGreaterThan(0);
        PairedDecision.Family(Enumerable.Repeat(decision, 6).ToList())[0].Outcome.Should().Be(
            PairedOutcome.Undecided, "p = 4/256 times 6 is above 0.05");
        decision.Outcome.Should().Be(PairedOutcome.FirstLarger);
    }

    [Fact]
    public void A_deterministic_difference_decides_and_none_does_not()
    {
        PairedDecision.Decide([2, 2, 2, 2, 2, 2, 2, 2], Zeros, 1).Outcome.Should().Be(PairedOutcome.FirstLarger);
        PairedDecision.Decide(Zeros, Zeros, 1).Outcome.Should().Be(PairedOutcome.Undecided);
    }

    /// <summary>Seven small differences and a large one: all signs are alike (p = 2 / 256), and the interval still spans 0.</summary>
    [Fact]
    public void An_interval_that_spans_0_decides_nothing_whatever_the_sign_flip_test_says()
    {
        double[] differences = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 5];
        var decision = PairedDecision.Decide(differences, Zeros, 0);
        decision.SignFlipP.Should().Be(2.0 / 256);
        decision.Outcome.Should().Be(PairedOutcome.Undecided);
        PairedDecision.Decide(Zeros, differences, 0).Outcome.Should().Be(PairedOutcome.Undecided);
    }

    [Theory]
    [InlineData(0.5, PairedOutcome.SecondLarger)]
    [InlineData(6.6, PairedOutcome.NoLargerDifference)]
    public void A_difference_below_0_by_hand(double margin, PairedOutcome expected) =>
        PairedDecision.Decide(Zeros, [1, 2, 3, 4, 5, 6, 7, 8], margin).Outcome.Should().Be(expected);

    [Fact]
    public void Where_nothing_varies_no_number_of_seeds_is_needed() =>
        PairedDecision.Decide([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], Zeros, 0.5).SeedsNeeded().Should().BeNull();

    /// <summary>d = 1 in units of its spread: (t(0.975, n - 1) + t(0.8, n - 1))^2 is 10.2 at 9 seeds, too much, and 9.9 at 10.</summary>
    [Fact]
    public void Seeds_needed_by_hand()
    {
        var unit = Math.Sqrt(7.0 / 8);
        double[] spread = [unit, -unit, unit, -unit, unit, -unit, unit, -unit];
        PairedDecision.Decide(spread, Zeros, 1).SeedsNeeded().Should().Be(10);
        PairedDecision.Decide(spread, Zeros, 0.1).SeedsNeeded().Should().BeInRange(785, 790, "1.96 + 0.84, squared, is 785 per unit");
        PairedDecision.Decide(spread, Zeros, 0).SeedsNeeded().Should().BeNull("there is no target");
        PairedDecision.Decide(spread, Zeros, 5).SeedsNeeded(1.16).Should().Be(8, "(2.365 + 0.896) / sqrt(8) is 1.153");
        PairedDecision.Decide(spread, Zeros, 5).SeedsNeeded(0.67).Should().Be(20, "(2.093 + 0.861) / sqrt(20) is 0.661");
    }

    [Fact]
    public void What_can_never_be_decided_is_refused()
    {
        var decision = PairedDecision.Decide([1, 2, 3, 4, 5, 6, 7, 8], Zeros, 0);
        var seven = () => PairedDecision.Family(Enumerable.Repeat(decision, 7).ToList());
        seven.Should().Throw<ArgumentException>().WithMessage("decisions must be at most 6 in one family, were 7: with 8 seeds*0.0078*");
        var five = () => PairedDecision.Decide([1, 2, 3, 4, 5], new double[5], 0);
        five.Should().Throw<ArgumentException>().WithMessage("1 decision(s) over 5 seeds can never be made*0.0625*");
        var two = () => PairedDecision.Family([PairedDecision.Decide([1, 2, 3, 4, 5, 6], new double[6], 0), decision]);
        two.Should().Throw<ArgumentException>().WithMessage("2 decision(s) over 6 seeds can never be made*");
        var many = () => PairedDecision.Decide(new double[21], new double[21], 0);
        many.Should().Throw<ArgumentException>().WithMessage("differences must be at most 20*");
    }

    /// <summary>
    /// 2000 data sets of 8 differences without an effect. Skewed differences are the hard case: they do not come from exchangeable arms,
    /// and every rule decides too often on them, the bootstrap most.
    /// </summary>
    [Theory]
    [InlineData("normal", 0.035, 0.065, 0.08)]
    [InlineData("t3", 0.02, 0.06, 0.07)]
    [InlineData("exchangeable", 0.02, 0.06, 0.07)]
    [InlineData("skewed", 0.075, 0.125, 0.13)]
    public void The_rule_decides_at_its_level_where_nothing_is_there(string noise, double least, double most, double bootstrapAbove)
    {
        const int Sets = 2000;
        var random = new Xoshiro256(16);
        var (decided, byBootstrap) = (0, 0);
        for (var set = 0; set < Sets; set++)
        {
            var decision = PairedDecision.Decide([.. Zeros.Select(_ => Noise(noise, random))], Zeros, 0);
            decided += decision.Outcome == PairedOutcome.Undecided ? 0 : 1;
            byBootstrap += decision.BootstrapInterval.Contains(0) ? 0 : 1;
        }

        ((double)decided / Sets).Should().BeInRange(least, most);
        ((double)byBootstrap / Sets).Should().BeGreaterThan(bootstrapAbove);
    }

    private static double Noise(string kind, Xoshiro256 random)
    {
        double Normal() => Math.Sqrt(-2 * Exponent(random)) * Math.Cos(2 * Math.PI * random.NextDouble());
        return kind switch
        {
            "normal" => Normal(),
            "t3" => Normal() / Math.Sqrt(Enumerable.Range(0, 3).Sum(_ => Math.Pow(Normal(), 2)) / 3),
            "exchangeable" => Exponent(random) - Exponent(random),
            _ => -Exponent(random) - 1,
        };
    }

    private static double Exponent(Xoshiro256 random) => Math.Log(1 - random.NextDouble());
}
