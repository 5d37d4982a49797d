using System.Text.Json;
using Repro.Core;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>tokenizer.model against SentencePiece, and its conversion to tokenizer.json against the Rust library, every case of the
/// vectors.</summary>
[Trait("Suite", "Vectors")]
public sealed class SentencePieceVectorTests
{
    [TokenizerVectorTheory(VectorSort.SentencePiece, "encode")]
    [TokenizerFolders(VectorSort.SentencePiece, "encode")]
    public void Encode(string name) => CheckModel(name, "encode");

    [TokenizerVectorTheory(VectorSort.SentencePiece, "decode")]
    [TokenizerFolders(VectorSort.SentencePiece, "decode")]
    public void Decode(string name) => CheckModel(name, "decode");

    [TokenizerVectorTheory(VectorSort.SentencePiece, "encode")]
    [TokenizerFolders(VectorSort.SentencePiece, "encode")]
    public void Encode_with_the_converted_file(string name) => CheckConverted(name, "encode");

    [TokenizerVectorTheory(VectorSort.SentencePiece, "decode")]
    [TokenizerFolders(VectorSort.SentencePiece, "decode")]
    public void Decode_with_the_converted_file(string name) => CheckConverted(name, "decode");

    private static void CheckModel(string name, string kind)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name, "tokenizer.model"));
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, kind))
        {
            JsonElement outputs = item.GetProperty("outputs");
            int[] ids = TextVectors.Kind(item) == "encode" ? CheckEncode(tokenizer, item, checks) : DecodeIds(item);
            if (outputs.TryGetProperty("error", out _))
            {
                Action decode = () => tokenizer.DecodeIds(ids);
                decode.Should().Throw<ReproException>(TextVectors.Id(item));
                continue;
            }

            checks.Compare(item, "decoded", outputs.GetProperty("decoded").GetString(), tokenizer.DecodeIds(ids));
        }

        checks.Wrong.Should().BeEmpty();
    }

    private static void CheckConverted(string name, string kind)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name, "tokenizer.json"));
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, kind))
        {
            JsonElement outputs = item.GetProperty("outputs");
            JsonElement peer = outputs.GetProperty("hf");
            int[] ids = TextVectors.Kind(item) == "encode" ? CheckConverted(tokenizer, item, checks) : DecodeIds(item);
            string decoded = TextVectors.OptionalText(peer, "decoded") ?? outputs.GetProperty("decoded").GetString()!;
            string skipped = TextVectors.OptionalText(peer, "decoded_skip_special") ?? outputs.GetProperty("decoded").GetString()!;
            checks.Compare(item, "decoded", decoded, tokenizer.DecodeIds(ids, ignoreUnknownIds: true));
            checks.Compare(item, "decoded_skip_special", skipped, tokenizer.DecodeIds(ids, true, ignoreUnknownIds: true));
        }

        checks.Wrong.Should().BeEmpty();
    }

    private static int[] DecodeIds(JsonElement item) => TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids"));

    private static int[] CheckEncode(TextTokenizer tokenizer, JsonElement item, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        JsonElement outputs = item.GetProperty("outputs");
        int[] expected = TextVectors.Numbers(outputs.GetProperty("ids"));
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text, addSpecialTokens: false);
        checks.Compare(item, "ids", expected, spans.Select(span => span.Id));
        int[] begin = tokenizer.Specials.Begin is { } id ? [id] : [];
        checks.Compare(item, "ids with begin", [.. begin, .. expected], tokenizer.EncodeIds(text));
        checks.Compare(
            item, "offsets", TextVectors.Numbers(outputs.GetProperty("offsets")), spans.SelectMany(span => (int[])[span.Start, span.End]));
        return expected;
    }

    private static int[] CheckConverted(TextTokenizer tokenizer, JsonElement item, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        bool addSpecial = TextVectors.AddSpecial(item);
        JsonElement outputs = item.GetProperty("outputs");
        JsonElement peer = outputs.GetProperty("hf");
        int[] plain = TextVectors.Numbers(outputs.GetProperty("ids"));
        int[] expected = TextVectors.Optional(peer, "ids") ?? (addSpecial ? [.. tokenizer.EncodeIds(""), .. plain] : plain);
        checks.Compare(item, "ids", expected, tokenizer.EncodeIds(text, addSpecial));
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text, addSpecial);
        checks.Compare(item, "ids of spans", expected, spans.Select(span => span.Id));
        if (TextVectors.Optional(peer, "offsets") is { } offsets)
        {
            checks.Compare(item, "offsets", offsets, spans.SelectMany(span => (int[])[span.Start, span.End]));
        }

        return expected;
    }
}
