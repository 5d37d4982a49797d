namespace Repro.Core.Training.RewardModels;

/// <summary>What the file of a preference reward model says.</summary>
public sealed record PreferenceRewardConfig : RewardModelConfig
{
    /// <summary>The form of the loss.</summary>
    public PreferenceLossSettings Loss { get; init; } = new();
}
