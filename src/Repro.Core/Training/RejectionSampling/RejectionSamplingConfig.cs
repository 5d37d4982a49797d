using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RejectionSampling;

/// <summary>What the file of rejection sampling says; with <see cref="Adaptive"/> it is ARS.</summary>
public sealed record RejectionSamplingConfig : SampledStageConfig
{
    /// <summary>How responses are accepted and learnt.</summary>
    public required RejectionSamplingSettings Rejection { get; init; }

    /// <summary>Which tokens count; null for all.</summary>
    public AdaptiveSamplingSettings? Adaptive { get; init; }
}
