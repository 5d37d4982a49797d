namespace Repro.Core.Evaluation.Statistics;

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
        Require.AtLeast(p.Count, 1, nameof(p));
        for (var i = 0; i < p.Count; i++)
        {
            Require.Probability(p[i], Invariant($"p[{i}]"));
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
