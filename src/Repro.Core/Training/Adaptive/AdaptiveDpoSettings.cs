namespace Repro.Core.Training.Adaptive;

/// <summary>ADPO: which tokens of pairs count, and how.</summary>
public sealed record AdaptiveDpoSettings : AdaptiveFormSettings
{
    /// <summary>Where the mask stands.</summary>
    public AdaptiveDpoReading Reading { get; init; }

    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources => [TokenRewardSource.LogRatio, TokenRewardSource.RewardModel];
}
