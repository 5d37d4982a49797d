using Repro.Core.Data.Sampling;

namespace Repro.Core.Data.Selection;

/// <summary>A random share of rows.</summary>
public static class Subset
{
    /// <summary>Shuffles rows and keeps the first share of them.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="share">Above 0, at most 1; the number is rounded down.</param>
    /// <param name="seed">Seed of the shuffle.</param>
    /// <typeparam name="T">Kind of row.</typeparam>
    /// <returns>In shuffled order.</returns>
    /// <exception cref="ReproException">The share is outside its range or keeps nothing.</exception>
    public static IReadOnlyList<T> Of<T>(IReadOnlyList<T> rows, double share, long seed)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (!(share > 0 && share <= 1))
        {
            throw new ReproException(Invariant($"a share of {share} cannot be kept; above 0 and at most 1 was expected."));
        }

        var count = (int)decimal.Floor((decimal)share * rows.Count);
        return count > 0
            ? [.. Permutation.Of(rows.Count, seed).Take(count).Select(index => rows[index])]
            : throw new ReproException(Invariant($"a share of {share} of {rows.Count} rows keeps nothing."));
    }
}
