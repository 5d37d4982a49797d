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
