using Repro.Core.Losses;

namespace Repro.Core.Training.RewardModels;

/// <summary>The form of the loss of a preference reward model.</summary>
public sealed record PreferenceLossSettings
{
    /// <summary>Weight of the L2 term of the scores, not negative; see <see cref="RankingLoss.Groups"/>.</summary>
    public double ScoreDecay { get; init; }

    /// <summary>Whether prompts or pairs weigh the same.</summary>
    public GroupWeighting Weighting { get; init; } = GroupWeighting.PerGroup;
}
