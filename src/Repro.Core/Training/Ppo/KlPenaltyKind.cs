using System.Text.Json.Serialization;

namespace Repro.Core.Training.Ppo;

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
