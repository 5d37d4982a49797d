using Microsoft.ML.Tokenizers;
using Repro.Core.Text.Bpe;
using Repro.Core.Text.Decoders;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.PreTokenizers;
using Repro.Core.Text.Unicode;

namespace Repro.Core.Text;

/// <summary>A BPE tokenizer as <c>tokenizer.json</c> describes it: GPT-2, Qwen2, Llama 3, and SentencePiece BPE converted to that format.</summary>
public sealed class BpeTextTokenizer : TextTokenizer
{
    private readonly int _idLimit;
    private readonly int _count;

    internal BpeTextTokenizer(
        BpeModel model, AddedVocabulary added, TextNormalizer? normalizer, PreTokenizerStep? preTokenizer, PostProcessor postProcessor, DecoderSpec decoder)
    {
        Model = model;
        Added = added;
        TextNormalizer = normalizer;
        PreTokenizerStep = preTokenizer;
        PostProcessor = postProcessor;
        DecoderSpec = decoder;
        _idLimit = added.Tokens.Aggregate(model.Vocabulary.IdLimit, (limit, token) => Math.Max(limit, token.Id + 1));
        _count = model.Vocabulary.Count + added.Tokens.Count(token => model.Vocabulary.TokenOf(token.Id) == null);
    }

    /// <inheritdoc/>
    public override int Count => _count;

    /// <inheritdoc/>
    public override int IdLimit => _idLimit;

    /// <summary>All added tokens.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => Added.Tokens;

    /// <inheritdoc/>
    public override Normalizer? Normalizer => TextNormalizer;

    /// <inheritdoc/>
    public override PreTokenizer? PreTokenizer => PreTokenizerStep;

    internal BpeModel Model { get; }

    internal AddedVocabulary Added { get; }

    internal TextNormalizer? TextNormalizer { get; }

    internal PreTokenizerStep? PreTokenizerStep { get; }

    internal PostProcessor PostProcessor { get; }

    internal DecoderSpec DecoderSpec { get; }

    /// <inheritdoc/>
    public override string? TokenOf(int id) => Added.Find(id)?.Content ?? Model.Vocabulary.TokenOf(id);

    /// <inheritdoc/>
    public override int? IdOf(string token) =>
        Added.Find(token)?.Id ?? (Model.Vocabulary.TryGetId(token, out int id) ? id : null);

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => Added.Find(id) is { Special: true };

    /// <inheritdoc/>
    public override int[] EncodeIds(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = CodePoints.Scrub(text);
        var ids = new List<int>((text.Length / 3) + 8);
        if (addSpecialTokens)
        {
            ids.AddRange(PostProcessor.Before);
        }

        var pieces = new List<(int Start, int End)>();
        AddedTokenFinder? raw = Added.Raw(specialTokensAsText);
        if (raw == null)
        {
            EncodeStretch(text, specialTokensAsText, pieces, ids);
        }
        else
        {
            int from = 0;
            int searchFrom = 0;
            while (from < text.Length)
            {
                AddedToken? token = raw.Next(text, from, ref searchFrom, out int start, out int end);
                EncodeStretch(Part(text, from, start), specialTokensAsText, pieces, ids);
                if (token != null)
                {
                    ids.Add(token.Id);
                }

                from = end;
            }
        }

        if (addSpecialTokens)
        {
            ids.AddRange(PostProcessor.After);
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSpan> EncodeSpans(string text, bool addSpecialTokens = true, bool specialTokensAsText = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        text = CodePoints.Scrub(text);
        var spans = new List<TokenSpan>();
        if (addSpecialTokens)
        {
            spans.AddRange(PostProcessor.Before.Select(id => new TokenSpan(id, TokenOf(id)!, 0, 0, true)));
        }

        new SpanEncoder(this, specialTokensAsText, spans).Encode(text);
        if (addSpecialTokens)
        {
            spans.AddRange(PostProcessor.After.Select(id => new TokenSpan(id, TokenOf(id)!, 0, 0, true)));
        }

        return spans;
    }

    /// <summary>The pieces of a text after normalization and before merging, added tokens not cut out (UTF-16 units of the normalized text).</summary>
    /// <param name="text">Any text.</param>
    /// <param name="normalized">The normalized text that the pieces refer to.</param>
    internal IReadOnlyList<(int Start, int End)> PreTokenize(string text, out string normalized)
    {
        normalized = Prepare(CodePoints.Scrub(text));
        var pieces = new List<(int Start, int End)>();
        Cut(normalized, pieces);
        return pieces;
    }

    internal override DecoderStage CreateDecoderChain(DecoderStage sink) => DecoderSpec.Create(sink, joined: false);

    /// <summary>Cuts a prepared stretch into words.</summary>
    internal void Cut(string text, List<(int Start, int End)> pieces)
    {
        if (text.Length == 0)
        {
            return;
        }

        if (PreTokenizerStep == null)
        {
            pieces.Add((0, text.Length));
        }
        else
        {
            PreTokenizerStep.Cut(text, 0, text.Length, pieces);
        }
    }

    private static string Part(string text, int start, int end) => start == 0 && end == text.Length ? text : text[start..end];

    private string Prepare(string text)
    {
        string normalized = TextNormalizer?.Apply(text) ?? text;
        return PrefixSpace(normalized);
    }

    private string PrefixSpace(string text) =>
        PreTokenizerStep is { AddsPrefixSpace: true } && text.Length > 0 && text[0] != ' ' ? " " + text : text;

    private void EncodeStretch(string text, bool specialTokensAsText, List<(int Start, int End)> pieces, List<int> ids)
    {
        if (text.Length == 0)
        {
            return;
        }

        string normalized = TextNormalizer?.Apply(text) ?? text;
        AddedTokenFinder? finder = Added.Normalized(specialTokensAsText);
        if (finder == null)
        {
            EncodeWords(PrefixSpace(normalized), pieces, ids);
            return;
        }

        int from = 0;
        int searchFrom = 0;
        while (from < normalized.Length)
        {
            AddedToken? token = finder.Next(normalized, from, ref searchFrom, out int start, out int end);
            EncodeWords(PrefixSpace(Part(normalized, from, start)), pieces, ids);
            if (token != null)
            {
                ids.Add(token.Id);
            }

            from = end;
        }
    }

    private void EncodeWords(string text, List<(int Start, int End)> pieces, List<int> ids)
    {
        ReadOnlySpan<char> units = text;
        PieceScanner? scanner = PreTokenizerStep?.Scanner;
        if (scanner != null)
        {
            for (int start = 0; start < units.Length;)
            {
                int end = scanner.Next(units, start);
                Model.Encode(units[start..end], ids);
                start = end;
            }

            return;
        }

        pieces.Clear();
        Cut(text, pieces);
        foreach ((int start, int end) in pieces)
        {
            Model.Encode(units[start..end], ids);
        }
    }
}
