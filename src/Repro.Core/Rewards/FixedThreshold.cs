using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>The same b for every batch.</summary>
/// <param name="value">b, finite.</param>
public sealed class FixedThreshold(double value) : AdaptiveThreshold
{
    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        return full([], value, rewards.dtype, rewards.device);
    }
}
