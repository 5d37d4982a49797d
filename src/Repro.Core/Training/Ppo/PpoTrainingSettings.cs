using System.Text.Json.Serialization;
using Repro.Core.Configuration;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.Ppo;

/// <summary>The numbers of PPO on responses. Defaults are those of TRL 0.7.</summary>
public sealed record PpoTrainingSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    [ConfigInline]
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Responses of one step.</summary>
    [AtLeast(1)]
    public required int BatchSize { get; init; }

    /// <summary>Responses of one optimiser update; null for all of the step.</summary>
    [AtLeast(1, Instead = "leave the key out for all responses of a step")]
    public int? MiniBatchSize { get; init; }

    /// <summary>Most responses in one forward pass; the gradients of the parts add up to that of the mini-batch. Null for all at
    /// once.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MicroBatchSize { get; init; }

    /// <summary>
    /// What the losses of a mini-batch are divided by: its tokens, or those of each part and then the number of parts, as the peer
    /// accumulates.
    /// </summary>
    public LossNormalization LossNormalization { get; init; } = LossNormalization.WholeBatch;

    /// <summary>Passes over the responses of a step, each in an order of its own.</summary>
    [AtLeast(1)]
    public int PpoEpochs { get; init; } = 4;

    /// <summary>Passes over the prompts of the run; the last, incomplete batch of a pass is dropped.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Discount, from 0 to 1.</summary>
    [Within(0, 1)]
    public double Gamma { get; init; } = 1;

    /// <summary>Weight of later errors in an advantage, from 0 to 1.</summary>
    [Within(0, 1)]
    public double Lambda { get; init; } = 0.95;

    /// <summary>Room of the probability ratio on either side of 1.</summary>
    [Within(0, 1, AboveMinimum = true)]
    public double PolicyClip { get; init; } = 0.2;

    /// <summary>The largest distance of a value from the old one.</summary>
    [Above(0, Instead = "a value such as 1e9 clips nothing")]
    public double ValueClip { get; init; } = 0.2;

    /// <summary>Factor of the value loss.</summary>
    [AtLeast(0)]
    public double ValueCoefficient { get; init; } = 0.1;

    /// <summary>A mean ratio above it sets the losses of the mini-batch to 0.</summary>
    [Above(0)]
    public double RatioThreshold { get; init; } = 10;

    /// <summary>Scores are kept within minus and plus this; null for no limit.</summary>
    [Above(0, Instead = "leave the key out for no limit")]
    public double? ScoreClip { get; init; }

    /// <summary>Whether token rewards are divided by their standard deviation over the step; their mean stays.</summary>
    public bool WhitenRewards { get; init; }

    /// <summary>Whether advantages are brought to mean 0 and standard deviation 1 over the response tokens of the step.</summary>
    public bool WhitenAdvantages { get; init; } = true;

    /// <summary>How the policy is held near the reference.</summary>
    public KlSettings Kl { get; init; } = new();

    /// <summary>Scale of fresh value heads.</summary>
    public ValueHeadStart ValueHead { get; init; } = ValueHeadStart.Uniform;

    internal bool MeanOfMeans => LossNormalization == LossNormalization.MicroBatches;

    internal PpoSettings Objective => new(PolicyClip, ValueClip, ValueCoefficient, RatioThreshold);

    internal void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PpoEpochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MiniBatchSize ?? 1, 1, nameof(MiniBatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatchSize ?? 1, 1, nameof(MicroBatchSize));
        TensorChecks.Between(Gamma, 0, 1, nameof(Gamma));
        TensorChecks.Between(Lambda, 0, 1, nameof(Lambda));
        TensorChecks.Between(PolicyClip, 0, 1, nameof(PolicyClip));
        TensorChecks.NotNegative(ValueClip, nameof(ValueClip));
        TensorChecks.NotNegative(ValueCoefficient, nameof(ValueCoefficient));
        TensorChecks.Positive(RatioThreshold, nameof(RatioThreshold));
        TensorChecks.Positive(ScoreClip ?? 1, nameof(ScoreClip));
    }
}

/// <summary>How the policy is held near the reference.</summary>
public sealed record KlSettings
{
    /// <summary>The penalty of a token. Penalty, report and controller share this one estimator.</summary>
    public KlPenaltyKind Penalty { get; init; } = KlPenaltyKind.LogRatio;

    /// <summary>The coefficient at the start; not negative.</summary>
    [AtLeast(0)]
    public double Coefficient { get; init; } = 0.2;

    /// <summary>Whether the coefficient follows <see cref="Target"/>; otherwise it stays.</summary>
    public bool Adaptive { get; init; } = true;

    /// <summary>The KL to hold, in nats a response.</summary>
    [Above(0)]
    public double Target { get; init; } = 6;

    /// <summary>Responses over which an error takes full effect.</summary>
    [Above(0)]
    public double Horizon { get; init; } = 10_000;

    internal KlController Controller(double? coefficient = null) => Adaptive
        ? new AdaptiveKlController(coefficient ?? Coefficient, Target, Horizon)
        : new FixedKlController(coefficient ?? Coefficient);
}

/// <summary>The penalty of one response token for leaving the reference; d = log policy - log reference of the drawn token.</summary>
public enum KlPenaltyKind
{
    /// <summary>d (estimator k1); may be negative for a token.</summary>
    [JsonStringEnumMemberName("kl")]
    LogRatio,

    /// <summary>|d|.</summary>
    [JsonStringEnumMemberName("abs")]
    Absolute,

    /// <summary>d^2 / 2 (estimator k2).</summary>
    [JsonStringEnumMemberName("mse")]
    HalfSquare,

    /// <summary>exp(-d) - 1 + d (estimator k3); never negative.</summary>
    [JsonStringEnumMemberName("k3")]
    LowVariance,

    /// <summary>KL(policy || reference) over the whole vocabulary; never negative.</summary>
    [JsonStringEnumMemberName("full")]
    Full,
}
