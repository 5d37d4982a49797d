namespace Repro.Core.Training.RewardModels;

/// <summary>The form of the loss of an absolute reward model.</summary>
public sealed record AbsoluteLossSettings
{
    /// <summary>Which loss.</summary>
    public required AbsoluteLossKind Kind { get; init; }

    /// <summary>Price of one unit outside [0, 1] for <see cref="AbsoluteLossKind.MeanSquared"/>, not negative; 0 for the others, which cannot leave it.</summary>
    public double RangePenalty { get; init; }
}
