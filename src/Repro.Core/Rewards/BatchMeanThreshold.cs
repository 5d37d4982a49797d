using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>The mean of the counted rewards of the batch.</summary>
public sealed class BatchMeanThreshold : AdaptiveThreshold
{
    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        using var scope = NewDisposeScope();
        return Masked.Mean(rewards.detach(), mask).MoveToOuterDisposeScope();
    }
}
