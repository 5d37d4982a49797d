using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>A released list of evaluation prompts.</summary>
/// <param name="Rows">One row for each prompt, in file order.</param>
public sealed record PromptFacts(IReadOnlyList<PromptFacts.Row> Rows) : IFacts<PromptFacts>
{
    /// <summary>One prompt.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Dataset">Dataset it was taken from.</param>
    /// <param name="SingleUserMessage">Whether it is one user message with the opening tag of the assistant behind it.</param>
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
            return new Row(PromptKey.Of(instruction), entry.Text("dataset", where), PromptKey.IsSingleUserMessage(instruction), TextLength.Characters(PromptKey.Bare(instruction)));
        }).ToList();
        var twice = rows.GroupBy(r => r.Prompt).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? new PromptFacts(rows) : throw new InputException(Invariant($"{file.Path}: a prompt stands {twice.Count()} times (entry {rows.FindIndex(r => r.Prompt == twice.Key)} first)"));
    }
}
