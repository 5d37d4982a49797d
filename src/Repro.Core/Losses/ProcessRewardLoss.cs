using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>The loss of a process-supervised reward model: one judgement at the end of each step.</summary>
public static class ProcessRewardLoss
{
    /// <summary>Binary cross entropy of the outputs at step ends, averaged over all steps of the batch or over each sample's steps first.</summary>
    /// <param name="logits">Raw outputs, floating point, shape [batch, time].</param>
    /// <param name="labels">Probability that the step is right, from 0 to 1 where a step ends, shape [batch, time].</param>
    /// <param name="stepEnds">Shape [batch, time], 1 at the last token of a step.</param>
    /// <param name="reduction">Over steps, or over samples.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ReproException">Shapes do not fit, no step, a value at a step end is not finite or a label outside 0 to 1.</exception>
    public static Tensor BinaryCrossEntropy(Tensor logits, Tensor labels, Tensor stepEnds, LossReduction reduction = LossReduction.TokenLevel)
    {
        Guard.Shape(logits, nameof(logits), Guard.Any, Guard.Any);
        Guard.Floating(logits, nameof(logits));
        Guard.Same(labels, nameof(labels), logits, nameof(logits));
        using var scope = NewDisposeScope();
        var ends = Guard.CountingMask(stepEnds, nameof(stepEnds), logits.shape);
        Guard.FiniteWhere(logits, nameof(logits), ends);
        Guard.FiniteWhere(labels, nameof(labels), ends);
        var (output, label) = (Masked.Clean(logits, ends), Masked.Clean(labels, ends));
        if (label.lt(0).logical_or(label.gt(1)).any().item<bool>())
        {
            throw new ReproException("labels hold a value outside 0 to 1 at a step end; probabilities were expected.");
        }

        var losses = -(label * nn.functional.logsigmoid(output)) - ((1 - label) * nn.functional.logsigmoid(-output));
        return Masked.Reduce(losses, ends, reduction).MoveToOuterDisposeScope();
    }
}
