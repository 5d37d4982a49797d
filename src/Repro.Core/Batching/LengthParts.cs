namespace Repro.Core.Batching;

/// <summary>Cuts a batch into parts of like lengths, so that little padding goes through the model. Sums over the whole batch do not depend
/// on the cut.</summary>
internal static class LengthParts
{
    // What a part costs beyond its tokens, in tokens: adding its gradients to those of the parts before.
    private const long PartCost = 32;

    /// <summary>The cut with the fewest tokens, padding included.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="mostRows">Most rows of a part; null for any number.</param>
    /// <typeparam name="T">What a row is.</typeparam>
    /// <returns>Parts, the longest rows first.</returns>
    internal static List<IReadOnlyList<T>> Split<T>(IReadOnlyList<T> rows, Func<T, int> length, int? mostRows)
    {
        var sorted = rows.OrderByDescending(length).ToList();
        var lengths = sorted.ConvertAll(row => (long)length(row));
        // The least cost of the first n rows, and where their last part begins; a part is as long as its first row.
        var (least, begin) = (new long[sorted.Count + 1], new int[sorted.Count + 1]);
        for (var end = 1; end <= sorted.Count; end++)
        {
            least[end] = long.MaxValue;
            for (var first = Math.Max(0, end - (mostRows ?? end)); first < end; first++)
            {
                var cost = least[first] + ((end - first) * lengths[first]) + PartCost;
                if (cost < least[end])
                {
                    (least[end], begin[end]) = (cost, first);
                }
            }
        }

        var parts = new List<IReadOnlyList<T>>();
        for (var end = sorted.Count; end > 0; end = begin[end])
        {
            parts.Insert(0, sorted[begin[end]..end]);
        }

        return parts;
    }
}
