namespace Repro.Core.Evaluation.Statistics;

/// <summary>Kendall's coefficient of concordance, with the correction for ties.</summary>
public static class KendallW
{
    /// <summary>
    /// With R_i the rank sum of item i over m raters, S the sum of squared deviations of R and T the sum of t^3 - t over the tied groups of
    /// all raters: W = 12 S / (m^2 (n^3 - n) - m T).
    /// </summary>
    /// <param name="ratings">At least two raters, each with scores or ranks of the same two or more items; equal values share average
    /// ranks.</param>
    /// <exception cref="ArgumentException">Too few raters or items, unequal lengths, a value that is not finite, or every rater ties all
    /// items.</exception>
    public static KendallWResult Compute(IReadOnlyList<double[]> ratings)
    {
        ArgumentNullException.ThrowIfNull(ratings);
        Checks.AtLeast(ratings.Count, 2, nameof(ratings));
        var items = ratings[0]?.Length ?? 0;
        double raters = ratings.Count, ties = 0;
        var sums = new double[items];
        for (var j = 0; j < ratings.Count; j++)
        {
            Checks.Values(ratings[j], Invariant($"ratings[{j}]"), 2);
            Checks.SameLength(items, ratings[j].Length, "ratings[0]", Invariant($"ratings[{j}]"));
            var ranks = Correlation.AverageRanks(ratings[j]);
            for (var i = 0; i < items; i++)
            {
                sums[i] += ranks[i];
            }

            ties += ranks.GroupBy(rank => rank).Sum(group => Math.Pow(group.Count(), 3) - group.Count());
        }

        var denominator = (raters * raters * (Math.Pow(items, 3) - items)) - (raters * ties);
        if (denominator <= 0)
        {
            throw new ArgumentException("ratings must not tie all items for every rater.", nameof(ratings));
        }

        var w = 12 * Descriptive.SquaredDeviations(sums) / denominator;
        var statistic = raters * (items - 1) * w;
        return new KendallWResult(w, statistic, items - 1, Distributions.ChiSquaredUpper(statistic, items - 1));
    }
}

/// <summary>Agreement of several raters who rank the same items.</summary>
/// <param name="W">Kendall's coefficient of concordance, 0 (none) to 1 (equal rankings).</param>
/// <param name="ChiSquared">Friedman's statistic m (n - 1) W.</param>
/// <param name="DegreesOfFreedom">Items minus 1.</param>
/// <param name="PValue">Upper tail of chi-squared: an approximation that needs several raters.</param>
public sealed record KendallWResult(double W, double ChiSquared, int DegreesOfFreedom, double PValue);
