using System.Text.Json;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>
/// The peers' tokenizer cases: one folder a tokenizer, told by its files, not by its name. With <c>tokenizer.model</c> it is of
/// SentencePiece, with <c>tokenizer.json</c> alone byte-level BPE, with neither it holds training cases.
/// </summary>
internal static class TextVectors
{
    public const string Topic = "tokenizers";

    public static readonly string[] Kinds = ["encode", "decode", "train_byte_level_bpe", "train_sentencepiece_bpe"];

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

    public static string PathOf(string tokenizer, params string[] file) => VectorFolder.Path([Topic, tokenizer, .. file]);

    /// <summary>Folders of a sort that hold cases of a kind; none where the set lacks the topic.</summary>
    /// <exception cref="DirectoryNotFoundException">The set is not there.</exception>
    public static string[] Folders(VectorSort sort, string kind) =>
        VectorFolder.Topics().Contains(Topic)
            ? [.. VectorFolder.Folders(Topic).Where(name => SortOf(name) == sort && Cases(name, kind).Count > 0)]
            : [];

    public static VectorSort SortOf(string tokenizer) =>
        File.Exists(PathOf(tokenizer, "tokenizer.model")) ? VectorSort.SentencePiece
        : File.Exists(PathOf(tokenizer, "tokenizer.json")) ? VectorSort.ByteLevel
        : VectorSort.Training;

    /// <summary>The cases of one folder, of one kind or all; a case of a kind that no test knows is an error, one whose data set is not
    /// there is left out.</summary>
    public static List<JsonElement> Cases(string tokenizer, string? kind = null)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(tokenizer, "cases.json")));
        List<JsonElement> cases = [.. document.RootElement.GetProperty("cases").Clone().EnumerateArray()];
        return cases.Find(item => !Kinds.Contains(Kind(item))) is { ValueKind: JsonValueKind.Object } unknown
            ? throw new InvalidDataException($"{tokenizer}: case {Id(unknown)} is of kind {Kind(unknown)}, which no test knows.")
            : [.. cases.Where(item => kind is null || (Kind(item) == kind && (FileOf(item) is not { } file || File.Exists(file))))];
    }

    /// <summary>The data set that a case takes its lines from, such as data/gsm8k/train.jsonl; null where the case brings its
    /// own.</summary>
    public static string? FileOf(JsonElement item) =>
        item.GetProperty("inputs").TryGetProperty("file", out JsonElement file) ? DataFolder.Path(file.GetString()!.Split('/')[1..]) : null;

    public static string Id(JsonElement item) => item.GetProperty("id").GetString()!;

    public static string Kind(JsonElement item) => item.GetProperty("params").GetProperty("kind").GetString()!;

    public static bool AddSpecial(JsonElement item) => item.GetProperty("params").GetProperty("add_special_tokens").GetBoolean();

    public static string Text(JsonElement item) => item.GetProperty("inputs").GetProperty("text").GetString()!;

    public static int[] Numbers(JsonElement tensor) => [.. tensor.GetProperty("data").EnumerateArray().Select(value => value.GetInt32())];

    public static int[]? Optional(JsonElement outputs, string name) =>
        outputs.ValueKind == JsonValueKind.Object && outputs.TryGetProperty(name, out JsonElement tensor) ? Numbers(tensor) : null;

    public static string? OptionalText(JsonElement outputs, string name) =>
        outputs.ValueKind == JsonValueKind.Object && outputs.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    public static string Show(IEnumerable<int> ids) => "[" + string.Join(',', ids) + "]";

    public static string Show(string? text) =>
        text == null ? "none" : "\"" + string.Concat(text.Select(c => c is >= ' ' and < '\x7f' ? c.ToString() : $"\\u{(int)c:x4}")) + "\"";
}

/// <summary>What a folder of the topic holds.</summary>
public enum VectorSort
{
    /// <summary>A byte-level BPE tokenizer.</summary>
    ByteLevel,

    /// <summary>A SentencePiece model and its conversion.</summary>
    SentencePiece,

    /// <summary>Training cases.</summary>
    Training,
}

/// <summary>A theory over all folders of a sort with cases of a kind; shown as skipped where the set has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TokenizerVectorTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where the vectors, or this part of them, are absent. A set that is named but not there fails in
    /// <see cref="VectorFolderTests"/>.</summary>
    public TokenizerVectorTheoryAttribute(VectorSort sort, string kind)
    {
        bool there = Directory.Exists(VectorFolder.Root) && TextVectors.Folders(sort, kind).Length > 0;
        Skip = there ? null : $"no {sort} folder with {kind} cases in {VectorFolder.Root}.";
    }
}

/// <summary>The folders of a <see cref="TokenizerVectorTheoryAttribute"/>, as data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TokenizerFoldersAttribute(VectorSort sort, string kind) : Xunit.Sdk.DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(System.Reflection.MethodInfo testMethod) =>
        TextVectors.Folders(sort, kind).Select(name => (object[])[name]);
}
