using Repro.Core.Optimization;

namespace Repro.Core.Training.Shared;

/// <summary>The frame of every optimiser step: it happens whole or not at all.</summary>
public static class GradientStep
{
    /// <summary>Runs the ways back of all micro-batches and then moves the parameters.</summary>
    /// <param name="optimizer">Holds the parameters.</param>
    /// <param name="step">From 0.</param>
    /// <param name="backward">Adds gradients; when it throws they are forgotten.</param>
    /// <returns>The norm of the gradient before clipping.</returns>
    /// <exception cref="ReproException">The gradient is not finite; parameters and moments are as before.</exception>
    public static double Run(TrainingOptimizer optimizer, long step, Action backward)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(backward);
        try
        {
            backward();
        }
        catch
        {
            optimizer.ClearGradients();
            throw;
        }

        return optimizer.Update(step);
    }

    /// <summary>Refuses a loss that is not a number, with the step in the message.</summary>
    /// <param name="loss">The loss of a micro-batch.</param>
    /// <param name="step">The step.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ReproException">It is not finite.</exception>
    public static double Finite(double loss, long step) =>
        double.IsFinite(loss) ? loss : throw new ReproException(Invariant($"The loss at step {step} is {loss}; the parameters were left as they were before the step."));

    /// <summary>Cuts a batch into parts of at most so many rows.</summary>
    /// <param name="rows">Rows of the batch, in order.</param>
    /// <param name="microRows">Most rows of a part; null for all at once.</param>
    /// <typeparam name="T">What a row is.</typeparam>
    public static IEnumerable<IReadOnlyList<T>> Parts<T>(IReadOnlyList<T> rows, int? microRows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return microRows is { } most && most < rows.Count ? rows.Chunk(most) : [rows];
    }
}
