using System.Text.Json.Serialization;

namespace Repro.Core.Training.Adaptive;

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
