using System.Text;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>What <c>tokenizer.json</c> does after merging: trims offsets, adds the tokens of a template.</summary>
/// <param name="Before">Ids in front of a text.</param>
/// <param name="After">Ids after it.</param>
/// <param name="TrimOffsets">White space at the ends of a token is left out of its offset, as GPT-2's published file asks for; no vector
/// does.</param>
/// <param name="KeepsPrefixSpace">Of white space at the very start one character stays in the offset.</param>
internal sealed record PostProcessor(
    IReadOnlyList<int> Before, IReadOnlyList<int> After, bool TrimOffsets = false, bool KeepsPrefixSpace = false);

/// <summary>
/// A BPE tokenizer as <c>tokenizer.json</c> describes it: GPT-2, Qwen2, Llama 3, and SentencePiece BPE converted to that format. The
/// package merges (<see cref="BpeModel"/>); added tokens, normalizers, the template and offsets in the original text are dealt with here.
/// </summary>
public sealed class BpeTextTokenizer : TextTokenizer
{
    private readonly BpeModel _model;
    private readonly AddedVocabulary _added;
    private readonly TextNormalizer? _normalizer;
    private readonly PreTokenizerStep? _preTokenizer;
    private readonly PostProcessor _postProcessor;
    private readonly DecoderSpec _decoder;

    internal BpeTextTokenizer(
        BpeModel model,
        AddedVocabulary added,
        TextNormalizer? normalizer,
        PreTokenizerStep? preTokenizer,
        PostProcessor postProcessor,
        DecoderSpec decoder,
        byte[] json)
    {
        _model = model;
        _added = added;
        _normalizer = normalizer;
        _preTokenizer = preTokenizer;
        _postProcessor = postProcessor;
        _decoder = decoder;
        Json = json;
        IdLimit = added.Tokens.Aggregate(model.Vocabulary.IdLimit, (limit, token) => Math.Max(limit, token.Id + 1));
        Count = model.Vocabulary.Count + added.Tokens.Count(token => model.Vocabulary.TokenOf(token.Id) == null);
    }

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override int IdLimit { get; }

    /// <summary>All added tokens.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _added.Tokens;

    /// <inheritdoc/>
    public override Normalizer? Normalizer => _normalizer;

    /// <inheritdoc/>
    public override PreTokenizer? PreTokenizer => _preTokenizer;

    /// <summary>The <c>tokenizer.json</c> that it was made from.</summary>
    internal byte[] Json { get; }

    /// <inheritdoc/>
    public override string? TokenOf(int id) => _added.Find(id)?.Content ?? _model.Vocabulary.TokenOf(id);

    /// <inheritdoc/>
    public override int? IdOf(string token) => _added.Find(token)?.Id ?? _model.Vocabulary.IdOf(token);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => _added.Find(id) is { Special: true };

    /// <inheritdoc/>
    public override int[] EncodeIds(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(CodePoints.Scrub(text), addSpecialTokens, specialTokensAsText, isFirst: true);
    }

    private int[] Encode(string text, bool addSpecialTokens, bool specialTokensAsText, bool isFirst)
    {
        List<int> ids = addSpecialTokens ? [.. _postProcessor.Before] : [];
        foreach (TextStretch raw in _added.Raw(specialTokensAsText).Cut(text))
        {
            if (raw.Token != null)
            {
                ids.Add(raw.Token.Id);
                continue;
            }

            string part = text[raw.Start..raw.End];
            string normalized = _normalizer?.Apply(part) ?? part;
            foreach (TextStretch stretch in _added.Normalized(specialTokensAsText).Cut(normalized))
            {
                if (stretch.Token != null)
                {
                    ids.Add(stretch.Token.Id);
                }
                else
                {
                    _model.Encode(Spaced(normalized[stretch.Start..stretch.End], isFirst && raw.Start == 0 && stretch.Start == 0), ids);
                }
            }
        }

        return addSpecialTokens ? [.. ids, .. _postProcessor.After] : [.. ids];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSpan> EncodeSpans(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return EncodeSpans(text, addSpecialTokens, specialTokensAsText, isFirst: true);
    }

    internal override IReadOnlyList<TokenSpan> EncodeFurther(string text) =>
        EncodeSpans(text, addSpecialTokens: false, specialTokensAsText: true, isFirst: false);

    internal override string Spelled(int id, string token) => _preTokenizer is { IsByteLevel: true } && _added.Find(id) is not null
        ? string.Concat(Encoding.UTF8.GetBytes(token).Select(ByteAlphabet.ToChar))
        : token;

    private List<TokenSpan> EncodeSpans(string text, bool addSpecialTokens, bool specialTokensAsText, bool isFirst)
    {
        var whole = AlignedText.Identity(CodePoints.Scrub(text));
        List<TokenSpan> spans = addSpecialTokens ? [.. Template(_postProcessor.Before)] : [];
        foreach (TextStretch raw in _added.Raw(specialTokensAsText).Cut(whole.Text))
        {
            AlignedText part = whole.Slice(raw.Start, raw.End);
            if (raw.Token != null)
            {
                spans.Add(Span(part, raw.Token));
                continue;
            }

            AlignedText normalized = _normalizer?.Apply(part) ?? part;
            foreach (TextStretch stretch in _added.Normalized(specialTokensAsText).Cut(normalized.Text))
            {
                AlignedText inner = normalized.Slice(stretch.Start, stretch.End);
                if (stretch.Token != null)
                {
                    spans.Add(Span(inner, stretch.Token));
                }
                else
                {
                    AddSpans(inner, isFirst && raw.Start == 0 && stretch.Start == 0, spans);
                }
            }
        }

        if (addSpecialTokens)
        {
            spans.AddRange(Template(_postProcessor.After));
        }

        return spans;
    }

    /// <summary>The pieces of a text after normalization and before merging, added tokens not cut out (UTF-16 units of the normalized
    /// text).</summary>
    /// <param name="text">Any text.</param>
    /// <param name="normalized">The normalized text that the pieces refer to.</param>
    internal IReadOnlyList<(int Start, int End)> PreTokenize(string text, out string normalized)
    {
        text = CodePoints.Scrub(text);
        normalized = Spaced(_normalizer?.Apply(text) ?? text, isFirst: true);
        var pieces = new List<(int Start, int End)>();
        if (normalized.Length > 0 && _preTokenizer == null)
        {
            pieces.Add((0, normalized.Length));
        }
        else if (normalized.Length > 0)
        {
            _preTokenizer!.Cut(normalized, 0, normalized.Length, pieces);
        }

        return pieces;
    }

    internal override DecoderStage CreateDecoderChain(DecoderStage sink) => _decoder.Create(sink, joined: false);

    private bool NeedsPrefixSpace(string text) => _preTokenizer is { AddsPrefixSpace: true } && text.Length > 0 && text[0] != ' ';

    // A stretch as the pre-tokenizer cuts it: with a space in front, or with marks for spaces.
    private string Spaced(string text, bool isFirst) =>
        _preTokenizer?.Spaces is { } spaces ? spaces.Rewrite(text, isFirst) : NeedsPrefixSpace(text) ? " " + text : text;

    private IEnumerable<TokenSpan> Template(IReadOnlyList<int> ids) => ids.Select(id => new TokenSpan(id, TokenOf(id)!, 0, 0, true));

    private static TokenSpan Span(AlignedText text, AddedToken token) => new(token.Id, token.Content, text.Starts[0], text.Ends[^1]);

    private void AddSpans(AlignedText text, bool isFirst, List<TokenSpan> spans)
    {
        text = _preTokenizer?.Spaces is { } spaces ? spaces.Rewrite(text, isFirst) : NeedsPrefixSpace(text.Text) ? text.Prepend(" ") : text;

        foreach (Piece piece in _model.Encode(text.Text))
        {
            string token = TokenOf(piece.Id)!;
            (int start, int end) = (text.Starts[piece.Start], text.Ends[piece.End - 1]);
            if (_postProcessor.TrimOffsets)
            {
                (start, end) = Trim(token, start, end);
            }

            spans.Add(new TokenSpan(piece.Id, token, start, end));
        }
    }

    // Spaces are one code point each; at the start of the text one of them counts as the added prefix.
    private (int Start, int End) Trim(string token, int start, int end)
    {
        string spaces = token.Replace(ByteAlphabet.ToChar((byte)' '), ' ');
        int leading = spaces.Length - spaces.TrimStart().Length;
        int trailing = spaces.Length - spaces.TrimEnd().Length;
        if (leading > 0 && start == 0 && _postProcessor.KeepsPrefixSpace)
        {
            leading--;
        }

        int first = Math.Min(start + leading, end);
        return (first, end >= trailing ? Math.Max(end - trailing, first) : end);
    }
}
