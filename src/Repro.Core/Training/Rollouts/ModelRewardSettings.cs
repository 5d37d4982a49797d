using System.ComponentModel.DataAnnotations;

namespace Repro.Core.Training.Rollouts;

/// <summary>The score of one reward model.</summary>
public sealed record ModelRewardSettings : RewardSettings
{
    /// <summary>A PEFT folder with a head, for the base that the policy has, or the folder of a whole score model.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>Whether the score is the sigmoid of the output.</summary>
    public bool Bounded { get; init; }

    /// <summary>Responses in one pass.</summary>
    [Range(1, 100_000)]
    public int Rows { get; init; } = 16;
}
