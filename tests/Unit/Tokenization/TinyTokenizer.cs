using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>
/// Tokenizer files made by hand: ids 0 to 255 are the byte alphabet in order of code point (so 'a' is 64), merges follow in order.
/// </summary>
internal static class TinyTokenizer
{
    public const int FirstMerge = 256;

    public static readonly string[] Merges = ["Ġ t", "h e", "Ġt he", "i n", "a b", "ab c", "b c"];

    public static JsonObject ByteLevel(string pattern = PreTokenizerPatterns.Qwen2, params JsonObject[] added)
    {
        var vocabulary = new JsonObject();
        foreach (string token in Alphabet())
        {
            vocabulary.Add(token, vocabulary.Count);
        }

        foreach (string merge in Merges)
        {
            vocabulary.Add(merge.Replace(" ", ""), vocabulary.Count);
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = pattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    new JsonObject
                    {
                        ["type"] = "ByteLevel",
                        ["add_prefix_space"] = false,
                        ["trim_offsets"] = false,
                        ["use_regex"] = false,
                    }),
            },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. Merges.Select(merge => (JsonNode)merge)]),
            },
        };
    }

    public static JsonObject Added(
        int id, string content, bool special = true, bool singleWord = false, bool lstrip = false, bool rstrip = false,
        bool normalized = false) => new()
        {
            ["id"] = id,
            ["content"] = content,
            ["single_word"] = singleWord,
            ["lstrip"] = lstrip,
            ["rstrip"] = rstrip,
            ["normalized"] = normalized,
            ["special"] = special,
        };

    public static byte[] Bytes(JsonNode json) => JsonSerializer.SerializeToUtf8Bytes(json);

    public static BpeTextTokenizer Load(JsonNode json) => TokenizerLoader.ReadTokenizerJson(Bytes(json), "tiny.json");

    public static int Byte(char c) => Alphabet().IndexOf(c.ToString());

    /// <summary>Id of a merged token.</summary>
    public static int Merged(string token) => FirstMerge + Array.FindIndex(Merges, merge => merge.Replace(" ", "") == token);

    private static List<string> Alphabet()
    {
        var printable = Enumerable.Range(33, 94).Concat(Enumerable.Range(0xA1, 12)).Concat(Enumerable.Range(0xAE, 82)).ToList();
        return [.. printable.Concat(Enumerable.Range(256, 256 - printable.Count)).Select(c => ((char)c).ToString())];
    }
}
