using System.Text.Json.Serialization;

namespace Repro.Core.Training.Adaptive;

/// <summary>What makes a sampled token one of a preferred sample, where there are no pairs (ADR Section 3.2.1: by rewards or advantages).</summary>
public enum PreferredBy
{
    /// <summary>A positive advantage of the token.</summary>
    [JsonStringEnumMemberName("advantage")]
    Advantage,

    /// <summary>A score of the whole response above the mean of the batch.</summary>
    [JsonStringEnumMemberName("score")]
    Score,
}
