namespace Repro.Core.Rewards.Segmentation;

/// <summary>A run of consecutive tokens.</summary>
/// <param name="Start">Index of the first token.</param>
/// <param name="Length">Number of tokens, at least 1.</param>
public readonly record struct Segment(int Start, int Length)
{
    /// <summary>Index behind the last token.</summary>
    public int End => Start + Length;
}
