using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>
/// The merge loop for words of thousands of characters, in n log n: the package removes what it has merged one symbol at a time, which is
/// quadratic. No vector has such a word; a run of 400,000 spaces would take 8.4 s.
/// </summary>
internal sealed class LongWordMerger
{
    private readonly Dictionary<string, int> _symbols;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Result)> _merges = [];
    private readonly bool _byteLevel;
    private readonly int _unknown;

    /// <summary>A merger.</summary>
    /// <param name="symbols">Tokens with their ids.</param>
    /// <param name="merges">Pairs by rank.</param>
    /// <param name="byteLevel">Words are taken as bytes.</param>
    /// <param name="unknown">The token for characters that are none.</param>
    public LongWordMerger(
        Dictionary<string, int> symbols, IReadOnlyList<(string Left, string Right)> merges, bool byteLevel, string unknown)
    {
        _symbols = symbols;
        _byteLevel = byteLevel;
        _unknown = symbols[unknown];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            _merges[(symbols[left], symbols[right])] = (rank, symbols[left + right]);
        }
    }

    /// <summary>Appends the tokens of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="offset">Where it stands in the text.</param>
    /// <param name="pieces">Takes the tokens.</param>
    public void Merge(string word, int offset, List<Piece> pieces)
    {
        Piece[] parts = [.. Characters(word, offset)];
        int[] next = [.. Enumerable.Range(1, parts.Length)];
        int[] previous = [.. Enumerable.Range(-1, parts.Length)];
        var queue = new PriorityQueue<(int Left, int Result), (int Rank, int Left)>(parts.Length);
        for (int i = 0; i < parts.Length; i++)
        {
            Consider(parts, i, next[i], queue);
        }

        while (queue.TryDequeue(out (int Left, int Result) merge, out _))
        {
            int left = merge.Left;
            int right = next[left];
            if (right < 0 || right >= parts.Length
                || !_merges.TryGetValue((parts[left].Id, parts[right].Id), out var found) || found.Result != merge.Result)
            {
                continue;
            }

            parts[left] = new Piece(merge.Result, parts[left].Start, parts[right].End);
            next[left] = next[right];
            next[right] = -1;
            if (next[left] < parts.Length)
            {
                previous[next[left]] = left;
            }

            Consider(parts, left, next[left], queue);
            Consider(parts, previous[left], left, queue);
        }

        for (int i = 0; i < parts.Length; i = next[i])
        {
            pieces.Add(parts[i]);
        }
    }

    private IEnumerable<Piece> Characters(string word, int offset)
    {
        for (int i = 0; i < word.Length;)
        {
            int end = i + CodePoints.Length(word, i);
            string character = word[i..end];
            IEnumerable<string> symbols = _byteLevel
                ? Encoding.UTF8.GetBytes(character).Select(value => ByteAlphabet.ToChar(value).ToString())
                : [character];
            foreach (string symbol in symbols)
            {
                yield return new Piece(_symbols.GetValueOrDefault(symbol, _unknown), offset + i, offset + end);
            }

            i = end;
        }
    }

    private void Consider(Piece[] parts, int left, int right, PriorityQueue<(int Left, int Result), (int Rank, int Left)> queue)
    {
        if (left >= 0 && right < parts.Length && _merges.TryGetValue((parts[left].Id, parts[right].Id), out var merge))
        {
            queue.Enqueue((left, merge.Result), (merge.Rank, left));
        }
    }
}
