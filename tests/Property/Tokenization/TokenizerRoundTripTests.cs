using FsCheck.Xunit;
using Repro.Core.Tokenization;

namespace Repro.Tests.Property.Tokenization;

/// <summary>Decoding gives back what was encoded, for any text.</summary>
[Properties(Arbitrary = new[] { typeof(UnicodeText) })]
public sealed class TokenizerRoundTripTests
{
    private static readonly string[] _corpus =
        [.. File.ReadAllLines(Path.Combine(FixtureFolder, "corpus.txt")).Select(line => line + "\n")];

    private static readonly Lazy<BpeTextTokenizer> Gpt2 = new(() => Train(PreTokenizerPatterns.Gpt2, nfc: false));

    private static readonly Lazy<BpeTextTokenizer> Qwen2 = new(() => Train(PreTokenizerPatterns.Qwen2, nfc: false));

    private static readonly Lazy<BpeTextTokenizer> Llama3 = new(() => Train(PreTokenizerPatterns.Llama3, nfc: false));

    private static readonly Lazy<BpeTextTokenizer> Normalizing = new(() => Train(PreTokenizerPatterns.Qwen2, nfc: true));

    private static readonly Lazy<BpeTextTokenizer> Loaded = new(() =>
        TokenizerLoader.ReadTokenizerJson(TokenizerWriter.ToJson(Normalizing.Value)));

    private static string FixtureFolder
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Repro.sln")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Repro.sln above the tests.");
            }

            return Path.Combine(folder, "fixtures", "text");
        }
    }

    [Property(MaxTest = 1000)]
    public void Byte_level_gives_back_every_text(string text)
    {
        foreach (var tokenizer in new[] { Gpt2.Value, Qwen2.Value, Llama3.Value })
        {
            tokenizer.DecodeIds(tokenizer.EncodeIds(text)).Should().Be(text);
        }
    }

    [Property(MaxTest = 1000)]
    public void With_normalization_the_normalized_text_comes_back_and_encodes_to_the_same_ids(string text)
    {
        var tokenizer = Normalizing.Value;
        string back = tokenizer.DecodeIds(tokenizer.EncodeIds(text, true, specialTokensAsText: true));
        back.Should().Be(new NfcNormalizer().Apply(text));
        tokenizer.EncodeIds(back, true, specialTokensAsText: true)
            .Should().Equal(tokenizer.EncodeIds(text, true, specialTokensAsText: true));
    }

    [Property(MaxTest = 500)]
    public void Ids_and_spans_agree_and_offsets_cover_the_text_in_order(string text)
    {
        IReadOnlyList<TokenSpan> spans = Llama3.Value.EncodeSpans(text);
        spans.Select(span => span.Id).Should().Equal(Llama3.Value.EncodeIds(text));
        int end = 0;
        foreach (TokenSpan span in spans)
        {
            span.Start.Should().BeInRange(Math.Max(0, end - 1), end);
            span.End.Should().BeGreaterThanOrEqualTo(end);
            end = span.End;
        }

        end.Should().Be(CodePoints.Count(text));
    }

    [Property(MaxTest = 500)]
    public void Streaming_gives_what_decoding_at_once_gives(string text)
    {
        // Cut somewhere, so that characters may stay incomplete.
        int[] ids = Qwen2.Value.EncodeIds(text);
        ids = ids[(ids.Length / 3)..];
        StreamingDecoder decoder = Qwen2.Value.CreateStreamingDecoder();
        (string.Concat(ids.Select(decoder.Add)) + decoder.Finish()).Should().Be(Qwen2.Value.DecodeIds(ids));
    }

    [Property(MaxTest = 500)]
    public void Saved_and_loaded_tokenizers_agree(string text) =>
        Loaded.Value.EncodeSpans(text).Should().Equal(Normalizing.Value.EncodeSpans(text));

    private static BpeTextTokenizer Train(string pattern, bool nfc) => BpeTrainer.Train(
        _corpus, new BpeTrainerOptions(700, pattern, NormalizeNfc: nfc) { SpecialTokens = ["<x>", "<|im_end|>"] });
}
