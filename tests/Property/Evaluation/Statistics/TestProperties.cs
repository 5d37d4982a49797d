using System.Globalization;
using FsCheck.Fluent;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Properties.Evaluation.Statistics;

public class TestProperties
{
    [Fact]
    public void Binomial_p_is_a_probability_and_symmetric() =>
        Check.That("two-sided p of k equals that of n - k under 1/2", Generators.Counts(), pair =>
        {
            var p = BinomialTest.TwoSided(pair.K, pair.N);
            return p is > 0 and <= 1 && Math.Abs(p - BinomialTest.TwoSided(pair.N - pair.K, pair.N)) < 1e-12;
        });

    [Fact]
    public void Tails_are_complementary() =>
        Check.That(
            "P(X <= k - 1) + P(X >= k) = 1",
            from pair in Generators.Counts().Generator
            from p in Generators.Real(0, 1)
            select (pair, p),
            input =>
            {
                var ((k, n), p) = input;
                var below = k == 0 ? 0 : BinomialTest.OneSidedLess(k - 1, n, p);
                return Math.Abs(below + BinomialTest.OneSidedGreater(k, n, p) - 1) < 1e-10;
            });

    [Fact]
    public void Under_one_half_two_sided_is_twice_the_smaller_tail() =>
        Check.That("two-sided p = min(1, 2 min tail)", Generators.Counts(), pair =>
        {
            var (k, n) = pair;
            var tail = Math.Min(BinomialTest.OneSidedLess(k, n), BinomialTest.OneSidedGreater(k, n));
            return Math.Abs(BinomialTest.TwoSided(k, n) - Math.Min(1, 2 * tail)) < 1e-10;
        });

    [Fact]
    public void Power_is_the_probability_of_the_outcomes_that_the_test_rejects() =>
        Check.That(
            "power by definition",
            from n in Gen.Choose(1, 60)
            from p in Generators.Real(0, 1)
            from alpha in Gen.Elements(0.01, 0.05, 0.1, 0.3)
            select (n, p, alpha),
            input =>
            {
                var (n, p, alpha) = input;
                var byDefinition = Enumerable.Range(0, n + 1)
                    .Where(k => BinomialTest.TwoSided(k, n) <= alpha)
                    .Sum(k => BinomialTest.OneSidedLess(k, n, p) - (k == 0 ? 0 : BinomialTest.OneSidedLess(k - 1, n, p)));
                return Math.Abs(byDefinition - BinomialTest.Power(n, p, alpha)) < 1e-9;
            });

    [Fact]
    public void Holm_is_monotone_and_never_below_the_raw_value() =>
        Check.That("Holm", Generators.Reals(1, 12, 0, 1), p =>
        {
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
        });

    [Fact]
    public void Holm_ignores_the_order() =>
        Check.That("Holm of the reversed list is the reversed result", Generators.Reals(1, 12, 0, 1), p =>
            Holm.Adjust(p.Reverse().ToArray()).SequenceEqual(Holm.Adjust(p).Reverse()));

    [Fact]
    public void Fisher_is_unchanged_by_transposing_and_exchanging() =>
        Check.That(
            "Fisher's exact test",
            from a in Gen.Choose(0, 15)
            from b in Gen.Choose(0, 15)
            from c in Gen.Choose(0, 15)
            from d in Gen.Choose(1, 15)
            select (a, b, c, d),
            t =>
            {
                var p = FisherExact.TwoSided(t.a, t.b, t.c, t.d);
                return p is > 0 and <= 1
                    && Math.Abs(p - FisherExact.TwoSided(t.a, t.c, t.b, t.d)) < 1e-10
                    && Math.Abs(p - FisherExact.TwoSided(t.b, t.a, t.d, t.c)) < 1e-10
                    && Math.Abs(p - FisherExact.TwoSided(t.c, t.d, t.a, t.b)) < 1e-10;
            });

    [Theory]
    [InlineData(GrimRounding.HalfUp)]
    [InlineData(GrimRounding.HalfEven)]
    [InlineData(GrimRounding.Either)]
    public void Grim_never_rejects_a_true_share(GrimRounding rounding) =>
        Check.That(
            $"GRIM accepts k / n, {rounding}",
            from pair in Generators.Counts(2000).Generator
            from decimals in Gen.Choose(0, 6)
            select (pair, decimals),
            input =>
            {
                var ((k, n), decimals) = input;
                var mode = rounding == GrimRounding.HalfEven ? MidpointRounding.ToEven : MidpointRounding.AwayFromZero;
                var share = Math.Round((decimal)k / n, decimals, mode);
                var percent = Math.Round(100m * k / n, decimals, mode);
                return Grim.Numerators(share.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture), n, GrimScale.Proportion, rounding).Contains(k)
                    && Grim.IsAttainable((double)share, decimals, n, GrimScale.Proportion, rounding)
                    && Grim.Numerators(percent.ToString(Invariant($"F{decimals}"), CultureInfo.InvariantCulture) + "%", n, GrimScale.Proportion, rounding).Contains(k);
            });

    [Fact]
    public void Grim_accepts_only_what_some_numerator_rounds_to() =>
        Check.That(
            "GRIM equals the search over all numerators",
            from n in Gen.Choose(1, 60)
            from digits in Gen.Choose(0, 1000)
            select (n, digits),
            input =>
            {
                var printed = input.digits / 1000m;
                var byRounding = Enumerable.Range(0, input.n + 1).Where(k =>
                    Math.Round((decimal)k / input.n, 3, MidpointRounding.AwayFromZero) == printed
                    || Math.Round((decimal)k / input.n, 3, MidpointRounding.ToEven) == printed);
                return Grim.Numerators(printed.ToString("F3", CultureInfo.InvariantCulture), input.n).SequenceEqual(byRounding);
            },
            cases: 500);

    [Fact]
    public void Two_sample_tests_change_sign_on_exchange() =>
        Check.That(
            "t and z tests are antisymmetric",
            from first in Generators.Reals(2, 10).Generator
            from second in Generators.Reals(2, 10).Generator
            select (first, second),
            pair =>
            {
                var welch = TTest.Welch(pair.first, pair.second);
                var pooled = TTest.Pooled(pair.first, pair.second);
                return Math.Abs(welch.T + TTest.Welch(pair.second, pair.first).T) < 1e-9
                    && Math.Abs(pooled.T + TTest.Pooled(pair.second, pair.first).T) < 1e-9
                    && welch.PValue is >= 0 and <= 1
                    && welch.DegreesOfFreedom <= pooled.DegreesOfFreedom + 1e-9;
            });
}
