using Repro.Core.Text.Unicode;

namespace Repro.Core.Text.SentencePiece;

/// <summary>
/// Merges the characters of a text to pieces: of all neighbours whose union is a piece the one of highest score first, the leftmost of
/// equals. User-defined pieces are one symbol from the start and never merge.
/// </summary>
internal sealed class SentencePieceMerger
{
    private readonly SentencePieceModel _model;
    private readonly AddedTokenFinder? _userDefined;

    /// <summary>A merger for a model.</summary>
    public SentencePieceMerger(SentencePieceModel model)
    {
        _model = model;
        _userDefined = AddedTokenFinder.Create(
            Enumerable.Range(0, model.Kinds.Length)
                .Where(id => model.Kinds[id] == PieceKind.UserDefined)
                .Select(id => (model.Pieces.TokenOf(id)!, new AddedToken(id, model.Pieces.TokenOf(id)!))));
    }

    /// <summary>The pieces of a text as ranges of units.</summary>
    public List<(int Start, int End)> Merge(string text)
    {
        var work = new Work(_model, text);
        if (_userDefined == null)
        {
            work.AddCharacters(0, text.Length);
            return work.Merge();
        }

        int searchFrom = 0;
        for (int from = 0; from < text.Length;)
        {
            AddedToken? token = _userDefined.Next(text, from, ref searchFrom, out int start, out int end);
            work.AddCharacters(from, start);
            if (token != null)
            {
                work.AddFrozen(start, end);
            }

            from = end;
        }

        return work.Merge();
    }

    private sealed class Work(SentencePieceModel model, string text)
    {
        private readonly List<Symbol> _symbols = new(text.Length);
        private readonly PriorityQueue<(int Left, int Right, int Size), (float Score, int Left)> _queue = new();
        private readonly Dictionary<string, int> _splits = new(StringComparer.Ordinal);

        public void AddCharacters(int start, int end)
        {
            while (start < end)
            {
                CodePoints.At(text, start, out int length);
                _symbols.Add(new Symbol(start, start + length, false));
                start += length;
            }
        }

        public void AddFrozen(int start, int end) => _symbols.Add(new Symbol(start, end, true));

        public List<(int Start, int End)> Merge()
        {
            for (int i = 0; i < _symbols.Count; i++)
            {
                _symbols[i].Previous = i - 1;
                _symbols[i].Next = i + 1;
            }

            for (int i = 0; i + 1 < _symbols.Count; i++)
            {
                Consider(i, i + 1);
            }

            while (_queue.TryDequeue(out (int Left, int Right, int Size) pair, out _))
            {
                Symbol left = _symbols[pair.Left];
                Symbol right = _symbols[pair.Right];
                if (left.Gone || right.Gone || right.End - left.Start != pair.Size)
                {
                    continue;
                }

                left.End = right.End;
                right.Gone = true;
                left.Next = right.Next;
                if (left.Next < _symbols.Count)
                {
                    _symbols[left.Next].Previous = pair.Left;
                    Consider(pair.Left, left.Next);
                }

                if (left.Previous >= 0)
                {
                    Consider(left.Previous, pair.Left);
                }
            }

            var pieces = new List<(int, int)>();
            for (int i = 0; i < _symbols.Count; i = _symbols[i].Next)
            {
                Emit(_symbols[i].Start, _symbols[i].End, pieces);
            }

            return pieces;
        }

        private void Consider(int left, int right)
        {
            int start = _symbols[left].Start;
            int size = _symbols[right].End - start;
            if (_symbols[left].Frozen || _symbols[right].Frozen || size > model.Pieces.LongestToken
                || !model.Pieces.TryGetId(text.AsSpan(start, size), out int id))
            {
                return;
            }

            PieceKind kind = model.Kinds[id];
            if (kind is not (PieceKind.Normal or PieceKind.UserDefined or PieceKind.Unused))
            {
                return;
            }

            _queue.Enqueue((left, right, size), (-model.Scores[id], left));
            if (kind == PieceKind.Unused)
            {
                _splits[text.Substring(start, size)] = _symbols[right].Start - start;
            }
        }

        // An unused piece is split again the way it was made.
        private void Emit(int start, int end, List<(int Start, int End)> pieces)
        {
            ReadOnlySpan<char> piece = text.AsSpan(start, end - start);
            if (_splits.Count > 0 && model.Pieces.TryGetId(piece, out int id) && model.Kinds[id] == PieceKind.Unused
                && _splits.TryGetValue(piece.ToString(), out int split))
            {
                Emit(start, start + split, pieces);
                Emit(start + split, end, pieces);
                return;
            }

            pieces.Add((start, end));
        }
    }

    private sealed class Symbol(int start, int end, bool frozen)
    {
        public int Start { get; } = start;

        public int End { get; set; } = end;

        public bool Frozen { get; } = frozen;

        public int Previous { get; set; }

        public int Next { get; set; }

        public bool Gone { get; set; }
    }
}
