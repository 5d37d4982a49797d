using System.Text.Json.Serialization;
using Repro.Core.Configuration;

namespace Repro.Core.Adaptive;

/// <summary>Which response tokens are trained on (ADR Eq. 13, 17, 18): those that agree with their sample, good ones of preferred and bad
/// ones of rejected samples.</summary>
public sealed record AdaptiveSettings : ICheckedSettings
{
    /// <summary>Where token rewards come from.</summary>
    public TokenRewardSource Rewards { get; init; } = TokenRewardSource.LogRatio;

    /// <summary>Factor of the log-ratio.</summary>
    [Above(0)]
    public double Beta { get; init; } = 1;

    /// <summary>How the baseline is found; temporal-difference errors have the baseline 0 by themselves.</summary>
    public ThresholdKind Threshold { get; init; } = ThresholdKind.BatchMean;

    /// <summary>The baseline where it is fixed.</summary>
    public double Value { get; init; }

    /// <summary>The share of tokens below the baseline where it is a quantile.</summary>
    [Within(0, 1)]
    public double Quantile { get; init; } = 0.5;

    /// <summary>Weight of earlier batches where the baseline is a running mean.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Half the width of the neutral zone about the baseline.</summary>
    [AtLeast(0)]
    public double Delta { get; init; }

    /// <summary>
    /// Whether a token in the neutral zone belongs with the token before it, as a Schmitt trigger does; otherwise it is neither good nor
    /// bad and trained on in no sample, as ADR Eq. 18 prints it.
    /// </summary>
    public bool Memory { get; init; } = true;

    internal void Check()
    {
        TensorChecks.Positive(Beta, nameof(Beta));
        TensorChecks.Between(Quantile, 0, 1, nameof(Quantile));
        TensorChecks.Between(Momentum, 0, Math.BitDecrement(1.0), nameof(Momentum));
        TensorChecks.NotNegative(Delta, nameof(Delta));
        TensorChecks.Between(Value, double.MinValue, double.MaxValue, nameof(Value));
    }

    // What the chosen threshold or the chosen rewards do not read: temporal-difference errors have a baseline of their own.
    string? ICheckedSettings.Problem
    {
        get
        {
            const string Others = "rewards: log-ratio or reward-model";
            var (plain, hasOwn) = (new AdaptiveSettings(), Rewards == TokenRewardSource.TemporalDifference);
            (string Key, bool Unused, string Needs)[] keys =
            [
                ("threshold", Threshold != plain.Threshold && hasOwn, Others),
                ("value", Value != plain.Value && (hasOwn || Threshold != ThresholdKind.Fixed), hasOwn ? Others : "threshold: fixed"),
                ("quantile", Quantile != plain.Quantile && (hasOwn || Threshold != ThresholdKind.Quantile),
                    hasOwn ? Others : "threshold: quantile"),
                ("momentum", Momentum != plain.Momentum && (hasOwn || Threshold != ThresholdKind.RunningMean),
                    hasOwn ? Others : "threshold: running-mean"),
                ("beta", Beta != plain.Beta && Rewards != TokenRewardSource.LogRatio, "rewards: log-ratio"),
            ];
            return Array.Find(keys, key => key.Unused) is { Key: { } unused, Needs: var needs }
                ? $"adaptive.tokens.{unused} belongs to {needs}; leave it out"
                : null;
        }
    }

    internal AdaptiveThreshold Baseline(double? running) => Threshold switch
    {
        ThresholdKind.BatchMean => new BatchMeanThreshold(),
        ThresholdKind.Fixed => new FixedThreshold(Value),
        ThresholdKind.Quantile => new QuantileThreshold(Quantile),
        ThresholdKind.RunningMean => new RunningMeanThreshold(Momentum, running),
        _ => throw new ArgumentOutOfRangeException(nameof(running), Threshold, "Not a threshold."),
    };
}

/// <summary>What the adaptive forms of all trainers say in a file.</summary>
public abstract record AdaptiveFormSettings : ICheckedSettings
{
    /// <summary>How tokens are chosen.</summary>
    public AdaptiveSettings Tokens { get; init; } = new();

    /// <summary>Folder of the reward model that gives token rewards, where they come from one.</summary>
    [ConfigPath]
    public string? RewardModel { get; init; }

    /// <summary>Where token rewards of this trainer can come from.</summary>
    protected abstract IReadOnlyList<TokenRewardSource> Sources { get; }

    /// <summary>Checks that the settings fit together.</summary>
    /// <exception cref="ReproException">The trainer has no token rewards of that kind, or the reward model is missing or of no use, or a
    /// number has no part in what was chosen.</exception>
    internal void Check()
    {
        Tokens.RequireFitting();
        this.RequireFitting();
    }

    string? ICheckedSettings.Problem => (RewardModel, IsRewardModel: Tokens.Rewards == TokenRewardSource.RewardModel) switch
    {
        _ when !Sources.Contains(Tokens.Rewards) =>
            $"adaptive.tokens.rewards must be {string.Join(" or ", Sources.Select(Name))} for this trainer, found {Name(Tokens.Rewards)}",
        (null, true) => "adaptive.reward_model is missing; adaptive.tokens.rewards asks for it",
        (not null, false) => $"adaptive.reward_model is not used: adaptive.tokens.rewards is {Name(Tokens.Rewards)}",
        _ => null,
    };

    private static string Name(TokenRewardSource source) => source switch
    {
        TokenRewardSource.LogRatio => "log-ratio",
        TokenRewardSource.TemporalDifference => "td-error",
        _ => "reward-model",
    };
}

/// <summary>How the baseline b of token rewards is found.</summary>
public enum ThresholdKind
{
    /// <summary>The mean over the response tokens of the batch.</summary>
    [JsonStringEnumMemberName("batch-mean")]
    BatchMean,

    /// <summary>A number.</summary>
    [JsonStringEnumMemberName("fixed")]
    Fixed,

    /// <summary>A quantile over the response tokens of the batch.</summary>
    [JsonStringEnumMemberName("quantile")]
    Quantile,

    /// <summary>An exponential mean over batches.</summary>
    [JsonStringEnumMemberName("running-mean")]
    RunningMean,
}

/// <summary>Where the reward of a single token comes from (ADR Section 3.2.1).</summary>
public enum TokenRewardSource
{
    /// <summary>beta * (log policy - log reference) of the token (ADR Eq. 3).</summary>
    [JsonStringEnumMemberName("log-ratio")]
    LogRatio,

    /// <summary>The temporal-difference error of the token, r + gamma * V' - V. Needs a value head, so for APPO alone.</summary>
    [JsonStringEnumMemberName("td-error")]
    TemporalDifference,

    /// <summary>What a reward model says after the token.</summary>
    [JsonStringEnumMemberName("reward-model")]
    RewardModel,
}

/// <summary>ADPO: which tokens of pairs count, and how.</summary>
public sealed record AdaptiveDpoSettings : AdaptiveFormSettings
{
    /// <summary>Where the mask stands.</summary>
    public AdaptiveDpoReading Reading { get; init; }

    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources => [TokenRewardSource.LogRatio, TokenRewardSource.RewardModel];
}

/// <summary>Where the mask of ADPO stands (ADR Eq. 15 can be read in two ways).</summary>
public enum AdaptiveDpoReading
{
    /// <summary>Inside the sums over tokens.</summary>
    [JsonStringEnumMemberName("tokens")]
    Tokens,

    /// <summary>Outside, as a weight of the pair.</summary>
    [JsonStringEnumMemberName("pairs")]
    Pairs,
}

/// <summary>APPO: which tokens the surrogate is taken over.</summary>
public sealed record AdaptivePpoSettings : AdaptiveFormSettings
{
    /// <summary>What makes a token one of a preferred sample.</summary>
    public PreferredBy PreferredBy { get; init; }

    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources =>
        [TokenRewardSource.LogRatio, TokenRewardSource.TemporalDifference, TokenRewardSource.RewardModel];
}

/// <summary>
/// ARS: which tokens of accepted responses count. By the log-ratio no token of an untrained policy lies above the baseline, so that nothing
/// would ever be trained on.
/// </summary>
public sealed record AdaptiveSamplingSettings : AdaptiveFormSettings
{
    /// <inheritdoc/>
    protected override IReadOnlyList<TokenRewardSource> Sources => [TokenRewardSource.RewardModel];
}

/// <summary>What makes a sampled token one of a preferred sample, where there are no pairs (ADR Section 3.2.1: by rewards or
/// advantages).</summary>
public enum PreferredBy
{
    /// <summary>A positive advantage of the token.</summary>
    [JsonStringEnumMemberName("advantage")]
    Advantage,

    /// <summary>A score of the whole response above the mean of the batch.</summary>
    [JsonStringEnumMemberName("score")]
    Score,
}
