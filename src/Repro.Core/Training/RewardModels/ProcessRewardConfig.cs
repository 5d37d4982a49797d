using Repro.Core.Losses;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the file of a process reward model says.</summary>
public sealed record ProcessRewardConfig : RewardModelConfig
{
    /// <summary>Whether steps or solutions weigh the same.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.TokenLevel;

    /// <summary>The probability of being right that a step with the rating 0 (neither right nor wrong) stands for.</summary>
    public double NeutralLabel { get; init; } = 1;
}
