using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>Which ids play a part in training and generation; null where a tokenizer has none.</summary>
/// <param name="Begin">Begin of text.</param>
/// <param name="End">End of text or of a turn.</param>
/// <param name="Pad">Padding; may equal <paramref name="End"/>, so never derive a mask from it.</param>
/// <param name="Unknown">Stands for text outside the vocabulary.</param>
public sealed record SpecialTokenIds(int? Begin = null, int? End = null, int? Pad = null, int? Unknown = null);

/// <summary>A token of an encoded text.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Token">The token as the vocabulary writes it.</param>
/// <param name="Start">First code point of the original text that it stands for.</param>
/// <param name="End">End (exclusive) in code points; equal to <paramref name="Start"/> for tokens of the template.</param>
/// <param name="IsTemplate">Added by the template, not found in the text.</param>
public readonly record struct TokenSpan(int Id, string Token, int Start, int End, bool IsTemplate = false);

/// <summary>
/// A tokenizer loaded from published files. Its ids, offsets and decoded texts are those of the Rust tokenizers library for
/// <c>tokenizer.json</c> and of SentencePiece for <c>tokenizer.model</c>.
/// </summary>
/// <remarks>
/// It is a <see cref="Tokenizer"/> of Microsoft.ML.Tokenizers, so everything written against that API takes it, and the package's BPE
/// merges. What stands around it here is where the package's ids, offsets or texts differ from those references; each such piece names what
/// it is needed for. Instances may be used by several threads at once.
/// </remarks>
public abstract class TextTokenizer : Tokenizer
{
    private readonly Lazy<IReadOnlyList<string>> _specialTexts;

    private protected TextTokenizer()
    {
        _specialTexts = new Lazy<IReadOnlyList<string>>(
            () => [.. Enumerable.Range(0, IdLimit).Where(IsSpecial).Select(TokenOf).OfType<string>().Where(token => token.Length > 0)]);
    }

    /// <summary>Ids with a part in training and generation.</summary>
    public SpecialTokenIds Specials { get; internal set; } = new();

    /// <summary>The id that opens every text of training and generation: the begin token, unless <c>tokenizer_config.json</c> says
    /// <c>add_bos_token: false</c>; null for none.</summary>
    public int? BeginOfText => AddsBegin == false ? null : Specials.Begin;

    /// <summary>What <c>add_bos_token</c> says; null where it is not there.</summary>
    internal bool? AddsBegin { get; set; }

    /// <summary>Number of tokens, added ones included.</summary>
    public abstract int Count { get; }

    /// <summary>One more than the highest id; the least number of rows of an embedding.</summary>
    public abstract int IdLimit { get; }

    /// <summary>The token of an id as the vocabulary writes it, or null where the id is unknown.</summary>
    public abstract string? TokenOf(int id);

    /// <summary>The id of a token as the vocabulary writes it, or null where it is unknown.</summary>
    public abstract int? IdOf(string token);

    /// <summary>True for special tokens, which decoding leaves out on request.</summary>
    public abstract bool IsSpecial(int id);

    /// <summary>All special tokens as the vocabulary writes them.</summary>
    internal IReadOnlyList<string> SpecialTexts => _specialTexts.Value;

    /// <summary>Encodes a text. Unpaired surrogates count as U+FFFD.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">Add what the template of the tokenizer asks for, such as a begin token.</param>
    /// <param name="specialTokensAsText">Special tokens in the text are plain text: for text from outside, which must not forge
    /// turns.</param>
    /// <returns>Token ids.</returns>
    public abstract int[] EncodeIds(string text, bool addSpecialTokens = true, bool specialTokensAsText = false);

    /// <summary>Encodes a text and tells which code points each token stands for.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="addSpecialTokens">As in <see cref="EncodeIds"/>.</param>
    /// <param name="specialTokensAsText">As in <see cref="EncodeIds"/>.</param>
    public abstract IReadOnlyList<TokenSpan> EncodeSpans(string text, bool addSpecialTokens = true, bool specialTokensAsText = false);

    /// <summary>As <see cref="EncodeSpans"/> of text that stands after an added token: some tokenizers put the mark of a space in front of
    /// the first stretch of a text alone. Special tokens in it are plain text.</summary>
    internal virtual IReadOnlyList<TokenSpan> EncodeFurther(string text) =>
        EncodeSpans(text, addSpecialTokens: false, specialTokensAsText: true);

    /// <summary>A token as <see cref="DecodeText"/> hands it to the decoder, so that an added token comes out as it is written.</summary>
    internal virtual string Spelled(int id, string token) => token;

    /// <summary>
    /// The text of a response: special tokens and ids without a token are left out. Unlike <see cref="DecodeIds"/>, which gives what the
    /// Rust library gives, an added token of a byte-level tokenizer comes out as it is written even if its letters also stand for bytes,
    /// such as the c with caron.
    /// </summary>
    /// <param name="ids">Token ids.</param>
    public string DecodeText(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Decode(new StreamingDecoder(this, CreateDecoderChain, skipSpecialTokens: true, ignoreUnknownIds: true) { AsWritten = true },
            ids);
    }

    /// <summary>Decodes ids.</summary>
    /// <param name="ids">Token ids.</param>
    /// <param name="skipSpecialTokens">Leave special tokens out.</param>
    /// <param name="ignoreUnknownIds">Leave ids without a token out, as the Rust library does.</param>
    /// <exception cref="ReproException">An id has no token and <paramref name="ignoreUnknownIds"/> is false.</exception>
    public string DecodeIds(IEnumerable<int> ids, bool skipSpecialTokens = false, bool ignoreUnknownIds = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Decode(CreateStreamingDecoder(skipSpecialTokens, ignoreUnknownIds), ids);
    }

    private static string Decode(StreamingDecoder decoder, IEnumerable<int> ids)
    {
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            text.Append(decoder.Add(id));
        }

        return text.Append(decoder.Finish()).ToString();
    }

    /// <summary>A decoder that takes ids one at a time, as they are generated.</summary>
    /// <param name="skipSpecialTokens">As in <see cref="DecodeIds"/>.</param>
    /// <param name="ignoreUnknownIds">As in <see cref="DecodeIds"/>.</param>
    public StreamingDecoder CreateStreamingDecoder(bool skipSpecialTokens = false, bool ignoreUnknownIds = false) =>
        new(this, CreateDecoderChain, skipSpecialTokens, ignoreUnknownIds);

    /// <inheritdoc/>
    public override string Decode(IEnumerable<int> ids) => DecodeIds(ids);

    /// <inheritdoc/>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        string text = DecodeIds(all);
        if (text.AsSpan().TryCopyTo(destination))
        {
            idsConsumed = all.Length;
            charsWritten = text.Length;
            return OperationStatus.Done;
        }

        idsConsumed = 0;
        charsWritten = 0;
        return OperationStatus.DestinationTooSmall;
    }

    /// <summary>Builds the chain that turns tokens into text, ending in <paramref name="sink"/>.</summary>
    internal abstract DecoderStage CreateDecoderChain(DecoderStage sink);

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        string original = CodePoints.Scrub(text ?? textSpan.ToString());
        IReadOnlyList<TokenSpan> spans = EncodeSpans(original);
        int[] units = Utf16Positions(original);
        var tokens = new List<EncodedToken>(Math.Min(spans.Count, settings.MaxTokenCount));
        int consumed = 0;
        foreach (TokenSpan span in spans.Take(settings.MaxTokenCount))
        {
            tokens.Add(new EncodedToken(span.Id, span.Token, units[span.Start]..units[span.End]));
            consumed = Math.Max(consumed, units[span.End]);
        }

        return new EncodeResults<EncodedToken>
        {
            Tokens = tokens,
            CharsConsumed = spans.Count == tokens.Count ? original.Length : consumed,
        };
    }

    private static int[] Utf16Positions(string text)
    {
        var positions = new List<int>(text.Length + 1);
        for (int i = 0; i < text.Length; i += CodePoints.Length(text, i))
        {
            positions.Add(i);
        }

        return [.. positions, text.Length];
    }
}
