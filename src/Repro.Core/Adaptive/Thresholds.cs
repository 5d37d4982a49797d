using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive;

/// <summary>The baseline b that token rewards are compared with (ADR Eq. 13).</summary>
public abstract class AdaptiveThreshold
{
    /// <summary>The threshold for a batch. Kinds with a state update it by the batch first.</summary>
    /// <param name="rewards">Token rewards, floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time], 1 on response tokens; at least one.</param>
    /// <returns>A scalar or a tensor of shape [batch, time], dtype of the rewards, without gradient.</returns>
    /// <exception cref="ReproException">Shapes do not fit, nothing counts, or a counted reward is not finite.</exception>
    public abstract Tensor For(Tensor rewards, Tensor mask);
}

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
        TensorChecks.Between(momentum, 0, Math.BitDecrement(1.0), nameof(momentum));
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

/// <summary>A quantile of the counted rewards of the batch, interpolated linearly.</summary>
public sealed class QuantileThreshold : AdaptiveThreshold
{
    private readonly double _share;

    /// <summary>Takes the share of rewards below b.</summary>
    /// <param name="share">From 0 to 1.</param>
    /// <exception cref="ArgumentException">It is outside 0 to 1.</exception>
    public QuantileThreshold(double share)
    {
        TensorChecks.Between(share, 0, 1, nameof(share));
        _share = share;
    }

    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        using var scope = NewDisposeScope();
        var sorted = rewards.detach().masked_select(TensorChecks.Mask(mask, nameof(mask), rewards.shape)).sort(0).Values;
        var rank = _share * (sorted.shape[0] - 1);
        var low = (long)Math.Floor(rank);
        var below = sorted[low];
        var above = sorted[Math.Min(low + 1, sorted.shape[0] - 1)];
        return (below + ((above - below) * (rank - low))).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// One b a token, V_t - gamma * V_{t+1}: a reward above it is one whose temporal-difference error r_t + gamma * V_{t+1} - V_t is positive.
/// Values at ignored positions and after the end are 0.
/// </summary>
public sealed class TemporalDifferenceThreshold : AdaptiveThreshold
{
    private readonly Tensor _values;
    private readonly double _gamma;

    /// <summary>Takes the values of the batch; they stay the caller's.</summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="gamma">Discount, from 0 to 1.</param>
    /// <exception cref="ArgumentException">Gamma is outside 0 to 1.</exception>
    public TemporalDifferenceThreshold(Tensor values, double gamma)
    {
        TensorChecks.Between(gamma, 0, 1, nameof(gamma));
        _values = values;
        _gamma = gamma;
    }

    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        TensorChecks.Same(_values, "values", rewards, nameof(rewards));
        using var scope = NewDisposeScope();
        var counted = TensorChecks.Mask(mask, nameof(mask), rewards.shape);
        TensorChecks.FiniteWhere(_values, "values", counted);
        var clean = Masked.Clean(_values.detach(), counted);
        var next = cat([clean.narrow(1, 1, clean.shape[1] - 1), clean.narrow(1, 0, 1).zeros_like()], 1);
        return (clean - (next * _gamma)).MoveToOuterDisposeScope();
    }
}
