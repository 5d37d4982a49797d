namespace Repro.Core.Training.Rollouts;

/// <summary>Scores of responses.</summary>
/// <param name="Total">What is trained on, one a response.</param>
public sealed record RewardScores(IReadOnlyList<double> Total)
{
    /// <summary>What the total was made of, by name, one a response; for metrics and samples.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>> Parts { get; init; } = new Dictionary<string, IReadOnlyList<double>>();
}
