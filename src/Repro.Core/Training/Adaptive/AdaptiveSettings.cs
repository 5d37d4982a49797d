using Repro.Core.Losses;
using Repro.Core.Rewards;

namespace Repro.Core.Training.Adaptive;

/// <summary>Which response tokens are trained on (ADR Eq. 13, 17, 18): those that agree with their sample, good ones of preferred and bad ones of rejected samples.</summary>
public sealed record AdaptiveSettings
{
    /// <summary>Where token rewards come from.</summary>
    public TokenRewardSource Rewards { get; init; } = TokenRewardSource.LogRatio;

    /// <summary>Factor of the log-ratio.</summary>
    public double Beta { get; init; } = 1;

    /// <summary>How the baseline is found; temporal-difference errors have the baseline 0 by themselves.</summary>
    public ThresholdKind Threshold { get; init; } = ThresholdKind.BatchMean;

    /// <summary>The baseline where it is fixed.</summary>
    public double Value { get; init; }

    /// <summary>The share of tokens below the baseline where it is a quantile.</summary>
    public double Quantile { get; init; } = 0.5;

    /// <summary>Weight of earlier batches where the baseline is a running mean.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Half the width of the neutral zone about the baseline.</summary>
    public double Delta { get; init; }

    /// <summary>
    /// Whether a token in the neutral zone belongs with the token before it, as a Schmitt trigger does; otherwise it is neither good nor bad and
    /// trained on in no sample, as ADR Eq. 18 prints it.
    /// </summary>
    public bool Memory { get; init; } = true;

    internal void Check()
    {
        Guard.Positive(Beta, nameof(Beta));
        Guard.Between(Quantile, 0, 1, nameof(Quantile));
        Guard.Between(Momentum, 0, Math.BitDecrement(1.0), nameof(Momentum));
        Guard.NotNegative(Delta, nameof(Delta));
        Guard.Between(Value, double.MinValue, double.MaxValue, nameof(Value));
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
