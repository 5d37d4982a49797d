namespace Repro.Core.Training;

/// <summary>What a training step has to tell.</summary>
/// <param name="Metrics">Numbers by name with slashes for groups, such as <c>loss</c>, <c>gradient_norm</c>, <c>learning_rate</c>, <c>kl/mean</c>. Taken before the update.</param>
/// <param name="Tokens">Tokens that were worked on, without padding: the base of the rate that is shown.</param>
public sealed record StepReport(IReadOnlyDictionary<string, double> Metrics, long Tokens)
{
    /// <summary>Texts worth keeping, such as responses with their rewards.</summary>
    public IReadOnlyList<SampleText> Samples { get; init; } = [];
}
