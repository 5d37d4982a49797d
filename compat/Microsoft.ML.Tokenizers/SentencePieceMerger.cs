namespace Microsoft.ML.Tokenizers;

/// <summary>Merges characters to pieces by score. Of equal scores the package takes the pair furthest to the right.</summary>
internal sealed class SentencePieceMerger(IReadOnlyDictionary<string, int> vocabulary, float[] scores)
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _ids =
        new Dictionary<string, int>(vocabulary, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The id of a piece.</summary>
    public bool TryGetId(ReadOnlySpan<char> piece, out int id) => _ids.TryGetValue(piece, out id);

    /// <summary>Ranges of the pieces of a text.</summary>
    public List<(int Start, int End)> Merge(string text)
    {
        var ends = new List<int>();
        var starts = new List<int>();
        for (int i = 0; i < text.Length;)
        {
            int length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
            starts.Add(i);
            i += length;
            ends.Add(i);
        }

        int count = starts.Count;
        int[] next = [.. Enumerable.Range(1, count)];
        int[] previous = [.. Enumerable.Range(-1, count)];
        var gone = new bool[count];
        var queue = new PriorityQueue<(int Left, int Right, int Length), (float Score, int Left)>();
        for (int i = 0; i + 1 < count; i++)
        {
            Consider(i, i + 1);
        }

        while (queue.TryDequeue(out (int Left, int Right, int Length) pair, out _))
        {
            (int left, int right, int length) = pair;
            if (gone[left] || gone[right] || ends[right] - starts[left] != length)
            {
                continue;
            }

            ends[left] = ends[right];
            gone[right] = true;
            next[left] = next[right];
            if (next[left] < count)
            {
                previous[next[left]] = left;
                Consider(left, next[left]);
            }

            if (previous[left] >= 0)
            {
                Consider(previous[left], left);
            }
        }

        var pieces = new List<(int, int)>();
        for (int i = 0; i < count; i = next[i])
        {
            pieces.Add((starts[i], ends[i]));
        }

        return pieces;

        void Consider(int left, int right)
        {
            int length = ends[right] - starts[left];
            if (_ids.TryGetValue(text.AsSpan(starts[left], length), out int id))
            {
                queue.Enqueue((left, right, length), (-scores[id], -left));
            }
        }
    }
}
