namespace Repro.Core.Training.Adaptive;

/// <summary>APPO: which tokens the surrogate is taken over.</summary>
public sealed record AdaptivePpoSettings
{
    /// <summary>How tokens are chosen.</summary>
    public AdaptiveSettings Tokens { get; init; } = new();

    /// <summary>What makes a token one of a preferred sample.</summary>
    public PreferredBy PreferredBy { get; init; }

    /// <summary>Folder of the reward model that gives token rewards, where they come from one.</summary>
    [ConfigPath]
    public string? RewardModel { get; init; }
}
