namespace Repro.Core.Randomness;

/// <summary>Random orders that are functions of a seed alone: nothing about a generator has to be kept to go on in the middle of an
/// epoch.</summary>
public static class Permutation
{
    /// <summary>The order of an epoch.</summary>
    /// <param name="count">Number of items, not negative.</param>
    /// <param name="seed">Any value.</param>
    /// <param name="epoch">Which epoch; each has an order of its own.</param>
    /// <returns>Each of 0 to <paramref name="count"/> - 1 once.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static int[] Draw(int count, long seed, long epoch = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            order[i] = i;
        }

        Generator(seed, epoch).Shuffle<int>(order);
        return order;
    }

    /// <summary>Draws rows without replacement.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="count">How many to draw; all of them where there are no more.</param>
    /// <param name="seed">Any value.</param>
    /// <param name="use">Tells draws with one seed apart.</param>
    /// <typeparam name="T">Kind of row.</typeparam>
    /// <returns>The drawn rows in their old order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static IReadOnlyList<T> Sample<T>(IReadOnlyList<T> rows, int count, long seed, long use = 0)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= rows.Count ? rows : [.. Draw(rows.Count, seed, use).Take(count).Order().Select(index => rows[index])];
    }

    /// <summary>The generator of one use of a seed; different uses give unrelated numbers.</summary>
    internal static Xoshiro256 Generator(long seed, long use)
    {
        var state = unchecked((ulong)seed);
        state = Xoshiro256.SplitMix(ref state) ^ unchecked((ulong)use);
        return new Xoshiro256(Xoshiro256.SplitMix(ref state));
    }
}
