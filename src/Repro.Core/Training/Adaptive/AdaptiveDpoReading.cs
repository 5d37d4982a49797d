using System.Text.Json.Serialization;

namespace Repro.Core.Training.Adaptive;

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
