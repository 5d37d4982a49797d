using System.Text.Json;
using Microsoft.ML.Tokenizers;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>LlamaTokenizer and SentencePieceTokenizer of the package against what the package itself gave.</summary>
[Trait("Suite", "Vectors")]
public sealed class PackageSentencePieceVectorTests
{
    private static readonly Dictionary<string, int> _specials = new() { ["<unk>"] = 0, ["<s>"] = 1, ["</s>"] = 2 };

    [VectorTheory]
    [InlineData("spm-400", true)]
    [InlineData("spm-400", false)]
    [InlineData("spm-1200", true)]
    [InlineData("spm-1200", false)]
    public void Encode_decode_and_limits(string name, bool llama)
    {
        SentencePieceTokenizer with = Create(name, llama, true, null);
        SentencePieceTokenizer without = Create(name, llama, false, null);
        SentencePieceTokenizer special = Create(name, llama, true, _specials);
        SentencePieceTokenizer specialWithout = Create(name, llama, false, _specials);
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode"))
        {
            JsonElement outputs = item.GetProperty("outputs");
            JsonElement own = outputs.GetProperty("ml");
            if (TextVectors.Kind(item) == "decode")
            {
                int[] given = TextVectors.Numbers(item.GetProperty("inputs").GetProperty("ids"));
                checks.Compare(item, "decoded", TextVectors.OptionalText(own, "decoded") ?? outputs.GetProperty("decoded").GetString(), with.Decode(given));
                checks.Compare(item, "decoded_special", own.GetProperty("decoded_special").GetString(), with.Decode(given, considerSpecialTokens: true));
                continue;
            }

            bool begin = TextVectors.AddSpecial(item);
            int[] plain = TextVectors.Numbers(outputs.GetProperty("ids"));
            int[] ids = TextVectors.Optional(own, "ids") ?? (begin ? [1, .. plain] : plain);
            Check(begin ? with : without, item, own, ids, checks);
            if (outputs.TryGetProperty("ml_special_tokens", out JsonElement specials))
            {
                SentencePieceTokenizer tokenizer = begin ? special : specialWithout;
                int[] found = TextVectors.Numbers(specials.GetProperty("ids"));
                Check(tokenizer, item, specials, found, checks);
                checks.Compare(item, "special decoded", specials.GetProperty("decoded").GetString(), tokenizer.Decode(found));
                checks.Compare(item, "special decoded_special", specials.GetProperty("decoded_special").GetString(), tokenizer.Decode(found, true));
            }
        }

        checks.Wrong.Should().BeEmpty();
    }

    private static void Check(SentencePieceTokenizer tokenizer, JsonElement item, JsonElement own, int[] ids, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        checks.Compare(item, "ids", ids, tokenizer.EncodeToIds(text));
        tokenizer.CountTokens(text).Should().Be(ids.Length);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, out _);
        checks.Compare(item, "offsets", TextVectors.Numbers(own.GetProperty("offsets")), tokens.SelectMany(token => (int[])[token.Offset.Start.Value, token.Offset.End.Value]));
        checks.CompareLimits(item, own, tokenizer, text, ids);
    }

    private static SentencePieceTokenizer Create(string name, bool llama, bool begin, Dictionary<string, int>? specials)
    {
        using FileStream stream = File.OpenRead(Path.Combine(TextVectors.PathOf(name), "tokenizer.model"));
        return llama ? LlamaTokenizer.Create(stream, begin, false, specials) : SentencePieceTokenizer.Create(stream, begin, false, specials);
    }
}
