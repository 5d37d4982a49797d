namespace Repro.Core.Evaluation.Statistics;

/// <summary>Comparison of two independent proportions.</summary>
public static class TwoProportions
{
    /// <summary>Newcombe's hybrid score interval of p1 - p2, built from the two Wilson intervals, without continuity correction.</summary>
    /// <param name="k1">Successes of the first sample.</param>
    /// <param name="n1">Trials of the first sample.</param>
    /// <param name="k2">Successes of the second sample.</param>
    /// <param name="n2">Trials of the second sample.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count or the level is impossible.</exception>
    public static Interval Newcombe(int k1, int n1, int k2, int n2, double level = 0.95)
    {
        Check(k1, n1, k2, n2);
        return Combine((double)k1 / n1, BinomialInterval.Wilson(k1, n1, level), (double)k2 / n2, BinomialInterval.Wilson(k2, n2, level));
    }

    /// <summary>As <see cref="Newcombe"/> for printed rates, which need not be multiples of 1 / n.</summary>
    /// <param name="p1">Share in the first sample, 0 to 1.</param>
    /// <param name="n1">Trials of the first sample.</param>
    /// <param name="p2">Share in the second sample, 0 to 1.</param>
    /// <param name="n2">Trials of the second sample.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static Interval NewcombeFromRates(double p1, int n1, double p2, int n2, double level = 0.95)
    {
        CheckRates(p1, n1, p2, n2);
        return Combine(p1, BinomialInterval.WilsonFromRate(p1, n1, level), p2, BinomialInterval.WilsonFromRate(p2, n2, level));
    }

    /// <summary>Two-sided z test of p1 = p2.</summary>
    /// <param name="k1">Successes of the first sample.</param>
    /// <param name="n1">Trials of the first sample.</param>
    /// <param name="k2">Successes of the second sample.</param>
    /// <param name="n2">Trials of the second sample.</param>
    /// <param name="pooled">Whether the standard error uses the common proportion (the usual test) or each sample's own.</param>
    /// <exception cref="ArgumentException">A count is impossible.</exception>
    public static ZTestResult ZTest(int k1, int n1, int k2, int n2, bool pooled = true)
    {
        Check(k1, n1, k2, n2);
        return Test((double)k1 / n1, n1, (double)k2 / n2, n2, ((double)k1 + k2) / ((double)n1 + n2), pooled);
    }

    /// <summary>As <see cref="ZTest"/> for printed rates.</summary>
    /// <param name="p1">Share in the first sample, 0 to 1.</param>
    /// <param name="n1">Trials of the first sample.</param>
    /// <param name="p2">Share in the second sample, 0 to 1.</param>
    /// <param name="n2">Trials of the second sample.</param>
    /// <param name="pooled">Whether the standard error uses the common proportion or each sample's own.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static ZTestResult ZTestFromRates(double p1, int n1, double p2, int n2, bool pooled = true)
    {
        CheckRates(p1, n1, p2, n2);
        return Test(p1, n1, p2, n2, ((p1 * n1) + (p2 * n2)) / ((double)n1 + n2), pooled);
    }

    private static ZTestResult Test(double p1, int n1, double p2, int n2, double common, bool pooled)
    {
        var variance = pooled
            ? common * (1 - common) * ((1.0 / n1) + (1.0 / n2))
            : (p1 * (1 - p1) / n1) + (p2 * (1 - p2) / n2);
        var error = Math.Sqrt(variance);
        var difference = p1 - p2;
        var z = difference == 0 ? 0 : difference / error;
        return new ZTestResult(difference, error, z, Distributions.NormalTwoSided(z));
    }

    private static Interval Combine(double p1, Interval first, double p2, Interval second)
    {
        var below = double.Hypot(p1 - first.Lower, second.Upper - p2);
        var above = double.Hypot(first.Upper - p1, p2 - second.Lower);
        return new Interval(p1 - p2 - below, p1 - p2 + above);
    }

    private static void Check(int k1, int n1, int k2, int n2)
    {
        Checks.Count(k1, n1, nameof(k1), nameof(n1));
        Checks.Count(k2, n2, nameof(k2), nameof(n2));
    }

    private static void CheckRates(double p1, int n1, double p2, int n2)
    {
        Checks.Probability(p1);
        Checks.AtLeast(n1, 1);
        Checks.Probability(p2);
        Checks.AtLeast(n2, 1);
    }
}

/// <summary>Comparison of two proportions on the same items.</summary>
public static class PairedProportions
{
    /// <summary>Newcombe's score interval of p1 - p2 for paired items (1998, method 10): the two Wilson intervals, joined with the
    /// correlation of the pairs, which is corrected for continuity where it is positive.</summary>
    /// <param name="both">Items on which both succeed.</param>
    /// <param name="onlyFirst">Items on which only the first succeeds.</param>
    /// <param name="onlySecond">Items on which only the second succeeds.</param>
    /// <param name="neither">Items on which neither succeeds.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count is negative, all are 0, or the level is impossible.</exception>
    public static Interval Newcombe(int both, int onlyFirst, int onlySecond, int neither, double level = 0.95)
    {
        Checks.AtLeast(both, 0);
        Checks.AtLeast(onlyFirst, 0);
        Checks.AtLeast(onlySecond, 0);
        Checks.AtLeast(neither, 0);
        var n = checked(both + onlyFirst + onlySecond + neither);
        var (first, second) = (both + onlyFirst, both + onlySecond);
        var (w1, w2) = (BinomialInterval.Wilson(first, n, level), BinomialInterval.Wilson(second, n, level));
        double p1 = (double)first / n, p2 = (double)second / n;
        var (below1, above1, below2, above2) = (p1 - w1.Lower, w1.Upper - p1, p2 - w2.Lower, w2.Upper - p2);
        var phi = Phi(both, onlyFirst, onlySecond, neither);
        var lower = (below1 * below1) - (2 * phi * below1 * above2) + (above2 * above2);
        var upper = (above1 * above1) - (2 * phi * above1 * below2) + (below2 * below2);
        return new Interval(p1 - p2 - Math.Sqrt(Math.Max(0, lower)), p1 - p2 + Math.Sqrt(Math.Max(0, upper)));
    }

    private static double Phi(double a, double b, double c, double d)
    {
        var margins = (a + b) * (c + d) * (a + c) * (b + d);
        var product = (a * d) - (b * c);
        var corrected = product > 0 ? Math.Max(0, product - ((a + b + c + d) / 2)) : product;
        return margins == 0 ? 0 : corrected / Math.Sqrt(margins);
    }
}

/// <summary>A trend of proportions over ordered groups.</summary>
public static class TrendTest
{
    /// <summary>The test of Cochran and Armitage, without continuity correction: whether the proportions of independent groups change
    /// linearly with their scores.</summary>
    /// <param name="counts">Successes and trials of at least two groups.</param>
    /// <param name="scores">As many finite scores, such as weights, not all equal.</param>
    /// <returns>Z is positive when the proportion rises with the score; it is 0 with p 1 when no group, or every one, has
    /// successes only.</returns>
    /// <exception cref="ArgumentException">A count is impossible, or the scores are too few, unequally many, not finite or
    /// constant.</exception>
    public static ZTestResult CochranArmitage(IReadOnlyList<(int Successes, int Trials)> counts, IReadOnlyList<double> scores)
    {
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(scores);
        double[] x = [.. scores];
        Checks.Values(x, nameof(scores), 2);
        Checks.SameLength(counts.Count, x.Length, nameof(counts), nameof(scores));
        if (x.All(score => score == x[0]))
        {
            throw new ArgumentException(Invariant($"scores must differ, were {x[0]} throughout."), nameof(scores));
        }

        double trials = 0, successes = 0, mean = 0;
        for (var i = 0; i < x.Length; i++)
        {
            Checks.Count(counts[i].Successes, counts[i].Trials, Invariant($"counts[{i}].Successes"), Invariant($"counts[{i}].Trials"));
            trials += counts[i].Trials;
            successes += counts[i].Successes;
        }

        for (var i = 0; i < x.Length; i++)
        {
            mean += x[i] * (counts[i].Trials / trials);
        }

        var rate = successes / trials;
        double slope = 0, spread = 0;
        for (var i = 0; i < x.Length; i++)
        {
            slope += (x[i] - mean) * (counts[i].Successes - (counts[i].Trials * rate));
            spread += counts[i].Trials * (x[i] - mean) * (x[i] - mean);
        }

        var error = Math.Sqrt(rate * (1 - rate) * spread);
        var z = error == 0 ? 0 : slope / error;
        return new ZTestResult(slope, error, z, Distributions.NormalTwoSided(z));
    }
}

/// <summary>A two-sided normal test of a difference of two proportions.</summary>
/// <param name="Difference">First proportion minus second.</param>
/// <param name="StandardError">Standard error of the difference; 0 when neither sample varies.</param>
/// <param name="Z">Difference over standard error; 0 when both are 0, infinite when only the standard error is 0.</param>
/// <param name="PValue">Two-sided p.</param>
public sealed record ZTestResult(double Difference, double StandardError, double Z, double PValue);

/// <summary>Holm's step-down correction for several tests.</summary>
public static class Holm
{
    /// <summary>Adjusted p-values in the order given: each controls the family-wise error without assumptions on dependence.</summary>
    /// <param name="p">Raw p-values, each 0 to 1.</param>
    /// <returns>As many adjusted values, each at least the raw one and at most 1, in the same order of size.</returns>
    /// <exception cref="ArgumentException">No value, or one that is no probability.</exception>
    public static double[] Adjust(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        Checks.AtLeast(p.Count, 1, nameof(p));
        for (var i = 0; i < p.Count; i++)
        {
            Checks.Probability(p[i], Invariant($"p[{i}]"));
        }

        var adjusted = new double[p.Count];
        var running = 0.0;
        var left = p.Count;
        foreach (var index in Enumerable.Range(0, p.Count).OrderBy(i => p[i]))
        {
            running = Math.Max(running, Math.Min(1, left * p[index]));
            adjusted[index] = running;
            left--;
        }

        return adjusted;
    }
}
