namespace Repro.Core.Data.Trees;

/// <summary>A conversation tree: a prompt and everything that was answered to it.</summary>
/// <param name="Id">Id of the tree.</param>
/// <param name="State">How far annotation came, such as <c>ready_for_export</c>; null where the file does not say.</param>
/// <param name="Prompt">The root, a message of the user.</param>
public sealed record MessageTree(string Id, string? State, TreeMessage Prompt)
{
    /// <summary>The state of trees whose annotation is complete.</summary>
    public const string Finished = "ready_for_export";

    /// <summary>Whether annotation is complete.</summary>
    public bool IsFinished => State == Finished;
}
