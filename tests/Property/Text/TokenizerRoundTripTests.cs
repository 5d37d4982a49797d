using Repro.Core.Text;
using Repro.Core.Text.PreTokenizers;
using Repro.Core.Text.Unicode;

namespace Repro.Tests.Property.Text;

/// <summary>Decoding gives back what was encoded, for any text.</summary>
public sealed class TokenizerRoundTripTests
{
    private static readonly string[] _corpus =
        [.. File.ReadAllLines(Path.Combine(FixtureFolder, "corpus.txt")).Select(line => line + "\n")];

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

    [Theory]
    [InlineData("gpt2", PreTokenizerPatterns.Gpt2)]
    [InlineData("qwen2", PreTokenizerPatterns.Qwen2)]
    [InlineData("llama3", PreTokenizerPatterns.Llama3)]
    public void Byte_level_gives_back_every_text(string name, string pattern)
    {
        BpeTextTokenizer tokenizer = Train(pattern, nfc: false);
        Check.That($"byte-level round trip, {name}", UnicodeText.Texts, text => tokenizer.DecodeIds(tokenizer.EncodeIds(text)) == text, 1000);
    }

    [Fact]
    public void With_normalization_the_normalized_text_comes_back_and_encodes_to_the_same_ids()
    {
        BpeTextTokenizer tokenizer = Train(PreTokenizerPatterns.Qwen2, nfc: true);
        Check.That(
            "byte-level round trip with form C",
            UnicodeText.Texts,
            text =>
            {
                string back = tokenizer.DecodeIds(tokenizer.EncodeIds(text, true, specialTokensAsText: true));
                back.Should().Be(CanonicalComposition.ToFormC(text));
                tokenizer.EncodeIds(back, true, specialTokensAsText: true).Should().Equal(tokenizer.EncodeIds(text, true, specialTokensAsText: true));
            },
            1000);
    }

    [Fact]
    public void Ids_and_spans_agree_and_offsets_cover_the_text_in_order()
    {
        BpeTextTokenizer tokenizer = Train(PreTokenizerPatterns.Llama3, nfc: false);
        Check.That(
            "spans agree with ids",
            UnicodeText.Texts,
            text =>
            {
                IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text);
                spans.Select(span => span.Id).Should().Equal(tokenizer.EncodeIds(text));
                int end = 0;
                foreach (TokenSpan span in spans)
                {
                    span.Start.Should().BeInRange(Math.Max(0, end - 1), end);
                    span.End.Should().BeGreaterThanOrEqualTo(end);
                    end = span.End;
                }

                end.Should().Be(CodePoints.Count(text));
            },
            500);
    }

    [Fact]
    public void Streaming_gives_what_decoding_at_once_gives()
    {
        BpeTextTokenizer tokenizer = Train(PreTokenizerPatterns.Qwen2, nfc: false);
        Check.That(
            "streaming decoder",
            UnicodeText.Texts,
            text =>
            {
                // Cut somewhere, so that characters may stay incomplete.
                int[] ids = tokenizer.EncodeIds(text);
                ids = ids[(ids.Length / 3)..];
                StreamingDecoder decoder = tokenizer.CreateStreamingDecoder();
                (string.Concat(ids.Select(decoder.Add)) + decoder.Finish()).Should().Be(tokenizer.DecodeIds(ids));
            },
            500);
    }

    [Fact]
    public void Saved_and_loaded_tokenizers_agree()
    {
        BpeTextTokenizer trained = Train(PreTokenizerPatterns.Qwen2, nfc: true);
        BpeTextTokenizer loaded = TokenizerLoader.ReadTokenizerJson(TokenizerWriter.ToJson(trained));
        Check.That("saved and loaded", UnicodeText.Texts, text => loaded.EncodeSpans(text).SequenceEqual(trained.EncodeSpans(text)), 500);
    }

    private static BpeTextTokenizer Train(string pattern, bool nfc) => BpeTrainer.Train(
        _corpus, new BpeTrainerOptions(700, pattern, NormalizeNfc: nfc) { SpecialTokens = ["<x>", "<|im_end|>"] });
}
