using System.Text.Json;
using Repro.Core.Text;
using Repro.Core.Text.Unicode;

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
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode").Where(item => TextVectors.Kind(item) == "encode"))
        {
            count++;
            CheckEncode(tokenizer, item, wrong);
        }

        wrong.Should().BeEmpty();
        count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    [VectorTheory]
    [InlineData("gpt2-700", 81)]
    [InlineData("qwen2-2000", 78)]
    [InlineData("llama3-2000", 76)]
    public void Decode(string name, int atLeast)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name));
        var wrong = new List<string>();
        int count = 0;
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode").Where(item => TextVectors.Kind(item) == "decode"))
        {
            count++;
            int[] ids = TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids"));
            CheckDecode(tokenizer, item, ids, wrong);
        }

        wrong.Should().BeEmpty();
        count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    private static void CheckEncode(BpeTextTokenizer tokenizer, JsonElement item, List<string> wrong)
    {
        string text = TextVectors.Text(item);
        bool addSpecial = TextVectors.AddSpecial(item);
        JsonElement outputs = item.GetProperty("outputs");
        int[] expected = TextVectors.Numbers(outputs.GetProperty("ids"));
        int[] ids = tokenizer.EncodeIds(text, addSpecial);
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text, addSpecial);
        Compare(item, "ids", expected, ids, wrong);
        Compare(item, "ids of spans", expected, spans.Select(span => span.Id), wrong);
        Compare(item, "offsets", TextVectors.Numbers(outputs.GetProperty("offsets")), spans.SelectMany(span => (int[])[span.Start, span.End]), wrong);

        int templated = addSpecial ? tokenizer.EncodeIds("").Length : 0;
        int[] asText = TextVectors.Optional(outputs, "ids_specials_as_text") ?? expected[templated..];
        Compare(item, "ids_specials_as_text", asText, tokenizer.EncodeIds(text, false, specialTokensAsText: true), wrong);

        IReadOnlyList<(int Start, int End)> pieces = tokenizer.PreTokenize(text, out string normalized);
        Compare(
            item,
            "pretoken_lengths",
            TextVectors.Numbers(outputs.GetProperty("pretoken_lengths")),
            pieces.Select(piece => CodePoints.Count(normalized.AsSpan()[piece.Start..piece.End])),
            wrong);
        if ((TextVectors.OptionalText(outputs, "normalized") ?? text) != normalized)
        {
            wrong.Add($"{TextVectors.Id(item)} normalized: {TextVectors.Show(normalized)}");
        }

        CheckDecode(tokenizer, item, expected, wrong);
    }

    private static void CheckDecode(TextTokenizer tokenizer, JsonElement item, int[] ids, List<string> wrong)
    {
        JsonElement outputs = item.GetProperty("outputs");
        string decoded = outputs.GetProperty("decoded").GetString()!;
        Compare(item, "decoded", decoded, tokenizer.DecodeIds(ids, ignoreUnknownIds: true), wrong);
        Compare(
            item,
            "decoded_skip_special",
            TextVectors.OptionalText(outputs, "decoded_skip_special") ?? decoded,
            tokenizer.DecodeIds(ids, skipSpecialTokens: true, ignoreUnknownIds: true),
            wrong);
    }

    private static void Compare(JsonElement item, string what, IEnumerable<int> expected, IEnumerable<int> actual, List<string> wrong)
    {
        if (!expected.SequenceEqual(actual))
        {
            wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }

    private static void Compare(JsonElement item, string what, string expected, string actual, List<string> wrong)
    {
        if (expected != actual)
        {
            wrong.Add($"{TextVectors.Id(item)} {what}: {TextVectors.Show(expected)} became {TextVectors.Show(actual)}");
        }
    }
}
