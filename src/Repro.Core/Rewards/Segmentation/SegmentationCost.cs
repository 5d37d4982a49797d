namespace Repro.Core.Rewards.Segmentation;

/// <summary>Total error of a segmentation (ADR Eq. 12).</summary>
/// <param name="Approximation">Summed squared deviation of token rewards from the reward of their segment.</param>
/// <param name="Noise">c^2 times the number of segments.</param>
/// <param name="Count">Number of segments.</param>
public sealed record SegmentationCost(double Approximation, double Noise, int Count)
{
    /// <summary>The sum of both parts.</summary>
    public double Total => Approximation + Noise;
}
