using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Generalised advantage estimation (of CRS Eq. 2.9) and discounted returns. Nothing is whitened and no gradient is recorded here.</summary>
/// <remarks>
/// Values and rewards at ignored positions count as 0, before and after a response as well as in a hole of it. A response of n tokens thus ends as if the
/// sequence ended there, on whichever side the padding stands. Left of the response the recursion runs on; use a mask on the result.
/// </remarks>
public static class GeneralizedAdvantage
{
    /// <summary>
    /// Advantages A_t = delta_t + gamma * lambda * A_{t+1} with delta_t = r_t + gamma * V_{t+1} - V_t, and returns A_t + V_t, by one backward pass.
    /// </summary>
    /// <param name="values">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="rewards">Shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <param name="gamma">Discount, from 0 to 1.</param>
    /// <param name="lambda">From 0 (one step) to 1 (whole returns).</param>
    /// <returns>Advantages and returns, both of shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, a row counts nothing, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Gamma or lambda is outside 0 to 1.</exception>
    public static (Tensor Advantages, Tensor Returns) Estimate(Tensor values, Tensor rewards, Tensor mask, double gamma, double lambda)
    {
        Guard.Between(gamma, 0, 1, nameof(gamma));
        Guard.Between(lambda, 0, 1, nameof(lambda));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        Guard.Same(rewards, nameof(rewards), values, nameof(values));
        var value = Prepare(values, nameof(values), mask);
        var reward = Prepare(rewards, nameof(rewards), mask);
        var next = cat([value.narrow(1, 1, value.shape[1] - 1), value.narrow(1, 0, 1).zeros_like()], 1);
        var advantages = Accumulate(reward + (next * gamma) - value, gamma * lambda);
        return (advantages.MoveToOuterDisposeScope(), (advantages + value).MoveToOuterDisposeScope());
    }

    /// <summary>Discounted returns R_t = r_t + gamma * R_{t+1}.</summary>
    /// <param name="rewards">Floating point, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <param name="gamma">Discount, from 0 to 1.</param>
    /// <returns>Shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, a row counts nothing, or a counted value is not finite.</exception>
    /// <exception cref="ArgumentException">Gamma is outside 0 to 1.</exception>
    public static Tensor DiscountedReturns(Tensor rewards, Tensor mask, double gamma)
    {
        Guard.Between(gamma, 0, 1, nameof(gamma));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        return Accumulate(Prepare(rewards, nameof(rewards), mask), gamma).MoveToOuterDisposeScope();
    }

    private static Tensor Prepare(Tensor tensor, string name, Tensor mask)
    {
        Guard.Shape(tensor, name, Guard.Any, Guard.Any);
        Guard.Floating(tensor, name);
        var counted = Guard.MaskWithoutEmptyRows(mask, nameof(mask), tensor.shape);
        Guard.FiniteWhere(tensor, name, counted);
        return Masked.Clean(tensor, counted);
    }

    private static Tensor Accumulate(Tensor steps, double decay)
    {
        var columns = steps.unbind(1);
        for (var t = columns.Length - 2; t >= 0; t--)
        {
            columns[t] = columns[t] + (columns[t + 1] * decay);
        }

        return stack(columns, 1);
    }
}
