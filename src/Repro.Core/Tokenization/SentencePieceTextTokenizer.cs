using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>
/// A SentencePiece BPE tokenizer as <c>tokenizer.model</c> describes it (Llama 2). Text never becomes a control piece: <c>&lt;s&gt;</c> in
/// a text is three characters, so templates put control pieces in by id. Empty text has no tokens, not even a prefix.
/// </summary>
/// <remarks>
/// The package's BPE merges, with one merge for every way to put a piece together, in the order of the scores. Its LlamaTokenizer does not
/// take the leftmost of equal pairs (13 texts of spm-1200 such as -e0118) and loses spaces, unknown pieces and bytes when it decodes
/// (spm-400-d0000, -d0050, -d0009). Bytes share offsets as SentencePiece gives them (spm-400-e0037). No vector has user-defined or unused
/// pieces, extra spaces to remove or a suffix in place of the prefix: for these the tests hold what SentencePiece 0.1.97 gave.
/// </remarks>
public sealed class SentencePieceTextTokenizer : TextTokenizer
{
    // The mark of a space.
    private const char Space = '\u2581';

    private readonly SentencePieceModel _model;
    private readonly BpeModel _merger;
    private readonly AddedTokenFinder _userDefined;
    private readonly AddedVocabulary _added;
    private readonly TokenizerConfigFile _beside;

    // Where an unused piece, a step on the way to longer ones, comes apart again.
    private readonly Dictionary<int, int> _splits = [];

    /// <param name="model">The file.</param>
    /// <param name="beside">What the files beside it say: more tokens, and where the mark of a space stands.</param>
    /// <exception cref="ReproException">A token beside it has the id of another piece, or a piece with another id.</exception>
    internal SentencePieceTextTokenizer(SentencePieceModel model, TokenizerConfigFile beside)
    {
        (_model, _beside) = (model, beside);
        _added = new AddedVocabulary([.. beside.Added.Select(token =>
            Fitting(token, model, beside.AddedSource) with { Normalized = false })], null);
        IdLimit = beside.Added.Aggregate(model.Pieces.IdLimit, (limit, token) => Math.Max(limit, token.Id + 1));
        Count = model.Pieces.Count + beside.Added.Count(token => model.Pieces.TokenOf(token.Id) == null);
        UnknownId = Array.IndexOf(model.Kinds, PieceKind.Unknown);
        BeginId = Known(model.Settings.BeginId);
        EndId = Known(model.Settings.EndId);
        PadId = Known(model.Settings.PadId);
        int[] ids = [.. Enumerable.Range(0, model.Kinds.Length)];
        _userDefined = new AddedTokenFinder(ids
            .Where(id => model.Kinds[id] == PieceKind.UserDefined)
            .Select(id => (model.Pieces.TokenOf(id)!, new AddedToken(id, model.Pieces.TokenOf(id)!))));
        List<(string Left, string Right)> merges = [.. ids
            .Where(id => model.Kinds[id] is PieceKind.Normal or PieceKind.Unused)
            .OrderByDescending(id => model.Scores[id])
            .SelectMany(Merges)];
        var options = new BpeModelOptions(model.Pieces.TokenOf(UnknownId), FuseUnknown: true, model.Settings.ByteFallback);
        _merger = new BpeModel(model.Pieces, merges, options, preTokenizer: null);
    }

    /// <summary>Id of the begin piece, which <see cref="TextTokenizer.EncodeIds"/> adds on request; null where the model has
    /// none.</summary>
    public int? BeginId { get; }

    /// <summary>Id of the end piece, or null.</summary>
    public int? EndId { get; }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override int IdLimit { get; }

    /// <summary>Number of pieces of the model's own file.</summary>
    internal int PieceLimit => _model.Pieces.IdLimit;

    /// <summary>Tokens beside those of the model's own file.</summary>
    internal IReadOnlyList<AddedToken> AddedTokens => _added.Tokens;

    internal int? PadId { get; }

    internal int UnknownId { get; }

    /// <inheritdoc/>
    public override string? TokenOf(int id) => _added.Find(id)?.Content ?? _model.Pieces.TokenOf(id);

    /// <inheritdoc/>
    public override int? IdOf(string token) => _added.Find(token)?.Id ?? _model.Pieces.IdOf(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _added.Find(id) is { Special: true } || (uint)id < (uint)_model.Kinds.Length
        && (_model.Kinds[id] is PieceKind.Control or PieceKind.Unknown);

    /// <inheritdoc/>
    public override int[] EncodeIds(string text, bool addSpecialTokens = true, bool specialTokensAsText = false) =>
        [.. EncodeSpans(text, addSpecialTokens, specialTokensAsText).Select(span => span.Id)];

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSpan> EncodeSpans(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeSpans(text, addSpecialTokens, specialTokensAsText, isFirst: true);
    }

    internal override IReadOnlyList<TokenSpan> EncodeFurther(string text) =>
        EncodeSpans(text, addSpecialTokens: false, specialTokensAsText: true, isFirst: false);

    private List<TokenSpan> EncodeSpans(string text, bool addSpecialTokens, bool specialTokensAsText, bool isFirst)
    {
        var spans = new List<TokenSpan>();
        if (addSpecialTokens && BeginId is { } begin && AddsBegin != false)
        {
            spans.Add(new TokenSpan(begin, TokenOf(begin)!, 0, 0, true));
        }

        text = CodePoints.Scrub(text);
        foreach (TextStretch stretch in text.Length == 0 ? [new TextStretch(null, 0, 0)] : _added.Raw(specialTokensAsText).Cut(text))
        {
            int offset = stretch.Start == 0 ? 0 : CodePoints.Count(text.AsSpan(0, stretch.Start));
            if (stretch.Token is { } token)
            {
                spans.Add(new TokenSpan(token.Id, token.Content, offset,
                    offset + CodePoints.Count(text.AsSpan(stretch.Start, stretch.End - stretch.Start))));
            }
            else
            {
                AddStretch(text[stretch.Start..stretch.End], offset, _beside.Legacy || (isFirst && stretch.Start == 0), spans);
            }
        }

        if (addSpecialTokens && _beside.AddsEnd == true && EndId is { } end)
        {
            spans.Add(new TokenSpan(end, TokenOf(end)!, 0, 0, true));
        }

        return spans;
    }

    private static AddedToken Fitting(AddedToken token, SentencePieceModel model, string source) =>
        (model.Pieces.TokenOf(token.Id) ?? token.Content) == token.Content && (model.Pieces.IdOf(token.Content) ?? token.Id) == token.Id
            ? token
            : throw new ReproException(Invariant(
                $"{source}: '{token.Content}' has id {token.Id}, but the token or the id is another in tokenizer.model."));

    private void AddStretch(string text, int offset, bool withPrefix, List<TokenSpan> spans)
    {
        (string ready, int[] positions) = Prepare(text, withPrefix);
        positions = offset == 0 ? positions : [.. positions.Select(position => position + offset)];
        foreach (TextStretch stretch in _userDefined.Cut(ready))
        {
            if (stretch.Token != null)
            {
                spans.Add(new TokenSpan(stretch.Token.Id, stretch.Token.Content, positions[stretch.Start], positions[stretch.End]));
                continue;
            }

            foreach (Piece piece in _merger.Encode(ready[stretch.Start..stretch.End]))
            {
                AddSpans(piece with { Start = stretch.Start + piece.Start, End = stretch.Start + piece.End }, ready, positions, spans);
            }
        }
    }

    internal override DecoderStage CreateDecoderChain(DecoderStage sink) => new Stage(sink, this);

    private int? Known(int id) => _model.Pieces.TokenOf(id) == null ? null : id;

    // All ways to make a piece of two that exist, or of single characters.
    private IEnumerable<(string Left, string Right)> Merges(int id)
    {
        string piece = TokenOf(id)!;
        for (int cut = CodePoints.Length(piece, 0); cut < piece.Length; cut += CodePoints.Length(piece, cut))
        {
            (string left, string right) = (piece[..cut], piece[cut..]);
            if (Mergeable(left) && Mergeable(right))
            {
                if (_model.Kinds[id] == PieceKind.Unused)
                {
                    _splits.TryAdd(id, cut);
                }

                yield return (left, right);
            }
        }
    }

    private bool Mergeable(string part) =>
        part.Length == CodePoints.Length(part, 0) || (IdOf(part) is { } id && _model.Kinds[id] is PieceKind.Normal or PieceKind.Unused);

    private void AddSpans(Piece piece, string text, int[] positions, List<TokenSpan> spans)
    {
        if (_splits.TryGetValue(piece.Id, out int cut))
        {
            int middle = piece.Start + cut;
            AddSpans(new Piece(IdOf(text[piece.Start..middle]) ?? UnknownId, piece.Start, middle), text, positions, spans);
            AddSpans(new Piece(IdOf(text[middle..piece.End]) ?? UnknownId, middle, piece.End), text, positions, spans);
            return;
        }

        // Of the bytes of a character all but the last stand for nothing yet.
        int first = positions[piece.Start];
        spans.Add(new TokenSpan(piece.Id, TokenOf(piece.Id)!, first, piece.Fallback > 1 ? first : positions[piece.End]));
    }

    // Spaces written as U+2581, with the prefix; for each unit, and for the end, the code points of the original before it.
    private (string Text, int[] Positions) Prepare(string text, bool withPrefix)
    {
        SentencePieceSettings settings = _model.Settings;
        char space = settings.EscapeSpaces ? Space : ' ';
        var units = new StringBuilder(text.Length + 1);
        var positions = new List<int>(text.Length + 2);
        int start = settings.RemoveExtraSpaces ? text.Length - text.AsSpan().TrimStart(' ').Length : 0;
        int codePoint = start;
        if (start == text.Length)
        {
            return ("", [codePoint]);
        }

        if (settings.AddDummyPrefix && withPrefix && !settings.SpaceAsSuffix)
        {
            units.Append(space);
            positions.Add(codePoint);
        }

        for (int i = start, length; i < text.Length; i += length, codePoint++)
        {
            length = CodePoints.Length(text, i);
            if (text[i] != ' ')
            {
                units.Append(text, i, length);
                positions.AddRange(Enumerable.Repeat(codePoint, length));
            }
            else if (!settings.RemoveExtraSpaces || text[i - 1] != ' ')
            {
                units.Append(space);
                positions.Add(codePoint);
            }
        }

        // A mark that stood in the text itself goes too, and with nothing else before it the prefix.
        while (settings.RemoveExtraSpaces && units.Length > 0 && units[^1] == space)
        {
            units.Length--;
            codePoint = positions[^1];
            positions.RemoveAt(positions.Count - 1);
        }

        if (settings.AddDummyPrefix && withPrefix && settings.SpaceAsSuffix)
        {
            units.Append(space);
            positions.Add(codePoint);
        }

        return (units.ToString(), [.. positions, codePoint]);
    }

    private sealed class Stage(DecoderStage next, SentencePieceTextTokenizer tokenizer) : DecoderStage(next)
    {
        private readonly List<byte> _run = [];
        private bool _anyText;
        private bool _prefixGone;

        public override void Push(string token, int id)
        {
            SentencePieceSettings settings = tokenizer._model.Settings;
            if (id >= tokenizer._model.Kinds.Length)
            {
                GiveRun();
                GiveText(token);
                return;
            }

            PieceKind kind = tokenizer._model.Kinds[id];
            if (kind == PieceKind.Byte)
            {
                _run.Add((byte)ByteFallbackDecoder.ByteOf(token));
                return;
            }

            GiveRun();
            string text = token;
            switch (kind)
            {
                case PieceKind.Control:
                    return;
                case PieceKind.Unknown:
                    text = settings.UnknownSurface;
                    break;
                default:
                    if (!_anyText && !_prefixGone && (settings.AddDummyPrefix || settings.RemoveExtraSpaces) && text[0] == Space)
                    {
                        // With extra spaces removed, all spaces at the start go.
                        _prefixGone = !settings.RemoveExtraSpaces;
                        text = text[1..];
                    }

                    text = text.Replace(Space, ' ');
                    break;
            }

            GiveText(text);
        }

        public override void Finish()
        {
            GiveRun();
            base.Finish();
        }

        private void GiveRun()
        {
            if (_run.Count == 0)
            {
                return;
            }

            var text = new StringBuilder();
            ReadOnlySpan<byte> bytes = _run.ToArray();
            _run.Clear();
            while (bytes.Length > 0)
            {
                bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
                text.Append(valid ? rune.ToString() : "\uFFFD");
                bytes = bytes[(valid ? length : 1)..];
            }

            GiveText(text.ToString());
        }

        private void GiveText(string text)
        {
            if (text.Length > 0)
            {
                _anyText = true;
                Give(text, -1);
            }
        }
    }
}
