namespace Repro.Experiments.Adr;

/// <summary>How pairs of answers are judged: <c>configs/adr/judge.yaml</c>.</summary>
public sealed record JudgePlan
{
    /// <summary>What counts, the most important first.</summary>
    public required IReadOnlyList<string> Weighs { get; init; }

    /// <summary>What must not matter.</summary>
    public required IReadOnlyList<string> Ignores { get; init; }

    /// <summary>Keys of the JSON object that the judge replies with.</summary>
    public required IReadOnlyList<string> AnswerKeys { get; init; }

    /// <summary>What the judge is told beforehand.</summary>
    public required string System { get; init; }

    /// <summary>What is put before it, with places in braces.</summary>
    public required string User { get; init; }
}
