using System.Text;

namespace Repro.Core.Text.Bpe;

/// <summary>Words of a corpus as symbols, with the count of every pair kept up to date from merge to merge.</summary>
internal sealed class TrainingCorpus
{
    private readonly List<int[]> _words = [];
    private readonly List<long> _counts = [];
    private readonly List<string> _tokens = [.. Alphabet];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Left, int Right), long> _pairs = [];
    private readonly Dictionary<(int Left, int Right), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> _queue = new();

    /// <summary>A corpus.</summary>
    /// <param name="words">How often each word occurs.</param>
    public TrainingCorpus(IReadOnlyDictionary<string, long> words)
    {
        for (int id = 0; id < _tokens.Count; id++)
        {
            _ids.Add(_tokens[id], id);
        }

        foreach ((string word, long count) in words)
        {
            int[] symbols = [.. Encoding.UTF8.GetBytes(word).Select(value => _ids[ByteAlphabet.ToChar(value).ToString()])];
            for (int i = 0; i + 1 < symbols.Length; i++)
            {
                Change((symbols[i], symbols[i + 1]), count, _words.Count);
            }

            _words.Add(symbols);
            _counts.Add(count);
        }
    }

    /// <summary>The 256 characters of the byte alphabet in order of code point.</summary>
    public static IReadOnlyList<string> Alphabet { get; } =
        [.. Enumerable.Range(0, 256).Select(value => ByteAlphabet.ToChar((byte)value)).Order().Select(c => c.ToString())];

    /// <summary>Learns merges until <paramref name="room"/> new tokens are there or no pair is left.</summary>
    /// <remarks>A merge whose token exists already takes no room.</remarks>
    public List<LearnedMerge> Learn(int room, long minimumCount, CancellationToken cancellationToken)
    {
        var merges = new List<LearnedMerge>();
        foreach ((int Left, int Right) pair in _pairs.Keys)
        {
            Offer(pair);
        }

        int limit = _tokens.Count + room;
        while (_tokens.Count < limit && _queue.TryDequeue(out (int Left, int Right) pair, out (long Count, int Left, int Right) priority))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long count = _pairs.GetValueOrDefault(pair);
            if (count != -priority.Count)
            {
                // The count has changed since; the pair goes back with the count it has now.
                Offer(pair);
                continue;
            }

            if (count < Math.Max(1, minimumCount))
            {
                break;
            }

            merges.Add(new LearnedMerge(_tokens[pair.Left], _tokens[pair.Right], count));
            Merge(pair, IdOf(_tokens[pair.Left] + _tokens[pair.Right]));
        }

        return merges;
    }

    private int IdOf(string token)
    {
        if (!_ids.TryGetValue(token, out int id))
        {
            id = _tokens.Count;
            _tokens.Add(token);
            _ids.Add(token, id);
        }

        return id;
    }

    private void Offer((int Left, int Right) pair)
    {
        long count = _pairs.GetValueOrDefault(pair);
        if (count > 0)
        {
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
        }
    }

    private void Merge((int Left, int Right) pair, int result)
    {
        var touched = new HashSet<(int Left, int Right)>();
        int[] places = [.. _places[pair]];
        foreach (int index in places)
        {
            int[] before = _words[index];
            int[] after = Replace(before, pair, result);
            if (after.Length == before.Length)
            {
                continue;
            }

            long count = _counts[index];
            for (int i = 0; i + 1 < before.Length; i++)
            {
                Change((before[i], before[i + 1]), -count, index);
            }

            for (int i = 0; i + 1 < after.Length; i++)
            {
                (int Left, int Right) neighbours = (after[i], after[i + 1]);
                Change(neighbours, count, index);
                if (after[i] == result || after[i + 1] == result)
                {
                    touched.Add(neighbours);
                }
            }

            _words[index] = after;
        }

        _places.Remove(pair);
        foreach ((int Left, int Right) neighbours in touched)
        {
            Offer(neighbours);
        }
    }

    private static int[] Replace(int[] word, (int Left, int Right) pair, int result)
    {
        var output = new List<int>(word.Length);
        for (int i = 0; i < word.Length; i++)
        {
            if (i + 1 < word.Length && word[i] == pair.Left && word[i + 1] == pair.Right)
            {
                output.Add(result);
                i++;
            }
            else
            {
                output.Add(word[i]);
            }
        }

        return [.. output];
    }

    private void Change((int Left, int Right) pair, long count, int word)
    {
        _pairs[pair] = _pairs.GetValueOrDefault(pair) + count;
        if (count > 0)
        {
            if (!_places.TryGetValue(pair, out HashSet<int>? places))
            {
                _places.Add(pair, places = []);
            }

            places.Add(word);
        }
    }
}
