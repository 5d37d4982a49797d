namespace Repro.Core.Data.Trees;

/// <summary>Which trees are used.</summary>
public sealed record TreeSelection
{
    /// <summary>Language codes of the prompts that are used; empty for all.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Whether only trees count whose annotation is complete.</summary>
    public bool FinishedOnly { get; init; } = true;

    /// <summary>Whether only trees count whose prompt passed the review.</summary>
    public bool ReviewedOnly { get; init; } = true;

    /// <summary>Why a tree is left out; null where it is used.</summary>
    /// <param name="tree">The tree.</param>
    public string? ReasonAgainst(MessageTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return FinishedOnly && !tree.IsFinished ? "the tree is not finished"
            : ReviewedOnly && tree.Prompt.Reviewed != true ? "the prompt did not pass the review"
            : Languages.Count > 0 && !Languages.Contains(tree.Prompt.Language, StringComparer.OrdinalIgnoreCase) ? "another language"
            : null;
    }
}
