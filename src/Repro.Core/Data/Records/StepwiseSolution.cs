using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Records;

/// <summary>A solution whose steps are rated one by one.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
/// <param name="Steps">At least one, in order; each continues those before it.</param>
public sealed record StepwiseSolution(Origin Origin, IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<SolutionStep> Steps) : IDataRecord
{
    /// <summary>Whether the whole solution is right; null where the data do not say.</summary>
    public bool? IsRight { get; init; }
}
