using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>An exponential mean of batch means: b becomes momentum * b + (1 - momentum) * batch mean; the first batch sets it.</summary>
public sealed class RunningMeanThreshold : AdaptiveThreshold
{
    private readonly double _momentum;

    /// <summary>Starts without a value.</summary>
    /// <param name="momentum">Weight of the past, from 0 to below 1.</param>
    /// <param name="value">The mean of an earlier run, to resume it; null to start anew.</param>
    /// <exception cref="ArgumentException">The momentum is impossible.</exception>
    public RunningMeanThreshold(double momentum, double? value = null)
    {
        Guard.Between(momentum, 0, Math.BitDecrement(1.0), nameof(momentum));
        _momentum = momentum;
        Value = value;
    }

    /// <summary>The mean so far; null before the first batch.</summary>
    public double? Value { get; private set; }

    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        using var scope = NewDisposeScope();
        var mean = Masked.Mean(rewards.detach(), mask).to_type(ScalarType.Float64).item<double>();
        Value = Value is { } past ? (_momentum * past) + ((1 - _momentum) * mean) : mean;
        return full([], Value.Value, rewards.dtype, rewards.device).MoveToOuterDisposeScope();
    }
}
