using Repro.Core.Losses;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the file of an outcome reward model says.</summary>
public sealed record OutcomeRewardConfig : RewardModelConfig
{
    /// <summary>Where the model learns.</summary>
    public OutcomeSupervision Supervision { get; init; } = OutcomeSupervision.LastToken;

    /// <summary>Whether places or replies weigh the same.</summary>
    public LossReduction Reduction { get; init; } = LossReduction.TokenLevel;
}
