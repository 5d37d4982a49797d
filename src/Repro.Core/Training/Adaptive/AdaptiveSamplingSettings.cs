namespace Repro.Core.Training.Adaptive;

/// <summary>
/// ARS: which tokens of accepted responses count. By the log-ratio no token of an untrained policy lies above the baseline, so that nothing would ever be learnt.
/// </summary>
public sealed record AdaptiveSamplingSettings : AdaptiveFormSettings
{
    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources => [TokenRewardSource.RewardModel];
}
