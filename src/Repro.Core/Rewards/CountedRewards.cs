using System.Runtime.CompilerServices;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>Checks of token rewards with their mask.</summary>
internal static class CountedRewards
{
    public static void Check(Tensor rewards, Tensor mask, [CallerArgumentExpression(nameof(rewards))] string name = "")
    {
        using var scope = NewDisposeScope();
        Guard.Shape(rewards, name, Guard.Any, Guard.Any);
        Guard.Floating(rewards, name);
        Guard.FiniteWhere(rewards, name, Guard.CountingMask(mask, nameof(mask), rewards.shape));
    }
}
