using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;

namespace Repro.Core.Training;

/// <summary>The frame of every optimiser step: it happens whole or not at all.</summary>
public static class GradientStep
{
    /// <summary>Runs backward for all micro-batches and then moves the parameters.</summary>
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

/// <summary>The gradients of one optimiser step, for a step that is written as a loop: they are applied whole, or forgotten when this is
/// disposed.</summary>
/// <param name="optimizer">Holds the parameters.</param>
public sealed class StepGradients(TrainingOptimizer optimizer) : IDisposable
{
    private bool _applied;

    /// <summary>Clips the gradients and moves the parameters.</summary>
    /// <param name="step">From 0.</param>
    /// <returns>The norm of the gradient before clipping.</returns>
    /// <exception cref="ReproException">The gradient is not finite; parameters and moments are as before.</exception>
    public double Apply(long step)
    {
        var norm = optimizer.Update(step);
        _applied = true;
        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_applied)
        {
            optimizer.ClearGradients();
        }
    }
}

/// <summary>Which rows each step takes: epoch after epoch, in fresh random order or as they stand. Nothing has to be kept to go on in the
/// middle.</summary>
public sealed class StepRows
{
    private readonly DataOrder _order;
    private readonly bool _shuffle;

    /// <summary>Takes the settings.</summary>
    /// <param name="rows">Rows of the data, at least 1.</param>
    /// <param name="rowsPerStep">Rows of one step, at least 1; the last step of an epoch may have fewer.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="streams">Where orders are drawn from.</param>
    public StepRows(int rows, int rowsPerStep, bool shuffle, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(streams);
        _shuffle = shuffle;
        _order = new DataOrder(rows, rowsPerStep, epoch => streams.For(RandomStreams.DataOrder, epoch));
    }

    /// <summary>Steps of one epoch.</summary>
    public long StepsPerEpoch => _order.StepsPerEpoch;

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0 over all epochs.</param>
    public IReadOnlyList<int> Of(long step)
    {
        if (_shuffle)
        {
            return _order.Of(step);
        }

        var first = (int)(step % _order.StepsPerEpoch) * _order.RowsPerStep;
        return [.. Enumerable.Range(first, Math.Min(_order.RowsPerStep, _order.Rows - first))];
    }
}

/// <summary>Checks of settings that all trainers share.</summary>
internal static class TrainerChecks
{
    /// <exception cref="ReproException">A number is below 1, or there are no rows.</exception>
    internal static void Sizes<T>(BatchSettings batch, int epochs, IReadOnlyCollection<T> rows, string what)
    {
        AtLeastOne("batch_size", batch.BatchSize);
        AtLeastOne("micro_batch_size", batch.MicroBatchSize ?? 1);
        AtLeastOne("epochs", epochs);
        if (rows.Count == 0)
        {
            throw new ReproException($"There are no {what}; at least one was expected.");
        }
    }

    private static void AtLeastOne(string key, int value)
    {
        if (value < 1)
        {
            throw new ReproException(Invariant($"{key} must be at least 1, was {value}."));
        }
    }
}
