using System.Text.Json;
using Repro.Tests.Shared.Vectors;

namespace Repro.Tests.Unit.Text;

/// <summary>The peers' tokenizer cases.</summary>
internal static class TextVectors
{
    public const string Topic = "tokenizers";

    public static readonly string[] Tokenizers = ["gpt2-700", "qwen2-2000", "llama3-2000", "spm-400", "spm-1200"];

    public static string RepositoryRoot
    {
        get
        {
            string folder = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(folder, "Repro.sln")))
            {
                folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("No Repro.sln above the tests.");
            }

            return folder;
        }
    }

    public static string PathOf(string tokenizer) => VectorFolder.Path(Topic, tokenizer);

    /// <summary>The cases of one folder; a case of a kind that <paramref name="known"/> lacks is an error.</summary>
    public static List<JsonElement> Cases(string tokenizer, params string[] known)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(VectorFolder.Path(Topic, tokenizer, "cases.json")));
        List<JsonElement> cases = [.. document.RootElement.GetProperty("cases").Clone().EnumerateArray()];
        cases.Should().NotBeEmpty();
        foreach (JsonElement item in cases)
        {
            known.Should().Contain(Kind(item), $"{Id(item)} must be of a kind that these tests know");
        }

        return cases;
    }

    public static string Id(JsonElement item) => item.GetProperty("id").GetString()!;

    public static string Kind(JsonElement item) => item.GetProperty("params").GetProperty("kind").GetString()!;

    public static string Category(JsonElement item) => item.GetProperty("params").GetProperty("category").GetString()!;

    public static bool AddSpecial(JsonElement item) => item.GetProperty("params").GetProperty("add_special_tokens").GetBoolean();

    public static string Text(JsonElement item) => item.GetProperty("inputs").GetProperty("text").GetString()!;

    public static int[] Numbers(JsonElement tensor) => [.. tensor.GetProperty("data").EnumerateArray().Select(value => value.GetInt32())];

    public static int[]? Optional(JsonElement outputs, string name) =>
        outputs.ValueKind == JsonValueKind.Object && outputs.TryGetProperty(name, out JsonElement tensor) ? Numbers(tensor) : null;

    public static string? OptionalText(JsonElement outputs, string name) =>
        outputs.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    public static string Show(IEnumerable<int> ids) => "[" + string.Join(',', ids) + "]";

    public static string Show(string? text) =>
        text == null ? "none" : "\"" + string.Concat(text.Select(c => c is >= ' ' and < '\x7f' ? c.ToString() : $"\\u{(int)c:x4}")) + "\"";
}
