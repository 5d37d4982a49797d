namespace Repro.Core.Training.Adaptive;

/// <summary>ARS: which tokens of accepted responses count.</summary>
public sealed record AdaptiveSamplingSettings
{
    /// <summary>How tokens are chosen.</summary>
    public AdaptiveSettings Tokens { get; init; } = new();

    /// <summary>Folder of the reward model that gives token rewards, where they come from one.</summary>
    [ConfigPath]
    public string? RewardModel { get; init; }
}
