using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Properties.Evaluation.Statistics;

public class DescriptiveProperties
{
    private static Gen<(double[] X, double[] Y)> Pairs =>
        from n in Gen.Choose(2, 25)
        from x in Gen.ArrayOf(Generators.Real(-5, 5), n)
        from y in Gen.ArrayOf(Generators.Real(-5, 5), n)
        where x.Distinct().Count() > 1 && y.Distinct().Count() > 1
        select (x, y);

    [Fact]
    public void Quantiles_are_monotone_and_within_the_data() =>
        Check.That("quantile", Generators.Reals(1, 30), values =>
        {
            var quantiles = Enumerable.Range(0, 21).Select(i => Descriptive.Quantile(values, i / 20.0)).ToArray();
            return quantiles[0] == values.Min() && quantiles[20] == values.Max()
                && quantiles.Zip(quantiles.Skip(1)).All(pair => pair.First <= pair.Second);
        });

    [Fact]
    public void A_shift_moves_the_mean_and_leaves_the_variance() =>
        Check.That("shift", Generators.Reals(2, 30), values =>
        {
            var shifted = values.Select(v => v + 3).ToArray();
            return Math.Abs(Descriptive.Mean(shifted) - Descriptive.Mean(values) - 3) < 1e-12
                && Math.Abs(Descriptive.Variance(shifted, 1) - Descriptive.Variance(values, 1)) < 1e-10;
        });

    [Fact]
    public void Every_value_falls_into_the_bin_whose_edges_hold_it() =>
        Check.That(
            "histogram",
            from values in Generators.Reals(1, 40).Generator
            from bins in Gen.Choose(1, 12)
            select (values, bins),
            input =>
            {
                var (edges, counts) = Histogram.EqualBins(input.values, input.bins);
                return counts.Sum() == input.values.Length
                    && Enumerable.Range(0, input.bins).All(i => counts[i] == input.values.Count(v =>
                        v >= edges[i] && (v < edges[i + 1] || (i == input.bins - 1 && v == edges[i + 1]))));
            });

    [Fact]
    public void Correlations_are_symmetric_bounded_and_unchanged_by_scale() =>
        Check.That("correlation", Pairs, pair =>
        {
            var r = Correlation.Pearson(pair.X, pair.Y);
            return r is >= -1 and <= 1
                && Math.Abs(r - Correlation.Pearson(pair.Y, pair.X)) < 1e-12
                && Math.Abs(r - Correlation.Pearson(pair.X.Select(x => (4 * x) - 7).ToArray(), pair.Y)) < 1e-9;
        });

    [Fact]
    public void Spearman_depends_on_the_order_only() =>
        Check.That("Spearman under a monotone map", Pairs, pair =>
            Correlation.Spearman(pair.X, pair.Y) == Correlation.Spearman(pair.X.Select(x => x * x * x).ToArray(), pair.Y));

    [Fact]
    public void Ranks_add_up() =>
        Check.That("ranks add up to n (n + 1) / 2", Generators.Reals(1, 30), values =>
            Math.Abs(Correlation.AverageRanks(values).Sum() - (values.Length * (values.Length + 1) / 2.0)) < 1e-9);

    [Fact]
    public void Kendalls_W_lies_between_0_and_1_and_grows_to_1_for_copies() =>
        Check.That("Kendall's W", Pairs, pair =>
        {
            var w = KendallW.Compute(new[] { pair.X, pair.Y, pair.X }).W;
            return w is >= 0 and <= 1 + 1e-12 && Math.Abs(KendallW.Compute(new[] { pair.X, pair.X, pair.X }).W - 1) < 1e-12;
        });

    // For two raters without ties W = (1 + rho) / 2.
    [Fact]
    public void Kendalls_W_of_two_raters_is_Spearman_rescaled() =>
        Check.That("W = (1 + rho) / 2", Pairs, pair =>
        {
            if (pair.X.Distinct().Count() < pair.X.Length || pair.Y.Distinct().Count() < pair.Y.Length)
            {
                return true;
            }

            return Math.Abs(KendallW.Compute(new[] { pair.X, pair.Y }).W - ((1 + Correlation.Spearman(pair.X, pair.Y)) / 2)) < 1e-12;
        });

    [Fact]
    public void Logistic_regression_finds_a_zero_of_the_score() =>
        Check.That(
            "score equations",
            from n in Gen.Choose(4, 40)
            from x in Gen.ArrayOf(Generators.Real(-3, 3), n)
            from y in Gen.ArrayOf(Gen.Elements(true, false), n)
            where x.Distinct().Count() > 1
            select (x, y),
            data =>
            {
                var fit = LogisticRegression.Fit(data.x, data.y);
                if (fit.Separation != Separation.None)
                {
                    return !double.IsFinite(fit.Slope) || !double.IsFinite(fit.Intercept);
                }

                var residuals = data.x.Zip(data.y).Select(p => (p.Second ? 1 : 0) - fit.Probability(p.First)).ToArray();
                return Math.Abs(residuals.Sum()) < 1e-7
                    && Math.Abs(residuals.Zip(data.x).Sum(p => p.First * p.Second)) < 1e-7
                    && fit.SlopeStandardError > 0 && fit.InterceptStandardError > 0;
            });

    [Fact]
    public void Bounded_random_integers_stay_in_range() =>
        Check.That(
            "0 <= value < bound",
            from seed in Gen.Choose(0, int.MaxValue)
            from bound in Gen.Frequency((1, Gen.Choose(1, 10)), (1, Gen.Choose(1, int.MaxValue)))
            select (seed, bound),
            input =>
            {
                var random = new Xoshiro256((ulong)input.seed);
                return Enumerable.Range(0, 20).All(_ => random.NextInt32(input.bound) is var v && v >= 0 && v < input.bound);
            });
}
