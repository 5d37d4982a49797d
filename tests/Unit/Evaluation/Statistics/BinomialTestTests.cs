using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>Expected values come from exact rational arithmetic over all outcomes, unless a source is named.</summary>
public class BinomialTestTests
{
    [Theory]
    [InlineData(66, 100, 0.5, 0.0017899303914868526)]
    [InlineData(34, 100, 0.5, 0.0017899303914868526)]
    [InlineData(63, 100, 0.5, 0.012032975725363477)]
    [InlineData(45, 100, 0.5, 0.36820161732669626)]
    [InlineData(550, 1000, 0.5, 0.0017305360849763176)]
    [InlineData(0, 5, 0.5, 0.0625)]
    [InlineData(12, 12, 0.5, 0.00048828125)]
    [InlineData(5, 20, 0.25, 1.0)]
    [InlineData(50, 100, 0.5, 1.0)]
    [InlineData(0, 3, 0.0, 1.0)]
    [InlineData(1, 3, 0.0, 0.0)]
    [InlineData(3, 3, 1.0, 1.0)]
    [InlineData(2, 3, 1.0, 0.0)]
    public void Two_sided_equals_the_exact_sum(int k, int n, double p, double expected) =>
        BinomialTest.TwoSided(k, n, p).Should().BeApproximately(expected, 1e-12 + (1e-10 * expected));

    // Conover (1971), the example in the documentation of R's binom.test: 682 of 925 plants against 3/4.
    [Fact]
    public void Two_sided_gives_the_worked_example_of_R() =>
        BinomialTest.TwoSided(682, 925, 0.75).Should().BeApproximately(0.3824915595748517, 1e-11);

    [Fact]
    public void Outcomes_equally_likely_up_to_rounding_are_counted_together()
    {
        // Of 4 trials at 1/5, none and one success have probability 0.4096 each in exact arithmetic.
        BinomialTest.TwoSided(0, 4, 0.2).Should().BeApproximately(1.0, 1e-12);
        BinomialTest.TwoSided(1, 4, 0.2).Should().BeApproximately(1.0, 1e-12);
    }

    [Theory]
    [InlineData(8, 10, 0.5, 56.0 / 1024)]
    [InlineData(0, 10, 0.5, 1.0)]
    [InlineData(10, 10, 0.5, 1.0 / 1024)]
    [InlineData(2, 2, 0.3, 0.09)]
    public void One_sided_greater_is_the_upper_tail(int k, int n, double p, double expected) =>
        BinomialTest.OneSidedGreater(k, n, p).Should().BeApproximately(expected, 1e-13);

    [Theory]
    [InlineData(2, 10, 0.5, 56.0 / 1024)]
    [InlineData(10, 10, 0.5, 1.0)]
    [InlineData(0, 10, 0.5, 1.0 / 1024)]
    [InlineData(0, 2, 0.3, 0.49)]
    public void One_sided_less_is_the_lower_tail(int k, int n, double p, double expected) =>
        BinomialTest.OneSidedLess(k, n, p).Should().BeApproximately(expected, 1e-13);

    [Theory]
    [InlineData(100, 0.6, 0.46209338234839364)]
    [InlineData(50, 0.6, 0.23705687849990575)]
    [InlineData(20, 0.8, 0.8042079657359468)]
    [InlineData(6, 0.9, 0.531442)]
    [InlineData(5, 0.9, 0.0)]
    [InlineData(1, 0.9, 0.0)]
    public void Power_equals_the_exact_rejection_probability(int n, double p, double expected) =>
        BinomialTest.Power(n, p).Should().BeApproximately(expected, 1e-12);

    [Fact]
    public void Power_at_the_null_is_the_size_of_the_test_and_never_above_alpha()
    {
        for (var n = 1; n <= 60; n++)
        {
            BinomialTest.Power(n, 0.5, 0.05).Should().BeLessThanOrEqualTo(0.05);
        }

        BinomialTest.Power(6, 0.5, 0.05).Should().BeApproximately(2.0 / 64, 1e-15);
    }

    [Theory]
    [InlineData(0.9, 12)]
    [InlineData(0.8, 23)]
    [InlineData(0.7, 54)]
    [InlineData(0.65, 97)]
    [InlineData(0.6, 210)]
    [InlineData(0.4, 210)]
    [InlineData(0.55, 820)]
    public void Trials_for_power_is_one_above_the_last_size_that_falls_short(double p, int expected)
    {
        BinomialTest.TrialsForPower(p).Should().Be(expected);
        BinomialTest.Power(expected - 1, p).Should().BeLessThan(0.8);
        for (var n = expected; n <= 4 * expected; n++)
        {
            BinomialTest.Power(n, p).Should().BeGreaterThanOrEqualTo(0.8);
        }
    }

    // The saw-tooth: at 0.6 the power first reaches 0.8 with 199 trials, and falls short again at 209.
    [Fact]
    public void The_first_size_that_reaches_the_power_is_not_the_answer()
    {
        BinomialTest.Power(199, 0.6).Should().BeGreaterThanOrEqualTo(0.8);
        BinomialTest.Power(209, 0.6).Should().BeLessThan(0.8);
    }

    [Fact]
    public void Trials_for_power_of_a_sure_outcome_is_the_smallest_size_that_can_reject()
    {
        BinomialTest.TrialsForPower(1.0).Should().Be(6);
        BinomialTest.TrialsForPower(0.0).Should().Be(6);
        BinomialTest.TrialsForPower(1.0, power: 0.3).Should().Be(6);
    }

    // 2^-5 and 2^-4 are their own p-values: a p-value equal to the level rejects.
    [Theory]
    [InlineData(6, 0.03125)]
    [InlineData(5, 0.0625)]
    public void A_p_value_equal_to_the_level_rejects(int n, double alpha) => BinomialTest.Power(n, 1.0, alpha).Should().Be(1);

    [Fact]
    public void A_probability_too_close_to_one_half_is_refused()
    {
        var act = () => BinomialTest.TrialsForPower(0.5);
        act.Should().Throw<ArgumentException>().WithMessage("*trueProbability*0.5*");
    }

    [Theory]
    [InlineData(-1, 5, 0.5, "successes", "-1")]
    [InlineData(6, 5, 0.5, "successes", "6")]
    [InlineData(0, 0, 0.5, "trials", "0")]
    [InlineData(1, 5, 1.5, "probability", "1.5")]
    [InlineData(1, 5, double.NaN, "probability", "NaN")]
    public void Impossible_arguments_are_named_with_their_value(int k, int n, double p, string name, string value)
    {
        foreach (var act in new Action[]
        {
            () => BinomialTest.TwoSided(k, n, p), () => BinomialTest.OneSidedGreater(k, n, p), () => BinomialTest.OneSidedLess(k, n, p),
        })
        {
            act.Should().Throw<ArgumentException>().WithMessage($"{name} *was {value}*").Which.ParamName.Should().Be(name);
        }
    }

    [Fact]
    public void Levels_and_powers_must_lie_strictly_between_0_and_1()
    {
        ((Action)(() => BinomialTest.Power(10, 0.6, 0))).Should().Throw<ArgumentException>().WithMessage("alpha *was 0*");
        ((Action)(() => BinomialTest.Power(10, 1.5))).Should().Throw<ArgumentException>().WithMessage("trueProbability *was 1.5*");
        ((Action)(() => BinomialTest.TrialsForPower(0.6, alpha: 1))).Should().Throw<ArgumentException>().WithMessage("alpha *was 1*");
        ((Action)(() => BinomialTest.Power(0, 0.6))).Should().Throw<ArgumentException>().WithMessage("trials *was 0*");
        ((Action)(() => BinomialTest.TrialsForPower(0.6, 1))).Should().Throw<ArgumentException>().WithMessage("power *was 1*");
        ((Action)(() => BinomialTest.TrialsForPower(-0.1))).Should().Throw<ArgumentException>().WithMessage("trueProbability *was -0.1*");
    }
}
