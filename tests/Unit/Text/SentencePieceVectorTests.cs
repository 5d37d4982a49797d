using System.Text.Json;
using Repro.Core;
using Repro.Core.Text;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>tokenizer.model against SentencePiece, and its conversion to tokenizer.json against the Rust library, every case of the vectors.</summary>
[Trait("Suite", "Vectors")]
public sealed class SentencePieceVectorTests
{
    [VectorTheory]
    [InlineData("spm-400", 528)]
    [InlineData("spm-1200", 528)]
    public void Model_file(string name, int atLeast)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(Path.Combine(TextVectors.PathOf(name), "tokenizer.model"));
        tokenizer.Should().BeOfType<SentencePieceTextTokenizer>();
        tokenizer.Specials.Should().Be(new SpecialTokenIds(1, 2, null, 0));
        var checks = new VectorChecks();
        List<JsonElement> cases = TextVectors.Cases(name, "encode", "decode");
        foreach (JsonElement item in cases)
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
        cases.Count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    [VectorTheory]
    [InlineData("spm-400", 528)]
    [InlineData("spm-1200", 528)]
    public void Converted_file(string name, int atLeast)
    {
        TextTokenizer tokenizer = TokenizerLoader.Load(TextVectors.PathOf(name));
        tokenizer.Should().BeOfType<BpeTextTokenizer>();
        var checks = new VectorChecks();
        List<JsonElement> cases = TextVectors.Cases(name, "encode", "decode");
        foreach (JsonElement item in cases)
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
        cases.Count.Should().BeGreaterThanOrEqualTo(atLeast);
    }

    private static int[] DecodeIds(JsonElement item) => TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids"));

    private static int[] CheckEncode(TextTokenizer tokenizer, JsonElement item, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        JsonElement outputs = item.GetProperty("outputs");
        int[] expected = TextVectors.Numbers(outputs.GetProperty("ids"));
        IReadOnlyList<TokenSpan> spans = tokenizer.EncodeSpans(text, addSpecialTokens: false);
        checks.Compare(item, "ids", expected, spans.Select(span => span.Id));
        checks.Compare(item, "ids with begin", [1, .. expected], tokenizer.EncodeIds(text));
        checks.Compare(item, "offsets", TextVectors.Numbers(outputs.GetProperty("offsets")), spans.SelectMany(span => (int[])[span.Start, span.End]));
        return expected;
    }

    private static int[] CheckConverted(TextTokenizer tokenizer, JsonElement item, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        bool addSpecial = TextVectors.AddSpecial(item);
        JsonElement outputs = item.GetProperty("outputs");
        JsonElement peer = outputs.GetProperty("hf");
        int[] plain = TextVectors.Numbers(outputs.GetProperty("ids"));
        int[] expected = TextVectors.Optional(peer, "ids") ?? (addSpecial ? [1, .. plain] : plain);
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
