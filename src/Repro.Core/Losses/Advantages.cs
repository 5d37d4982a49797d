using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Generalised advantage estimation (of CRS Eq. 2.9) and discounted returns. Nothing is whitened and no gradient is recorded
/// here.</summary>
/// <remarks>
/// Values and rewards at ignored positions count as 0, before and after a response as well as in a hole of it. A response of n tokens thus
/// ends as if the sequence ended there, on whichever side the padding stands. Left of the response the recursion runs on; use a mask on the
/// result.
/// </remarks>
public static class GeneralizedAdvantage
{
    /// <summary>
    /// Advantages A_t = delta_t + gamma * lambda * A_{t+1} with delta_t = r_t + gamma * V_{t+1} - V_t, and returns A_t + V_t, by one
    /// backward pass.
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
        TensorChecks.Between(gamma, 0, 1, nameof(gamma));
        TensorChecks.Between(lambda, 0, 1, nameof(lambda));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TensorChecks.Same(rewards, nameof(rewards), values, nameof(values));
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
        TensorChecks.Between(gamma, 0, 1, nameof(gamma));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return Accumulate(Prepare(rewards, nameof(rewards), mask), gamma).MoveToOuterDisposeScope();
    }

    private static Tensor Prepare(Tensor tensor, string name, Tensor mask)
    {
        TensorChecks.Shape(tensor, name, TensorChecks.Any, TensorChecks.Any);
        TensorChecks.Floating(tensor, name);
        var counted = TensorChecks.MaskWithoutEmptyRows(mask, nameof(mask), tensor.shape);
        TensorChecks.FiniteWhere(tensor, name, counted);
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

/// <summary>Advantages of several responses to one prompt against each other (GRPO, RLOO). No gradient is recorded.</summary>
public static class GroupAdvantages
{
    /// <summary>(r - group mean) / (group standard deviation + epsilon), the deviation with divisor n - 1. Equal rewards give 0
    /// (DeepSeekMath Section 4.1.2; TRL's <c>scale_rewards: group</c>).</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt are adjacent.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <param name="epsilon">Added to the deviation, above 0.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2 or epsilon not above 0.</exception>
    public static Tensor Standardised(Tensor rewards, int groupSize, double epsilon = 1e-4)
    {
        TensorChecks.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var centred = Centre(rewards, groupSize);
        var deviation = (centred.square().sum([1], keepdim: true) / (groupSize - 1)).sqrt();
        return (centred / (deviation + epsilon)).reshape(-1).MoveToOuterDisposeScope();
    }

    /// <summary>(r - group mean) / (standard deviation of the whole batch + epsilon), the deviation with divisor n - 1 (TRL's
    /// <c>scale_rewards: batch</c>).</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt are adjacent.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <param name="epsilon">Added to the deviation, above 0.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2 or epsilon not above 0.</exception>
    public static Tensor ScaledByBatch(Tensor rewards, int groupSize, double epsilon = 1e-4)
    {
        TensorChecks.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var centred = Centre(rewards, groupSize).reshape(-1);
        return (centred / (Deviation(rewards) + epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>RLOO: r - mean of the OTHER rewards of the group, which is n / (n - 1) times (r - group mean) (2402.14740).</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt are adjacent.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2.</exception>
    public static Tensor LeaveOneOut(Tensor rewards, int groupSize)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var groups = Groups(rewards, groupSize);
        var others = (groups.sum([1], keepdim: true) - groups) / (groupSize - 1);
        return (groups - others).reshape(-1).MoveToOuterDisposeScope();
    }

    /// <summary>(A - mean) / (standard deviation + epsilon) over the whole batch, the deviation with divisor n - 1 (TRL's
    /// <c>normalize_advantages</c> of RLOO).</summary>
    /// <param name="advantages">Floating point, shape [at least 2].</param>
    /// <param name="epsilon">Added to the deviation, above 0.</param>
    /// <returns>The shape of the advantages.</returns>
    /// <exception cref="ReproException">There are fewer than two, or one is not finite.</exception>
    /// <exception cref="ArgumentException">Epsilon is not above 0.</exception>
    public static Tensor Normalised(Tensor advantages, double epsilon = 1e-4)
    {
        TensorChecks.Positive(epsilon, nameof(epsilon));
        TensorChecks.Vector(advantages, nameof(advantages));
        if (advantages.shape[0] < 2)
        {
            throw new ReproException("advantages hold one response; a deviation needs at least two.");
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return ((advantages.detach() - advantages.detach().mean()) / (Deviation(advantages) + epsilon)).MoveToOuterDisposeScope();
    }

    /// <summary>r - group mean, without the division that favours easy and hard prompts (Dr. GRPO; TRL's
    /// <c>scale_rewards: none</c>).</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt are adjacent.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2.</exception>
    public static Tensor Centred(Tensor rewards, int groupSize)
    {
        using var scope = NewDisposeScope();
        return Centre(rewards, groupSize).reshape(-1).MoveToOuterDisposeScope();
    }

    private static Tensor Centre(Tensor rewards, int groupSize)
    {
        using var noGrad = no_grad();
        var groups = Groups(rewards, groupSize);
        return groups - groups.mean([1], keepdim: true);
    }

    private static Tensor Groups(Tensor rewards, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 2);
        TensorChecks.Vector(rewards, nameof(rewards));
        if (rewards.shape[0] % groupSize != 0)
        {
            throw new ReproException(
                Invariant($"rewards hold {rewards.shape[0]} responses; a multiple of the group size {groupSize} was expected."));
        }

        // Subtracting the first reward of a group leaves its advantages as they are. Without it, equal rewards such as 0.1 would leave
        // advantages of the size of a rounding error, and Adam would make a whole step of them.
        var groups = rewards.detach().reshape(-1, groupSize);
        return groups - groups.narrow(1, 0, 1);
    }

    // The divisor is n - 1.
    private static Tensor Deviation(Tensor values)
    {
        using var noGrad = no_grad();
        var centred = values.detach() - values.detach().mean();
        return (centred.square().sum() / (values.shape[0] - 1)).sqrt();
    }
}

/// <summary>The mean of the counted values after whitening.</summary>
public enum WhitenedMean
{
    /// <summary>0.</summary>
    Zero,

    /// <summary>The mean from before is added back.</summary>
    Kept,
}

/// <summary>The divisor of a variance over n counted values.</summary>
public enum VarianceEstimate
{
    /// <summary>n - 1 (Bessel); needs two counted values.</summary>
    Unbiased,

    /// <summary>n.</summary>
    Biased,
}
