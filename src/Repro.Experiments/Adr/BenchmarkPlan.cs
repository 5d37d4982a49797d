namespace Repro.Experiments.Adr;

/// <summary>How benchmarks are put to a model: <c>configs/adr/benchmarks.yaml</c>.</summary>
public sealed record BenchmarkPlan
{
    /// <summary>Answers of which one must be right.</summary>
    public required int PassesAt { get; init; }

    /// <summary>Worked examples in the prompt, by benchmark.</summary>
    public required IReadOnlyDictionary<string, int> Shots { get; init; }
}
