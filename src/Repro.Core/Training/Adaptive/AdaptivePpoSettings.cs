namespace Repro.Core.Training.Adaptive;

/// <summary>APPO: which tokens the surrogate is taken over.</summary>
public sealed record AdaptivePpoSettings : AdaptiveFormSettings
{
    /// <summary>What makes a token one of a preferred sample.</summary>
    public PreferredBy PreferredBy { get; init; }

    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources => [TokenRewardSource.LogRatio, TokenRewardSource.TemporalDifference, TokenRewardSource.RewardModel];
}
