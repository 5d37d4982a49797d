namespace Repro.Core.Rewards.Segmentation;

/// <summary>The one reward that stands for a segment (ADR Eq. 12 allows both).</summary>
public enum SegmentReward
{
    /// <summary>The mean of its token rewards, which makes the squared error smallest.</summary>
    Mean,

    /// <summary>The reward of its last token.</summary>
    LastToken,
}
