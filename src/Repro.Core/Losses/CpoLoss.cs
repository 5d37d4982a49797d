using static TorchSharp.torch;

namespace Repro.Core.Losses;

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
        Guard.NotNegative(gamma, nameof(gamma));
        using var scope = NewDisposeScope();
        return DpoLoss.OfMargin(((chosen - rejected) * beta) - gamma, labelSmoothing).MoveToOuterDisposeScope();
    }

    private static void Check(Tensor chosen, Tensor rejected, double beta)
    {
        Guard.Positive(beta, nameof(beta));
        Guard.Vector(chosen, nameof(chosen));
        Guard.Same(rejected, nameof(rejected), chosen, nameof(chosen));
        Guard.Finite(rejected, nameof(rejected));
    }
}
