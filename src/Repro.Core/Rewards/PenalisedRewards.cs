using static TorchSharp.torch;

namespace Repro.Core.Rewards;

/// <summary>Token rewards of a PPO batch: a KL penalty at each token and the score of the response at its last token.</summary>
public static class PenalisedRewards
{
    /// <summary>
    /// -coefficient * penalty at every position, plus the score at the LAST position that the mask counts, whatever the padding. The
    /// penalty stands at ignored positions too, unless it is not finite there; use the mask further on.
    /// </summary>
    /// <param name="scores">Score of each response, floating point, shape [batch].</param>
    /// <param name="penalties">KL penalty of each token, shape [batch, time]; finite where counted.</param>
    /// <param name="mask">Shape [batch, time]; every row counts at least one position.</param>
    /// <param name="coefficient">Not negative.</param>
    /// <returns>Rewards, and the part of them that is not the score; both of shape [batch, time].</returns>
    /// <exception cref="ReproException">Shapes do not fit, a row counts nothing, or a score or counted penalty is not finite.</exception>
    /// <exception cref="ArgumentException">The coefficient is negative.</exception>
    public static (Tensor Rewards, Tensor Penalty) Compute(Tensor scores, Tensor penalties, Tensor mask, double coefficient)
    {
        TensorChecks.NotNegative(coefficient, nameof(coefficient));
        TensorChecks.Vector(scores, nameof(scores));
        TensorChecks.Shape(penalties, nameof(penalties), scores.shape[0], TensorChecks.Any);
        using var scope = NewDisposeScope();
        var counted = TensorChecks.MaskWithoutEmptyRows(mask, nameof(mask), penalties.shape);
        TensorChecks.FiniteWhere(penalties, nameof(penalties), counted);
        var clean = penalties.masked_fill(penalties.isfinite().logical_not(), 0);
        var penalty = clean * -coefficient;
        var last = LastCounted(counted);
        var rewards = penalty.scatter_add(1, last.unsqueeze(1), scores.to_type(penalty.dtype).unsqueeze(1));
        return (rewards.MoveToOuterDisposeScope(), penalty.MoveToOuterDisposeScope());
    }

    /// <summary>The index of the last counted position of each row of a bool mask without empty rows, shape [batch].</summary>
    internal static Tensor LastCounted(Tensor counted)
    {
        var positions = arange(counted.shape[1], device: counted.device).unsqueeze(0);
        return positions.mul(counted.to_type(ScalarType.Int64)).amax(1);
    }
}
