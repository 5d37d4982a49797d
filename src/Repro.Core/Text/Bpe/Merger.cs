namespace Repro.Core.Text.Bpe;

/// <summary>The merge loop: the pair of lowest rank first, the leftmost of equals, one pair at a time.</summary>
internal static class Merger
{
    // Below this length a plain search over the ranks beats a queue.
    private const int ShortWord = 64;

    /// <summary>Merges in place.</summary>
    /// <param name="ids">Symbols of a word.</param>
    /// <param name="lengths">Bytes of each symbol.</param>
    /// <param name="merges">The merges.</param>
    /// <returns>Number of symbols left, at the front of both spans.</returns>
    public static int Merge(Span<int> ids, Span<int> lengths, MergeTable merges) =>
        ids.Length <= ShortWord ? MergeShort(ids, lengths, merges) : MergeLong(ids, lengths, merges);

    /// <summary>By search over all ranks after each merge: quadratic, for short words.</summary>
    internal static int MergeShort(Span<int> ids, Span<int> lengths, MergeTable merges)
    {
        int count = ids.Length;
        Span<int> ranks = count <= ShortWord ? stackalloc int[ShortWord] : new int[count];
        for (int i = 0; i + 1 < count; i++)
        {
            ranks[i] = merges.RankOf(ids[i], ids[i + 1]);
        }

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i < count - 1; i++)
            {
                if (ranks[i] < ranks[best])
                {
                    best = i;
                }
            }

            if (ranks[best] == int.MaxValue)
            {
                break;
            }

            ids[best] = merges.ResultOf(ranks[best]);
            lengths[best] += lengths[best + 1];
            ids[(best + 2)..count].CopyTo(ids[(best + 1)..]);
            lengths[(best + 2)..count].CopyTo(lengths[(best + 1)..]);
            if (best + 2 < count)
            {
                ranks[(best + 2)..count].CopyTo(ranks[(best + 1)..]);
            }

            count--;
            if (best > 0)
            {
                ranks[best - 1] = merges.RankOf(ids[best - 1], ids[best]);
            }

            if (best + 1 < count)
            {
                ranks[best] = merges.RankOf(ids[best], ids[best + 1]);
            }
        }

        return count;
    }

    /// <summary>With a queue of candidate pairs: n log n, for words of any length.</summary>
    internal static int MergeLong(Span<int> ids, Span<int> lengths, MergeTable merges)
    {
        int count = ids.Length;
        var next = new int[count];
        var previous = new int[count];
        var queue = new PriorityQueue<int, (int Rank, int Left)>(count);
        for (int i = 0; i < count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
            if (i + 1 < count)
            {
                int rank = merges.RankOf(ids[i], ids[i + 1]);
                if (rank != int.MaxValue)
                {
                    queue.Enqueue(i, (rank, i));
                }
            }
        }

        while (queue.TryDequeue(out int left, out (int Rank, int Left) priority))
        {
            int right = next[left];
            if (lengths[left] == 0 || right >= count || merges.RankOf(ids[left], ids[right]) != priority.Rank)
            {
                continue;
            }

            ids[left] = merges.ResultOf(priority.Rank);
            lengths[left] += lengths[right];
            lengths[right] = 0;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Consider(left, next[left], ids);
            }

            if (previous[left] >= 0)
            {
                Consider(previous[left], left, ids);
            }
        }

        int kept = 0;
        for (int i = 0; i < count; i = next[i])
        {
            ids[kept] = ids[i];
            lengths[kept++] = lengths[i];
        }

        return kept;

        void Consider(int left, int right, Span<int> symbols)
        {
            int rank = merges.RankOf(symbols[left], symbols[right]);
            if (rank != int.MaxValue)
            {
                queue.Enqueue(left, (rank, left));
            }
        }
    }
}
