namespace Repro.Experiments.Adr;

/// <summary>The test set of the win rates: <c>configs/adr/test-set.yaml</c>.</summary>
public sealed record TestSetPlan
{
    /// <summary>Samples of all data sets together.</summary>
    public required int Samples { get; init; }

    /// <summary>Seed of the choice.</summary>
    public required long Seed { get; init; }

    /// <summary>Formats of the data sets, which share the samples in proportion to their sizes.</summary>
    public required IReadOnlyList<string> DataSets { get; init; }
}
