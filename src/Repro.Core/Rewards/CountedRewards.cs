using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>Checks of token rewards with their mask.</summary>
internal static class CountedRewards
{
    public static void Check(Tensor rewards, Tensor mask)
    {
        using var scope = NewDisposeScope();
        Guard.Shape(rewards, nameof(rewards), Guard.Any, Guard.Any);
        Guard.Floating(rewards, nameof(rewards));
        Guard.FiniteWhere(rewards, nameof(rewards), Guard.CountingMask(mask, nameof(mask), rewards.shape));
    }
}
