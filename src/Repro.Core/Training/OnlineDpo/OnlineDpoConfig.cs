using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.OnlineDpo;

/// <summary>What the file of online DPO says; with <see cref="Adaptive"/> it is ADPO.</summary>
public sealed record OnlineDpoConfig : SampledStageConfig
{
    /// <summary>How pairs are made.</summary>
    public required OnlineDpoSettings Online { get; init; }

    /// <summary>The loss of a pair.</summary>
    public DpoLossSettings Loss { get; init; } = new();

    /// <summary>Which tokens count; null for all.</summary>
    public AdaptiveDpoSettings? Adaptive { get; init; }
}
