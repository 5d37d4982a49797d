using System.ComponentModel.DataAnnotations;

namespace Repro.Core.Training.Rollouts;

/// <summary>weight * preference + (1 - weight) * absolute (CRS Section 4).</summary>
public sealed record CombinedRewardSettings : RewardSettings
{
    /// <summary>The preference reward model.</summary>
    public required ModelRewardSettings Preference { get; init; }

    /// <summary>The absolute reward model.</summary>
    public required ModelRewardSettings Absolute { get; init; }

    /// <summary>Share of the preference reward.</summary>
    [Range(0.0, 1.0)]
    public required double Weight { get; init; }
}
