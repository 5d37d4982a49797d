using System.Text.Json.Nodes;
using Repro.Core.Batching;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Training.Optimization;
using static TorchSharp.torch;

namespace Repro.Core.Training;

/// <summary>
/// One optimizer step, which happens whole or not at all: gradients are added between its start and <see cref="Apply"/>. Disposed without
/// that, because a micro-batch failed or the run was cancelled, it clears the gradients and puts back what the loss remembers.
/// </summary>
/// <param name="optimizer">Holds the parameters.</param>
/// <param name="step">From 0.</param>
/// <param name="memory">What else a step changes, such as the running threshold of an adaptive loss; null for nothing.</param>
public sealed class OptimizerStep(TrainingOptimizer optimizer, long step, IStateful? memory = null) : IDisposable
{
    private readonly MemoryGuard _memory = new(memory);
    private bool _applied;

    /// <summary>Refuses a loss that is not a number, with the step in the message.</summary>
    /// <param name="loss">The loss of a micro-batch.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ReproException">It is not finite.</exception>
    public double RequireFinite(double loss) => GradientStep.Finite(loss, step);

    /// <summary>Clips the gradients, moves the parameters and clears the gradients.</summary>
    /// <returns>The norm of the gradient before clipping.</returns>
    /// <exception cref="ReproException">The gradient is not finite; parameters and moments are as before.</exception>
    public double Apply()
    {
        var norm = optimizer.Update(step);
        _memory.Keep();
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

        _memory.Dispose();
    }
}

/// <summary>Puts back what a loss remembers when it is disposed, unless <see cref="Keep"/> was called.</summary>
/// <param name="memory">What to put back; null for nothing.</param>
internal sealed class MemoryGuard(IStateful? memory) : IDisposable
{
    private readonly JsonObject? _before = memory?.StateValues();
    private bool _kept;

    /// <summary>Leaves everything as it is now.</summary>
    internal void Keep() => _kept = true;

    public void Dispose()
    {
        if (!_kept)
        {
            memory?.RestoreValues(_before);
        }
    }
}

/// <summary>What trainers share around an optimizer step.</summary>
public static class GradientStep
{
    /// <summary>Refuses a loss that is not a number, with the step in the message, counted from 1 as in the metrics.</summary>
    /// <param name="loss">The loss of a micro-batch.</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>The loss.</returns>
    /// <exception cref="ReproException">It is not finite.</exception>
    public static double Finite(double loss, long step) => double.IsFinite(loss)
        ? loss
        : throw new ReproException(
            Invariant($"The loss at step {step + 1} is {loss}; the parameters were left as they were before the step."))
        {
            HasDiverged = true,
        };

    /// <summary>Cuts a batch into micro-batches, in order.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="microBatchSize">Most rows of a micro-batch; null for all at once.</param>
    /// <typeparam name="T">What a row is.</typeparam>
    public static IEnumerable<IReadOnlyList<T>> MicroBatches<T>(IReadOnlyList<T> rows, int? microBatchSize)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return microBatchSize is { } most && most < rows.Count ? rows.Chunk(most) : [rows];
    }

    /// <summary>Cuts a batch into micro-batches of rows of like lengths, which saves padding, the longest first. The sum over the batch
    /// does not depend on the cut.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="microBatchSize">Most rows of a micro-batch; null for any number.</param>
    /// <param name="fewestTokens">Whether micro-batches may have fewer rows where less padding is computed then.</param>
    /// <typeparam name="T">What a row is.</typeparam>
    internal static IEnumerable<IReadOnlyList<T>> MicroBatches<T>(
        IReadOnlyList<T> rows, Func<T, int> length, int? microBatchSize, bool fewestTokens) => fewestTokens
        ? LengthParts.Split(rows, length, microBatchSize)
        : MicroBatches([.. rows.OrderByDescending(length)], microBatchSize);
}

/// <summary>Which rows each step takes: epoch after epoch, in fresh random order or as they stand. It depends on the step alone, so that a
/// resumed run needs nothing but the step.</summary>
public sealed class BatchSampler
{
    private readonly DataOrder _order;
    private readonly bool _shuffle;

    /// <summary>Takes the settings.</summary>
    /// <param name="rows">Rows of the data, at least 1.</param>
    /// <param name="batchSize">Rows of one step, at least 1; the last step of an epoch may have fewer.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="streams">Where orders are drawn from.</param>
    public BatchSampler(int rows, int batchSize, bool shuffle, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(streams);
        _shuffle = shuffle;
        _order = new DataOrder(rows, batchSize, epoch => streams.For(RandomStreams.DataOrder, epoch));
    }

    /// <summary>Steps of one epoch.</summary>
    public long StepsPerEpoch => _order.StepsPerEpoch;

    /// <summary>How often the data were gone through after a step.</summary>
    /// <param name="step">From 0 over all epochs.</param>
    internal double Epoch(long step) => (step + 1.0) / StepsPerEpoch;

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0 over all epochs.</param>
    /// <returns>Indices of rows.</returns>
    public IReadOnlyList<int> Batch(long step)
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

/// <summary>A copy of everything that a trainer changes, to go back to when a step of several updates fails half-way.</summary>
internal sealed class StateSnapshot : IDisposable
{
    private readonly ITrainer _trainer;
    private readonly Dictionary<string, Tensor> _tensors;
    private readonly JsonObject _values;

    internal StateSnapshot(ITrainer trainer)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _trainer = trainer;
        _tensors = trainer.StateTensors()
            .ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
        _values = trainer.StateValues();
    }

    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
        {
            tensor.Dispose();
        }
    }

    internal void Restore()
    {
        using var noGrad = no_grad();
        foreach (var (name, tensor) in _trainer.StateTensors())
        {
            using var target = tensor.detach();
            target.copy_(_tensors[name]);
        }

        _trainer.RestoreValues(_values);
    }
}
