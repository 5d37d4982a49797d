using Repro.Core;

namespace Repro.Experiments.Procedures;

/// <summary>The mean over all rows, from means of groups.</summary>
public static class WeightedMean
{
    /// <summary>Mean of group means, weighted by group sizes.</summary>
    /// <param name="means">Means of the groups.</param>
    /// <param name="sizes">As many sizes, none negative, with a positive sum. A group of size 0 has no influence.</param>
    /// <exception cref="ArgumentException">No group has a size, a size is negative, or the lengths differ.</exception>
    public static double Of(IReadOnlyList<double> means, IReadOnlyList<double> sizes)
    {
        ArgumentNullException.ThrowIfNull(means);
        ArgumentNullException.ThrowIfNull(sizes);
        if (means.Count != sizes.Count || sizes.Any(s => s < 0) || sizes.Sum() <= 0)
        {
            throw new ArgumentException($"expected as many sizes as means, none negative and not all zero; got {means.Count} means and sizes {InvariantText.Join(", ", sizes)}", nameof(sizes));
        }

        return means.Zip(sizes, (m, s) => s == 0 ? 0 : m * s).Sum() / sizes.Sum();
    }
}
