using System.Text.Json;
using Repro.Core.Text;
using Repro.Core.Text.Unicode;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>Byte-level tokenizers against the Rust library, every case of the vectors.</summary>
[Trait("Suite", "Vectors")]
public sealed class ByteLevelVectorTests
{
    [VectorTheory]
    [InlineData("gpt2-700", 452)]
    [InlineData("qwen2-2000", 475)]
    [InlineData("llama3-2000", 454)]
    public void Encode(string name, int atLeast)
    {
        var tokenizer = (BpeTextTokenizer)TokenizerLoader.Load(TextVectors.PathOf(name));
        var checks = new VectorChecks();
        int count = 0;
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode").Where(item => TextVectors.Kind(item) == "encode"))
        {
            count++;
            CheckEncode(tokenizer, item, checks);
        }

        checks.Wrong.Should().BeEmpty();
        count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    [VectorTheory]
    [InlineData("gpt2-700", 81)]
    [InlineData("qwen2-2000", 78)]
    [InlineData("llama3-2000", 76)]
    public void Decode(string name, int atLeast)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name));
        var checks = new VectorChecks();
        int count = 0;
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode").Where(item => TextVectors.Kind(item) == "decode"))
        {
            count++;
            int[] ids = TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids"));
            CheckDecode(tokenizer, item, ids, checks);
        }

        checks.Wrong.Should().BeEmpty();
        count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    private static void CheckEncode(BpeTextTokenizer tokenizer, JsonElement item, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        bool addSpecial = TextVectors.AddSpecial(item);
        JsonElement outputs = item.GetProperty("outputs");
        int[] expected = TextVectors.Numbers(outputs.GetProperty("ids"));
        int[] offsets = TextVectors.Numbers(outputs.GetProperty("offsets"));
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text, addSpecial);
        checks.Compare(item, "ids", expected, tokenizer.EncodeIds(text, addSpecial));
        checks.Compare(item, "ids of spans", expected, spans.Select(span => span.Id));
        checks.Compare(item, "offsets", offsets, spans.SelectMany(span => (int[])[span.Start, span.End]));

        int templated = addSpecial ? tokenizer.EncodeIds("").Length : 0;
        int[] asText = TextVectors.Optional(outputs, "ids_specials_as_text") ?? expected[templated..];
        checks.Compare(item, "ids_specials_as_text", asText, tokenizer.EncodeIds(text, false, specialTokensAsText: true));

        int[] lengths = TextVectors.Numbers(outputs.GetProperty("pretoken_lengths"));
        IReadOnlyList<(int Start, int End)> pieces = tokenizer.PreTokenize(text, out string normalized);
        checks.Compare(item, "pretoken_lengths", lengths, pieces.Select(piece => CodePoints.Count(normalized.AsSpan()[piece.Start..piece.End])));
        checks.Compare(item, "normalized", TextVectors.OptionalText(outputs, "normalized") ?? text, normalized);
        CheckDecode(tokenizer, item, expected, checks);
    }

    private static void CheckDecode(TextTokenizer tokenizer, JsonElement item, int[] ids, VectorChecks checks)
    {
        JsonElement outputs = item.GetProperty("outputs");
        string decoded = outputs.GetProperty("decoded").GetString()!;
        string skipped = TextVectors.OptionalText(outputs, "decoded_skip_special") ?? decoded;
        checks.Compare(item, "decoded", decoded, tokenizer.DecodeIds(ids, ignoreUnknownIds: true));
        checks.Compare(item, "decoded_skip_special", skipped, tokenizer.DecodeIds(ids, skipSpecialTokens: true, ignoreUnknownIds: true));
    }
}
