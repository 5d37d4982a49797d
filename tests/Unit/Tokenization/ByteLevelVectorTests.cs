using System.Text.Json;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Byte-level tokenizers against the Rust library, every case of the vectors.</summary>
[Trait("Suite", "Vectors")]
public sealed class ByteLevelVectorTests
{
    [TokenizerVectorTheory(VectorSort.ByteLevel, "encode")]
    [TokenizerFolders(VectorSort.ByteLevel, "encode")]
    public void Encode(string name)
    {
        var tokenizer = (BpeTextTokenizer)TokenizerLoader.Load(TextVectors.PathOf(name));
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, "encode"))
        {
            CheckEncode(tokenizer, item, checks);
        }

        checks.Wrong.Should().BeEmpty();
    }

    [TokenizerVectorTheory(VectorSort.ByteLevel, "decode")]
    [TokenizerFolders(VectorSort.ByteLevel, "decode")]
    public void Decode(string name)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name));
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, "decode"))
        {
            CheckDecode(tokenizer, item, TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids")), checks);
        }

        checks.Wrong.Should().BeEmpty();
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

        int before = addSpecial ? spans.TakeWhile(span => span.IsTemplate).Count() : 0;
        int templated = addSpecial ? tokenizer.EncodeIds("").Length : 0;
        int[] asText = TextVectors.Optional(outputs, "ids_specials_as_text") ?? expected[before..(expected.Length - templated + before)];
        checks.Compare(item, "ids_specials_as_text", asText, tokenizer.EncodeIds(text, false, specialTokensAsText: true));

        IReadOnlyList<(int Start, int End)> pieces = tokenizer.PreTokenize(text, out string normalized);
        int[] lengths = [.. pieces.Select(piece => CodePoints.Count(normalized.AsSpan()[piece.Start..piece.End]))];
        checks.Compare(item, "pretoken_lengths", TextVectors.Optional(outputs, "pretoken_lengths") ?? lengths, lengths);
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
