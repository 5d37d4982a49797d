namespace Microsoft.ML.Tokenizers;

/// <summary>Merges by rank, and the loop that applies them: lowest rank first, leftmost of equals.</summary>
internal sealed class BpeMerges
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Result)> _merges = [];

    public BpeMerges(IEnumerable<string> merges, Dictionary<string, int> vocabulary, string prefix)
    {
        int rank = 0;
        foreach (string merge in merges)
        {
            int space = merge.IndexOf(' ');
            if (space <= 0 || space == merge.Length - 1 || merge.LastIndexOf(' ') != space)
            {
                throw new InvalidOperationException($"Merge {rank} '{merge}' is not a pair of tokens.");
            }

            string left = merge[..space];
            string right = merge[(space + 1)..];
            string joined = left + (prefix.Length > 0 && right.StartsWith(prefix, StringComparison.Ordinal) ? right[prefix.Length..] : right);
            if (!vocabulary.TryGetValue(left, out int leftId) || !vocabulary.TryGetValue(right, out int rightId) || !vocabulary.TryGetValue(joined, out int result))
            {
                throw new InvalidOperationException($"Merge {rank} '{merge}' names a token that is not in the vocabulary.");
            }

            _merges[(leftId, rightId)] = (rank++, result);
        }
    }

    /// <summary>Merges symbols with the number of elements each stands for, in place.</summary>
    public void Apply(List<(int Id, int Length)> symbols)
    {
        var next = new int[symbols.Count];
        var previous = new int[symbols.Count];
        var queue = new PriorityQueue<(int Left, int Result), (int Rank, int Left)>();
        for (int i = 0; i < symbols.Count; i++)
        {
            next[i] = i + 1;
            previous[i] = i - 1;
        }

        for (int i = 0; i + 1 < symbols.Count; i++)
        {
            Consider(i);
        }

        while (queue.TryDequeue(out (int Left, int Result) pair, out (int Rank, int Left) priority))
        {
            int left = pair.Left;
            int right = next[left];
            if (symbols[left].Length == 0 || right >= symbols.Count
                || !_merges.TryGetValue((symbols[left].Id, symbols[right].Id), out (int Rank, int Result) merge) || merge.Rank != priority.Rank)
            {
                continue;
            }

            symbols[left] = (merge.Result, symbols[left].Length + symbols[right].Length);
            symbols[right] = (0, 0);
            next[left] = next[right];
            if (next[left] < symbols.Count)
            {
                previous[next[left]] = left;
            }

            Consider(left);
            if (previous[left] >= 0)
            {
                Consider(previous[left]);
            }
        }

        symbols.RemoveAll(symbol => symbol.Length == 0);

        void Consider(int left)
        {
            if (next[left] < symbols.Count && _merges.TryGetValue((symbols[left].Id, symbols[next[left]].Id), out (int Rank, int Result) merge))
            {
                queue.Enqueue((left, merge.Result), (merge.Rank, left));
            }
        }
    }
}
