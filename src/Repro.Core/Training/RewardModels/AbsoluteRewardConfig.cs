using Repro.Core.Data.Formats;
using Repro.Core.Data.Sampling;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the file of an absolute reward model says.</summary>
public sealed record AbsoluteRewardConfig : RewardModelConfig
{
    /// <summary>The form of the loss.</summary>
    public required AbsoluteLossSettings Loss { get; init; }

    /// <summary>Paraphrases of low replies that are added to the training rows; null for none.</summary>
    public DatasetSettings? Augmentation { get; init; }

    /// <summary>How often low, middle and high scores occur and what they weigh; null leaves the rows as they are.</summary>
    public ScoreBalance? Balance { get; init; }
}
