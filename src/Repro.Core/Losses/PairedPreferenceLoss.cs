using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Repro.Core.Losses;

/// <summary>
/// Other losses of preference pairs. Every loss is one number a pair, shape [pairs]. With a and b the log-ratios of policy and reference on
/// the preferred and the rejected response, and h = a - b.
/// </summary>
public static class PairedPreferenceLoss
{
    /// <summary>EXO: the Kullback-Leibler divergence of the policy's two-way preference from the smoothed label.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">Above 0 and below 1: at 0 the divergence is infinite.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor Exo(PairLogProbs pairs, double beta, double labelSmoothing = 1e-3)
    {
        DpoLoss.Check(pairs, beta);
        TensorChecks.Between(labelSmoothing, double.Epsilon, Math.BitDecrement(1.0), nameof(labelSmoothing));
        using var scope = NewDisposeScope();
        var logit = pairs.Margin * beta;
        var right = logit.sigmoid() * (logsigmoid(logit) - Math.Log(1 - labelSmoothing));
        var wrong = (-logit).sigmoid() * (logsigmoid(-logit) - Math.Log(labelSmoothing));
        return (right + wrong).MoveToOuterDisposeScope();
    }

    /// <summary>SPPO with hard labels: (a - 1 / (2 beta))^2 + (b + 1 / (2 beta))^2.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor SppoHard(PairLogProbs pairs, double beta)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        return ((pairs.ChosenRatio - (0.5 / beta)).square() + (pairs.RejectedRatio + (0.5 / beta)).square()).MoveToOuterDisposeScope();
    }

    /// <summary>NCA: -log sigmoid(beta a) - (log sigmoid(-beta a) + log sigmoid(-beta b)) / 2.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Nca(PairLogProbs pairs, double beta)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = (pairs.ChosenRatio * beta, pairs.RejectedRatio * beta);
        return (-logsigmoid(chosen) - (logsigmoid(-chosen) * 0.5) - (logsigmoid(-rejected) * 0.5)).MoveToOuterDisposeScope();
    }

    /// <summary>AOT on pairs: the policy's and the reference's differences of a batch are sorted apart, and DPO is taken on the difference
    /// of the quantiles.</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs], in order of the quantiles.</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor AotPaired(PairLogProbs pairs, double beta, double labelSmoothing = 0)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        var policy = (pairs.PolicyChosen - pairs.PolicyRejected).sort(0).Values;
        var reference = (pairs.ReferenceChosen - pairs.ReferenceRejected).sort(0).Values;
        return DpoLoss.OfMargin((policy - reference) * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>AOT on unpaired samples: the log-ratios of preferred and rejected responses of a batch are sorted apart.</summary>
    /// <param name="pairs">Summed log-probabilities; which rejected response belongs to which preferred one does not matter.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="labelSmoothing">From 0 to 0.5.</param>
    /// <returns>Shape [pairs], in order of the quantiles.</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor AotUnpaired(PairLogProbs pairs, double beta, double labelSmoothing = 0)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        var margin = pairs.ChosenRatio.sort(0).Values - pairs.RejectedRatio.sort(0).Values;
        return DpoLoss.OfMargin(margin * beta, labelSmoothing).MoveToOuterDisposeScope();
    }

    /// <summary>BCO without a running mean of the rewards: -log sigmoid(beta a) - log sigmoid(-beta b).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor Bco(PairLogProbs pairs, double beta)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        return (-logsigmoid(pairs.ChosenRatio * beta) - logsigmoid(pairs.RejectedRatio * -beta)).MoveToOuterDisposeScope();
    }

    /// <summary>APO-zero, raises the preferred and lowers the rejected response: 1 - sigmoid(beta a) + sigmoid(beta b).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor ApoZero(PairLogProbs pairs, double beta)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        return (1 - (pairs.ChosenRatio * beta).sigmoid() + (pairs.RejectedRatio * beta).sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>APO-down, lowers both and the rejected one more: sigmoid(beta a) + 1 - sigmoid(beta h).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">Beta is not above 0.</exception>
    public static Tensor ApoDown(PairLogProbs pairs, double beta)
    {
        DpoLoss.Check(pairs, beta);
        using var scope = NewDisposeScope();
        return ((pairs.ChosenRatio * beta).sigmoid() + 1 - (pairs.Margin * beta).sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>DiscoPOP, the log-ratio modulated mixture: m * exp(-beta h) + (1 - m) * -log sigmoid(beta h) with m = sigmoid(beta h /
    /// tau).</summary>
    /// <param name="pairs">Summed log-probabilities.</param>
    /// <param name="beta">Above 0.</param>
    /// <param name="temperature">Tau, above 0.</param>
    /// <returns>Shape [pairs].</returns>
    /// <exception cref="ReproException">Shapes differ, no pair, or a value is not finite.</exception>
    /// <exception cref="ArgumentException">A number is impossible.</exception>
    public static Tensor DiscoPop(PairLogProbs pairs, double beta, double temperature)
    {
        DpoLoss.Check(pairs, beta);
        TensorChecks.Positive(temperature, nameof(temperature));
        using var scope = NewDisposeScope();
        var logit = pairs.Margin * beta;
        var modulation = (logit / temperature).sigmoid();
        return (((-logit).exp() * modulation) - (logsigmoid(logit) * (1 - modulation))).MoveToOuterDisposeScope();
    }
}
