using System.Text;
using Repro.Core.Text.Decoders;
using Repro.Core.Text.SentencePiece;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text;

/// <summary>
/// A SentencePiece BPE tokenizer as <c>tokenizer.model</c> describes it (Llama 2). Text never becomes a control piece: <c>&lt;s&gt;</c> in
/// a text is three characters, so templates put control pieces in by id. Empty text has no tokens, not even a prefix.
/// </summary>
public sealed class SentencePieceTextTokenizer : TextTokenizer
{
    private readonly SentencePieceModel _model;
    private readonly SentencePieceMerger _merger;
    private readonly int[] _byteIds;
    private readonly int _unknownId;

    internal SentencePieceTextTokenizer(SentencePieceModel model)
    {
        _model = model;
        _merger = new SentencePieceMerger(model);
        _unknownId = Array.IndexOf(model.Kinds, PieceKind.Unknown);
        _byteIds = new int[256];
        for (int value = 0; value < 256; value++)
        {
            _byteIds[value] = model.Settings.ByteFallback && model.Pieces.TryGetId($"<0x{value:X2}>", out int id) ? id : -1;
        }

        BeginId = Known(model.Settings.BeginId);
        EndId = Known(model.Settings.EndId);
    }

    /// <summary>Id of the begin piece, which <see cref="TextTokenizer.EncodeIds"/> adds on request; null where the model has none.</summary>
    public int? BeginId { get; }

    /// <summary>Id of the end piece, or null.</summary>
    public int? EndId { get; }

    /// <inheritdoc/>
    public override int Count => _model.Pieces.Count;

    /// <inheritdoc/>
    public override int IdLimit => _model.Pieces.IdLimit;

    /// <inheritdoc/>
    public override string? TokenOf(int id) => _model.Pieces.TokenOf(id);

    /// <inheritdoc/>
    public override int? IdOf(string token) => _model.Pieces.TryGetId(token, out int id) ? id : null;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => (uint)id < (uint)_model.Kinds.Length && _model.Kinds[id] is PieceKind.Control or PieceKind.Unknown;

    /// <inheritdoc/>
    public override int[] EncodeIds(string text, bool addSpecialTokens = true, bool specialTokensAsText = false) =>
        [.. EncodeSpans(text, addSpecialTokens, specialTokensAsText).Select(span => span.Id)];

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSpan> EncodeSpans(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var spans = new List<TokenSpan>();
        if (addSpecialTokens && BeginId is { } begin)
        {
            spans.Add(new TokenSpan(begin, TokenOf(begin)!, 0, 0, true));
        }

        var ready = SentencePieceText.Create(CodePoints.Scrub(text), _model.Settings);
        foreach ((int start, int end) in _merger.Merge(ready.Text))
        {
            Add(ready, start, end, spans);
        }

        return spans;
    }

    internal override DecoderStage CreateDecoderChain(DecoderStage sink) => new Stage(sink, this);

    private int? Known(int id) => _model.Pieces.TokenOf(id) == null ? null : id;

    private void Add(SentencePieceText text, int start, int end, List<TokenSpan> spans)
    {
        ReadOnlySpan<char> piece = text.Text.AsSpan(start, end - start);
        int first = text.Positions[start];
        int last = text.Positions[end];
        if (_model.Pieces.TryGetId(piece, out int id) && id != _unknownId)
        {
            spans.Add(new TokenSpan(id, TokenOf(id)!, first, last));
        }
        else if (_model.Settings.ByteFallback)
        {
            // All but the last byte stand for nothing yet.
            byte[] bytes = Encoding.UTF8.GetBytes(piece.ToString());
            for (int i = 0; i < bytes.Length; i++)
            {
                int byteId = _byteIds[bytes[i]];
                spans.Add(new TokenSpan(byteId, TokenOf(byteId)!, first, i == bytes.Length - 1 ? last : first));
            }
        }
        else if (spans.Count > 0 && spans[^1].Id == _unknownId)
        {
            spans[^1] = spans[^1] with { End = last };
        }
        else
        {
            spans.Add(new TokenSpan(_unknownId, TokenOf(_unknownId)!, first, last));
        }
    }

    private sealed class Stage(DecoderStage next, SentencePieceTextTokenizer tokenizer) : DecoderStage(next)
    {
        private readonly List<byte> _run = [];
        private bool _anyText;
        private bool _prefixGone;

        public override void Push(string token, int id)
        {
            SentencePieceSettings settings = tokenizer._model.Settings;
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
                    if (!_anyText && !_prefixGone && (settings.AddDummyPrefix || settings.RemoveExtraSpaces) && text[0] == SentencePieceText.Space)
                    {
                        // With extra spaces removed, all spaces at the start go.
                        _prefixGone = !settings.RemoveExtraSpaces;
                        text = text[1..];
                    }

                    text = text.Replace(SentencePieceText.Space, ' ');
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
