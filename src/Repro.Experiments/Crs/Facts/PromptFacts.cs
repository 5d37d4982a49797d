using System.Security.Cryptography;
using System.Text;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>A released list of evaluation prompts.</summary>
/// <param name="Rows">One row for each prompt, in file order.</param>
internal sealed record PromptFacts(IReadOnlyList<PromptFacts.Row> Rows) : IFacts<PromptFacts>
{
    /// <summary>One prompt.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Dataset">Dataset it was taken from.</param>
    /// <param name="SingleUserMessage">Whether it is one user message with the opening tag of the assistant after it.</param>
    /// <param name="Characters">Code points of the bare instruction.</param>
    public sealed record Row(string Prompt, string Dataset, bool SingleUserMessage, int Characters);

    /// <summary>Dataset of each prompt key.</summary>
    public IReadOnlyDictionary<string, string> DatasetOf() => Rows.ToDictionary(r => r.Prompt, r => r.Dataset, StringComparer.Ordinal);

    /// <inheritdoc/>
    public static PromptFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var rows = file.JsonList().Select((entry, i) =>
        {
            var where = Invariant($"{file.Path}: entry {i}");
            var instruction = entry.Text("instruction", where);
            return new Row(
                PromptKey.Compute(instruction),
                entry.Text("dataset", where),
                PromptKey.IsSingleUserMessage(instruction),
                TextLength.Characters(PromptKey.Bare(instruction)));
        }).ToList();
        var twice = rows.GroupBy(r => r.Prompt).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? new PromptFacts(rows)
            : throw new ReproException(
                Invariant(
                    $"{file.Path}: a prompt stands {twice.Count()} times (entry {rows.FindIndex(r => r.Prompt == twice.Key)} first)"));
    }
}

/// <summary>Category and dataset of each evaluation prompt.</summary>
/// <param name="Rows">One row for each prompt, in file order.</param>
internal sealed record PromptCategoryFacts(IReadOnlyList<PromptCategoryFacts.Row> Rows) : IFacts<PromptCategoryFacts>
{
    /// <summary>One prompt.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Dataset">Dataset it was taken from.</param>
    /// <param name="Category">Category assigned by the author.</param>
    public sealed record Row(string Prompt, string Dataset, string Category);

    /// <inheritdoc/>
    public static PromptCategoryFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var root = file.Json();
        if (root.ValueKind != System.Text.Json.JsonValueKind.Object)
        {
            throw new ReproException($"{file.Path}:1: expected an object from dataset to prompts");
        }

        return new PromptCategoryFacts(
            [.. root.EnumerateObject().SelectMany(dataset => dataset.Value.EnumerateObject()
                .Select(p => new Row(PromptKey.Compute(p.Name), dataset.Name, p.Value.GetString() ?? string.Empty)))]);
    }
}

/// <summary>Names a prompt without holding its text: the first 16 hexadecimal digits of the SHA-256 of the bare instruction.</summary>
internal static class PromptKey
{
    private const string UserTag = "<|im_start|>user\n";
    private const string AssistantTag = "<|im_end|>\n<|im_start|>assistant\n";

    /// <summary>The key of an instruction, with or without chat tags.</summary>
    internal static string Compute(string instruction) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Bare(instruction)))[..8]);

    /// <summary>The instruction without chat tags and surrounding white space.</summary>
    internal static string Bare(string instruction) =>
        instruction.Replace(UserTag, string.Empty, StringComparison.Ordinal).Replace(AssistantTag, string.Empty, StringComparison.Ordinal)
            .Trim();

    /// <summary>Whether the instruction is one user message followed by the opening tag of the assistant.</summary>
    internal static bool IsSingleUserMessage(string instruction) =>
        instruction.Split(UserTag).Length == 2 && instruction.EndsWith(AssistantTag, StringComparison.Ordinal);
}

/// <summary>Lengths of a text, counted as the released files count them.</summary>
internal static class TextLength
{
    /// <summary>Number of code points (not UTF-16 units).</summary>
    internal static int Characters(string text)
    {
        var count = 0;
        foreach (var _ in text.EnumerateRunes())
        {
            count++;
        }

        return count;
    }

    /// <summary>Number of stretches between white space.</summary>
    internal static int Words(string text)
    {
        var count = 0;
        var inside = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var space = Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1c and <= 0x1f;
            count += !space && !inside ? 1 : 0;
            inside = !space;
        }

        return count;
    }
}
