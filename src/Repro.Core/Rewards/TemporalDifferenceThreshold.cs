using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>
/// One b a token, V_t - gamma * V_{t+1}: a reward above it is one whose temporal-difference error r_t + gamma * V_{t+1} - V_t is positive. Values at
/// ignored positions and behind the end are 0.
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
        Guard.Between(gamma, 0, 1, nameof(gamma));
        _values = values;
        _gamma = gamma;
    }

    /// <inheritdoc/>
    public override Tensor For(Tensor rewards, Tensor mask)
    {
        CountedRewards.Check(rewards, mask);
        Guard.Same(_values, "values", rewards, nameof(rewards));
        using var scope = NewDisposeScope();
        var counted = Guard.Mask(mask, nameof(mask), rewards.shape);
        Guard.FiniteWhere(_values, "values", counted);
        var clean = Masked.Clean(_values.detach(), counted);
        var next = cat([clean.narrow(1, 1, clean.shape[1] - 1), clean.narrow(1, 0, 1).zeros_like()], 1);
        return (clean - (next * _gamma)).MoveToOuterDisposeScope();
    }
}
