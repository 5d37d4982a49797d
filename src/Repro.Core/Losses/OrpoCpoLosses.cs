using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Odds-ratio preference optimisation: needs no reference; its term is added to the language-model loss of the preferred
/// text.</summary>
public static class OrpoLoss
{
    /// <summary>-beta * log sigmoid(log odds ratio), odds = p / (1 - p) of the geometric mean probability of a token.</summary>
    /// <param name="chosen">AVERAGE log-probability a token of the preferred responses, below 0, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <param name="beta">Weight of the term, above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite or not below 0.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor OddsRatio(Tensor chosen, Tensor rejected, double beta)
    {
        TensorChecks.Positive(beta, nameof(beta));
        using var scope = NewDisposeScope();
        return (-nn.functional.logsigmoid(LogOddsRatio(chosen, rejected)) * beta).MoveToOuterDisposeScope();
    }

    /// <summary>The log of the odds ratio: (log p - log(1 - p)) of the preferred less that of the rejected response.</summary>
    /// <param name="chosen">AVERAGE log-probability a token of the preferred responses, below 0, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite or not below 0.</exception>
    public static Tensor LogOddsRatio(Tensor chosen, Tensor rejected)
    {
        TensorChecks.Vector(chosen, nameof(chosen));
        TensorChecks.Same(rejected, nameof(rejected), chosen, nameof(chosen));
        TensorChecks.Finite(rejected, nameof(rejected));
        using var scope = NewDisposeScope();
        if (chosen.ge(0).logical_or(rejected.ge(0)).any().ToBoolean())
        {
            throw new ReproException("an average log-probability is not below 0; the odds of a certain token are infinite.");
        }

        return (chosen - rejected - (Log1MinusExp(chosen) - Log1MinusExp(rejected))).MoveToOuterDisposeScope();
    }

    // log(1 - e^x) of an x below 0: near 0 as log(-expm1(x)), elsewhere as log1p(-e^x), because each loses digits where the other one does
    // not. Each gets a harmless x where the other one counts: there its own value may be infinite, and its gradient 0 * infinity = NaN.
    private static Tensor Log1MinusExp(Tensor x)
    {
        using Scalar border = -Math.Log(2), nearZero = -0.5, farFromZero = -1.0;
        var near = x.gt(border);
        var close = (-x.masked_fill(near.logical_not(), nearZero).expm1()).log();
        var far = (-x.masked_fill(near, farFromZero).exp()).log1p();
        return where(near, close, far);
    }
}

/// <summary>Contrastive preference optimisation and SimPO: no reference model. Every loss is one number a pair, shape [pairs].</summary>
public static class CpoLoss
{
    /// <summary>CPO: DPO's loss (with label smoothing) of beta * (log policy of the preferred - of the rejected response).</summary>
    /// <param name="chosen">Summed log-probabilities of the preferred responses, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Sigmoid(Tensor chosen, Tensor rejected, double beta, double labelSmoothing = 0)
    {
        Check(chosen, rejected, beta);
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin((chosen - rejected) * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>max(0, 1 - beta * difference).</summary>
    /// <param name="chosen">Summed log-probabilities of the preferred responses, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Hinge(Tensor chosen, Tensor rejected, double beta)
    {
        Check(chosen, rejected, beta);
        using var scope = NewDisposeScope();
        return (1 - ((chosen - rejected) * beta)).relu().MoveToOuterDisposeScope();
    }

    /// <summary>(difference - 1 / (2 beta))^2.</summary>
    /// <param name="chosen">Log-probabilities of the preferred responses, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Ipo(Tensor chosen, Tensor rejected, double beta)
    {
        Check(chosen, rejected, beta);
        using var scope = NewDisposeScope();
        return (chosen - rejected - (1 / (2 * beta))).square().MoveToOuterDisposeScope();
    }

    /// <summary>SimPO: DPO's loss of beta * difference - gamma.</summary>
    /// <param name="chosen">AVERAGE log-probability a token of the preferred responses, floating point, shape [pairs].</param>
    /// <param name="rejected">The same of the rejected responses.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="gamma">The margin demanded of beta * difference, not negative.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor SimPo(Tensor chosen, Tensor rejected, double beta, double gamma, double labelSmoothing = 0)
    {
        Check(chosen, rejected, beta);
        TensorChecks.NotNegative(gamma, nameof(gamma));
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin(((chosen - rejected) * beta) - gamma, labelSmoothing).MoveToOuterDisposeScope();
    }

    private static void Check(Tensor chosen, Tensor rejected, double beta)
    {
        TensorChecks.Positive(beta, nameof(beta));
        TensorChecks.Vector(chosen, nameof(chosen));
        TensorChecks.Same(rejected, nameof(rejected), chosen, nameof(chosen));
        TensorChecks.Finite(rejected, nameof(rejected));
    }
}
