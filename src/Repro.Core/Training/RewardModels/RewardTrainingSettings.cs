using Repro.Core.Optimization;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the training of every kind of reward model needs to know.</summary>
public sealed record RewardTrainingSettings
{
    /// <summary>How parameters move.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>How the learning rate goes.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Examples of one step and of one forward pass; an example of a preference model is a prompt with all its replies.</summary>
    public required BatchSettings Batch { get; init; }

    /// <summary>How often the data are gone through, above 0; part of an epoch is rounded up to whole steps.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Seed of all streams of random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>Batches are padded to a multiple of this.</summary>
    public int PadToMultipleOf { get; init; } = 16;

    /// <summary>
    /// Whether the common beginning of an example's texts, the prompt, goes through the model once for all of them where that is less work. Scores and
    /// gradients are the same but for rounding; with dropout the replies to a prompt share its masks.
    /// </summary>
    public bool ShareBeginnings { get; init; } = true;
}
