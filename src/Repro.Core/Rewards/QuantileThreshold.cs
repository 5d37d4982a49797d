using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>A quantile of the counted rewards of the batch, interpolated linearly.</summary>
public sealed class QuantileThreshold : AdaptiveThreshold
{
    private readonly double _share;

    /// <summary>States the quantile.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <exception cref="ArgumentException">It is outside 0 to 1.</exception>
    public QuantileThreshold(double share)
    {
        Guard.Between(share, 0, 1, nameof(share));
        _share = share;
    }

    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        using var scope = NewDisposeScope();
        var sorted = rewards.detach().masked_select(Guard.Mask(mask, nameof(mask), rewards.shape)).sort(0).Values;
        var place = _share * (sorted.shape[0] - 1);
        var low = (long)Math.Floor(place);
        var below = sorted[low];
        var above = sorted[Math.Min(low + 1, sorted.shape[0] - 1)];
        return (below + ((above - below) * (place - low))).MoveToOuterDisposeScope();
    }
}
