namespace Repro.Core.Training.Rollouts;

/// <summary>One score where the final number of a response is that of the data set, another where it is not.</summary>
public sealed record AnswerRewardSettings : RewardSettings
{
    /// <summary>Score of a right answer.</summary>
    public double Right { get; init; } = 1;

    /// <summary>Score of a wrong answer.</summary>
    public double Wrong { get; init; }
}
