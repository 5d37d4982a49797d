using System.ComponentModel.DataAnnotations;
using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Ppo;

/// <summary>What the file of PPO says; with <see cref="Adaptive"/> it is APPO.</summary>
public sealed record PpoConfig : SampledStageConfig
{
    /// <summary>Most held-out prompts that are evaluated on.</summary>
    [Range(1, 100_000)]
    public int EvaluationPrompts { get; init; } = 32;

    /// <summary>The numbers of PPO.</summary>
    public required PpoTrainingSettings Ppo { get; init; }

    /// <summary>Which tokens the surrogate is taken over; null for all.</summary>
    public AdaptivePpoSettings? Adaptive { get; init; }
}
