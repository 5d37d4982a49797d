namespace Repro.Core.Evaluation.RewardModels;

/// <summary>A part of the scale of labels.</summary>
public enum ScoreRange
{
    /// <summary>The low end.</summary>
    Low,

    /// <summary>What is neither low nor high.</summary>
    Between,

    /// <summary>The high end.</summary>
    High,
}
