using FsCheck.Xunit;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;

namespace Repro.Tests.Properties.Evaluation.Statistics;

[Properties(Arbitrary = new[] { typeof(StatisticsInputs) })]
public class DescriptiveProperties
{
    [Property]
    public bool Quantiles_are_monotone_and_within_the_data(Sample sample)
    {
        var values = sample.Values;
        var quantiles = Enumerable.Range(0, 21).Select(i => Descriptive.Quantile(values, i / 20.0)).ToArray();
        return quantiles[0] == values.Min() && quantiles[20] == values.Max()
            && quantiles.Zip(quantiles.Skip(1)).All(pair => pair.First <= pair.Second);
    }

    [Property(Arbitrary = new[] { typeof(SamplesOfTwo) })]
    public bool A_shift_moves_the_mean_and_leaves_the_variance(Sample sample)
    {
        var values = sample.Values;
        var shifted = values.Select(v => v + 3).ToArray();
        return Math.Abs(Descriptive.Mean(shifted) - Descriptive.Mean(values) - 3) < 1e-12
            && Math.Abs(Descriptive.Variance(shifted, 1) - Descriptive.Variance(values, 1)) < 1e-10;
    }

    [Property]
    public bool Every_value_falls_into_the_bin_whose_edges_hold_it(BinnedSample input)
    {
        var (edges, counts) = Histogram.EqualBins(input.Values, input.Bins);
        return counts.Sum() == input.Values.Length
            && Enumerable.Range(0, input.Bins).All(i => counts[i] == input.Values.Count(v =>
                v >= edges[i] && (v < edges[i + 1] || (i == input.Bins - 1 && v == edges[i + 1]))));
    }

    [Property]
    public bool Correlations_are_symmetric_bounded_and_unchanged_by_scale(PairedSample pair)
    {
        var r = Correlation.Pearson(pair.X, pair.Y);
        return r is >= -1 and <= 1
            && Math.Abs(r - Correlation.Pearson(pair.Y, pair.X)) < 1e-12
            && Math.Abs(r - Correlation.Pearson(pair.X.Select(x => (4 * x) - 7).ToArray(), pair.Y)) < 1e-9;
    }

    [Property]
    public bool Spearman_depends_on_the_order_only(PairedSample pair) =>
        Correlation.Spearman(pair.X, pair.Y) == Correlation.Spearman(pair.X.Select(x => x * x * x).ToArray(), pair.Y);

    [Property]
    public bool Ranks_add_up(Sample sample) =>
        Math.Abs(Correlation.AverageRanks(sample.Values).Sum() - (sample.Values.Length * (sample.Values.Length + 1) / 2.0)) < 1e-9;

    [Property]
    public bool Kendalls_W_lies_between_0_and_1_and_grows_to_1_for_copies(PairedSample pair)
    {
        var w = KendallW.Compute(new[] { pair.X, pair.Y, pair.X }).W;
        return w is >= 0 and <= 1 + 1e-12 && Math.Abs(KendallW.Compute(new[] { pair.X, pair.X, pair.X }).W - 1) < 1e-12;
    }

    // For two raters without ties W = (1 + rho) / 2.
    [Property]
    public bool Kendalls_W_of_two_raters_is_Spearman_rescaled(PairedSample pair)
    {
        if (pair.X.Distinct().Count() < pair.X.Length || pair.Y.Distinct().Count() < pair.Y.Length)
        {
            return true;
        }

        return Math.Abs(KendallW.Compute(new[] { pair.X, pair.Y }).W - ((1 + Correlation.Spearman(pair.X, pair.Y)) / 2)) < 1e-12;
    }

    [Property]
    public bool Logistic_regression_finds_a_zero_of_the_score(Outcomes data)
    {
        var fit = LogisticRegression.Fit(data.X, data.Y);
        if (fit.Separation != Separation.None)
        {
            return !double.IsFinite(fit.Slope) || !double.IsFinite(fit.Intercept);
        }

        var residuals = data.X.Zip(data.Y).Select(p => (p.Second ? 1 : 0) - fit.Probability(p.First)).ToArray();
        return Math.Abs(residuals.Sum()) < 1e-7
            && Math.Abs(residuals.Zip(data.X).Sum(p => p.First * p.Second)) < 1e-7
            && fit.SlopeStandardError > 0 && fit.InterceptStandardError > 0;
    }

    [Property]
    public bool Bounded_random_integers_stay_in_range(RandomBound input)
    {
        var random = new Xoshiro256((ulong)input.Seed);
        return Enumerable.Range(0, 20).All(_ => random.NextInt32(input.Bound) is var v && v >= 0 && v < input.Bound);
    }
}
