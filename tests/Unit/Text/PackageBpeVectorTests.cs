using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.Tokenizers;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.PreTokenizers;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>BpeTokenizer of the package against what the package itself gave: ids, offsets, texts and limits.</summary>
[Trait("Suite", "Vectors")]
public sealed class PackageBpeVectorTests
{
    [VectorTheory]
    [InlineData("gpt2-700", PreTokenizerPatterns.Gpt2)]
    [InlineData("qwen2-2000", PreTokenizerPatterns.Qwen2)]
    [InlineData("llama3-2000", PreTokenizerPatterns.Llama3)]
    public void Encode_decode_and_limits(string name, string pattern)
    {
        string folder = TextVectors.PathOf(name);
        Dictionary<string, int> specials = AddedTokens(folder);
        Normalizer? normalizer = name.StartsWith("qwen2", StringComparison.Ordinal) ? new NfcNormalizer() : null;
        string? begin = name.StartsWith("llama3", StringComparison.Ordinal) ? "<|begin_of_text|>" : null;
        BpeTokenizer plain = Create(folder, pattern, normalizer, null, null);
        BpeTokenizer bare = Create(folder, pattern, normalizer, specials, null);
        BpeTokenizer templated = Create(folder, pattern, normalizer, specials, begin);
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, "encode", "decode"))
        {
            JsonElement outputs = item.GetProperty("outputs");
            JsonElement own = outputs.TryGetProperty("ml", out JsonElement found) ? found : default;

            // The error is that of string.Normalize, which the tokenizer here does not use.
            if (own.ValueKind == JsonValueKind.Object && own.TryGetProperty("error", out _))
            {
                continue;
            }

            int[] ids = TextVectors.Numbers(TextVectors.Kind(item) == "encode" ? outputs.GetProperty("ids") : item.GetProperty("inputs").GetProperty("ids"));
            if (TextVectors.Kind(item) == "encode")
            {
                BpeTokenizer tokenizer = TextVectors.AddSpecial(item) ? templated : bare;
                ids = TextVectors.Optional(own, "ids") ?? ids;
                CheckEncode(tokenizer, item, own, ids, checks);

                // Recorded where a special token stands in the text.
                if ((TextVectors.Optional(own, "ids_specials_as_text") ?? TextVectors.Optional(outputs, "ids_specials_as_text")) is { } asText)
                {
                    checks.Compare(item, "ids_specials_as_text", asText, plain.EncodeToIds(TextVectors.Text(item)));
                }
            }

            string decoded = Own(own, outputs, "decoded")!;
            checks.Compare(item, "decoded", decoded, bare.Decode(ids));
            if (TextVectors.Kind(item) == "decode")
            {
                string skipped = Own(own, outputs, "decoded_skip_special") ?? decoded;
                checks.Compare(item, "decoded_skip_special", skipped, bare.Decode(ids, considerSpecialTokens: false));
            }
        }

        checks.Wrong.Should().BeEmpty();
    }

    private static void CheckEncode(BpeTokenizer tokenizer, JsonElement item, JsonElement own, int[] ids, VectorChecks checks)
    {
        string text = TextVectors.Text(item);
        checks.Compare(item, "ids", ids, tokenizer.EncodeToIds(text));
        checks.Compare(item, "ids of spans", ids, tokenizer.EncodeToIds(text.AsSpan()));
        tokenizer.CountTokens(text).Should().Be(ids.Length);
        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, out _);
        checks.Compare(item, "offsets", TextVectors.Numbers(own.GetProperty("offsets")), tokens.SelectMany(token => (int[])[token.Offset.Start.Value, token.Offset.End.Value]));
        checks.CompareLimits(item, own, tokenizer, text, ids);
    }

    private static string? Own(JsonElement own, JsonElement outputs, string name) =>
        (own.ValueKind == JsonValueKind.Object ? TextVectors.OptionalText(own, name) : null) ?? TextVectors.OptionalText(outputs, name);

    private static BpeTokenizer Create(string folder, string pattern, Normalizer? normalizer, Dictionary<string, int>? specials, string? begin) =>
        BpeTokenizer.Create(new BpeOptions(Path.Combine(folder, "vocab.json"), Path.Combine(folder, "merges.txt"))
        {
            ByteLevel = true,
            Normalizer = normalizer,
            PreTokenizer = new RegexPreTokenizer(new Regex(pattern.Replace("(?i:'s", "(?i:'[s\u017F]")), specials),
            SpecialTokens = specials,
            BeginningOfSentenceToken = begin,
        });

    private static Dictionary<string, int> AddedTokens(string folder)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
        return document.RootElement.GetProperty("added_tokens").EnumerateArray()
            .ToDictionary(token => token.GetProperty("content").GetString()!, token => token.GetProperty("id").GetInt32());
    }
}
