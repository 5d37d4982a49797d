using System.Globalization;
using FsCheck.Xunit;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Properties.Evaluation.Statistics;

[Properties(Arbitrary = new[] { typeof(StatisticsInputs) })]
public class TestProperties
{
    [Property]
    public bool Binomial_p_is_a_probability_and_symmetric(Counts pair)
    {
        var p = BinomialTest.TwoSided(pair.K, pair.N);
        return p is > 0 and <= 1 && Math.Abs(p - BinomialTest.TwoSided(pair.N - pair.K, pair.N)) < 1e-12;
    }

    [Property]
    public bool Tails_are_complementary(Counts pair, Probability probability)
    {
        var ((k, n), p) = (pair, probability.Value);
        var below = k == 0 ? 0 : BinomialTest.OneSidedLess(k - 1, n, p);
        return Math.Abs(below + BinomialTest.OneSidedGreater(k, n, p) - 1) < 1e-10;
    }

    [Property]
    public bool Under_one_half_two_sided_is_twice_the_smaller_tail(Counts pair)
    {
        var (k, n) = pair;
        var tail = Math.Min(BinomialTest.OneSidedLess(k, n), BinomialTest.OneSidedGreater(k, n));
        return Math.Abs(BinomialTest.TwoSided(k, n) - Math.Min(1, 2 * tail)) < 1e-10;
    }

    [Property]
    public bool Power_is_the_probability_of_the_outcomes_that_the_test_rejects(PowerCase input)
    {
        var (n, p, alpha) = input;
        var byDefinition = Enumerable.Range(0, n + 1)
            .Where(k => BinomialTest.TwoSided(k, n) <= alpha)
            .Sum(k => BinomialTest.OneSidedLess(k, n, p) - (k == 0 ? 0 : BinomialTest.OneSidedLess(k - 1, n, p)));
        return Math.Abs(byDefinition - BinomialTest.Power(n, p, alpha)) < 1e-9;
    }

    [Property]
    public bool Holm_is_monotone_and_never_below_the_raw_value(PValues values)
    {
        var p = values.Values;
        var adjusted = Holm.Adjust(p);
        for (var i = 0; i < p.Length; i++)
        {
            for (var j = 0; j < p.Length; j++)
            {
                if (p[i] < p[j] && adjusted[i] > adjusted[j])
                {
                    return false;
                }
            }
        }

        // Never above Bonferroni's correction either.
        return adjusted.Zip(p).All(pair => pair.First >= pair.Second && pair.First <= Math.Min(1, pair.Second * p.Length) + 1e-15);
    }

    [Property]
    public bool Holm_ignores_the_order(PValues p) =>
        Holm.Adjust([.. p.Values.Reverse()]).SequenceEqual(Holm.Adjust(p.Values).Reverse());

    [Property]
    public bool Fisher_is_unchanged_by_transposing_and_exchanging(FourfoldTable t)
    {
        var p = FisherExact.TwoSided(t.A, t.B, t.C, t.D);
        return p is > 0 and <= 1
            && Math.Abs(p - FisherExact.TwoSided(t.A, t.C, t.B, t.D)) < 1e-10
            && Math.Abs(p - FisherExact.TwoSided(t.B, t.A, t.D, t.C)) < 1e-10
            && Math.Abs(p - FisherExact.TwoSided(t.C, t.D, t.A, t.B)) < 1e-10;
    }

    [Property(MaxTest = 600)]
    public bool Grim_never_rejects_a_true_share(PrintedShare printed)
    {
        var (k, n, decimals, rounding) = printed;
        var mode = rounding switch
        {
            GrimRounding.HalfEven => MidpointRounding.ToEven,
            GrimRounding.Truncated => MidpointRounding.ToZero,
            _ => MidpointRounding.AwayFromZero,
        };
        var share = Math.Round((decimal)k / n, decimals, mode);
        var percent = Math.Round(100m * k / n, decimals, mode);
        return Grim.Numerators(
            share.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture), n, GrimScale.Proportion, rounding).Contains(k)
            && Grim.IsAttainable((double)share, decimals, n, GrimScale.Proportion, rounding)
            && Grim.Numerators(
                percent.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture) + "%", n, GrimScale.Proportion,
                rounding).Contains(k);
    }

    [Property(MaxTest = 500)]
    public bool Grim_accepts_only_what_some_numerator_rounds_to(PrintedThousandths input)
    {
        var printed = input.Thousandths / 1000m;
        var byRounding = Enumerable.Range(0, input.N + 1).Where(k =>
            Math.Round((decimal)k / input.N, 3, MidpointRounding.AwayFromZero) == printed
            || Math.Round((decimal)k / input.N, 3, MidpointRounding.ToEven) == printed
            || ((double)k / input.N).ToString("F3", CultureInfo.InvariantCulture) == printed.ToString("F3", CultureInfo.InvariantCulture));
        return Grim.Numerators(printed.ToString("F3", CultureInfo.InvariantCulture), input.N).SequenceEqual(byRounding);
    }

    [Property(Arbitrary = new[] { typeof(SamplesOfTwo) })]
    public bool Two_sample_tests_change_sign_on_exchange(Sample first, Sample second)
    {
        var welch = TTest.Welch(first.Values, second.Values);
        var pooled = TTest.Pooled(first.Values, second.Values);
        return Math.Abs(welch.T + TTest.Welch(second.Values, first.Values).T) < 1e-9
            && Math.Abs(pooled.T + TTest.Pooled(second.Values, first.Values).T) < 1e-9
            && welch.PValue is >= 0 and <= 1
            && welch.DegreesOfFreedom <= pooled.DegreesOfFreedom + 1e-9;
    }
}
