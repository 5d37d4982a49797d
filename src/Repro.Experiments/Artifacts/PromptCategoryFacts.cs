using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Category and dataset of each evaluation prompt.</summary>
/// <param name="Rows">One row for each prompt, in file order.</param>
public sealed record PromptCategoryFacts(IReadOnlyList<PromptCategoryFacts.Row> Rows) : IFacts<PromptCategoryFacts>
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
            throw new InputException($"{file.Path}:1: expected an object from dataset to prompts");
        }

        return new PromptCategoryFacts(
            [.. root.EnumerateObject().SelectMany(dataset => dataset.Value.EnumerateObject().Select(p => new Row(PromptKey.Of(p.Name), dataset.Name, p.Value.GetString() ?? string.Empty)))]);
    }
}
