using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Adaptive;

/// <summary>Token masks from token rewards and a threshold b (ADR Eq. 13, 17 and 18). Rewards at ignored positions are never
/// read.</summary>
public static class AdaptiveMask
{
    /// <summary>Chosen samples keep tokens with r above b (ADR Eq. 13); 0 where <paramref name="mask"/> is 0.</summary>
    /// <param name="rewards">Token rewards, floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="threshold">b, broadcastable to [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 on response tokens.</param>
    /// <returns>bool, shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted reward or threshold is not finite.</exception>
    public static Tensor Chosen(Tensor rewards, Tensor threshold, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (r, b, counted) = Prepare(rewards, threshold, mask);
        return r.gt(b).logical_and(counted).MoveToOuterDisposeScope();
    }

    /// <summary>Rejected samples keep tokens with r of at most b (ADR Eq. 13); 0 where <paramref name="mask"/> is 0.</summary>
    /// <param name="rewards">Token rewards, floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="threshold">b, broadcastable to [batch, time].</param>
    /// <param name="mask">Shape [batch, time], 1 on response tokens.</param>
    /// <returns>bool, shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted reward or threshold is not finite.</exception>
    public static Tensor Rejected(Tensor rewards, Tensor threshold, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var (r, b, counted) = Prepare(rewards, threshold, mask);
        return r.le(b).logical_and(counted).MoveToOuterDisposeScope();
    }

    /// <summary>The ternary mask (ADR Eq. 18): +1 where r is above b + delta, -1 where it is below b - delta, 0 in between, bounds
    /// included, and where ignored.</summary>
    /// <param name="rewards">Token rewards, floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="threshold">b, broadcastable to [batch, time].</param>
    /// <param name="delta">Half the width of the neutral zone, not negative.</param>
    /// <param name="mask">Shape [batch, time], 1 on response tokens.</param>
    /// <returns>int64, shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, or a counted reward or threshold is not finite.</exception>
    /// <exception cref="ArgumentException">Delta is negative.</exception>
    public static Tensor Ternary(Tensor rewards, Tensor threshold, double delta, Tensor mask)
    {
        TensorChecks.NotNegative(delta, nameof(delta));
        using var scope = NewDisposeScope();
        var (r, b, counted) = Prepare(rewards, threshold, mask);
        var good = r.gt(b + delta).logical_and(counted).to_type(ScalarType.Int64);
        var bad = r.lt(b - delta).logical_and(counted).to_type(ScalarType.Int64);
        return (good - bad).MoveToOuterDisposeScope();
    }

    private static (Tensor Rewards, Tensor Threshold, Tensor Counted) Prepare(Tensor rewards, Tensor threshold, Tensor mask)
    {
        TensorChecks.Shape(rewards, nameof(rewards), TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(rewards, nameof(rewards));
        var shape = threshold.shape;
        var fits = shape.Length <= 2
            && shape.Reverse().Zip(rewards.shape.Reverse()).All(pair => pair.First == 1 || pair.First == pair.Second);
        if (!fits)
        {
            throw new ReproException(
                $"threshold has shape {TensorChecks.Show(threshold)}; a scalar or something that broadcasts to "
                    + $"{TensorChecks.Show(rewards)} was expected.");
        }

        var counted = TensorChecks.Mask(mask, nameof(mask), rewards.shape);
        var b = threshold.expand(rewards.shape);
        TensorChecks.FiniteWhere(rewards, nameof(rewards), counted);
        TensorChecks.FiniteWhere(b, nameof(threshold), counted);
        return (Masked.Clean(rewards.detach(), counted), Masked.Clean(b.detach(), counted), counted);
    }
}
