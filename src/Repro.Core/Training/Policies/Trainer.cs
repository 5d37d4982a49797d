using System.Text.Json.Nodes;
using Repro.Core.Training.Optimization;
using static TorchSharp.torch;

namespace Repro.Core.Training.Policies;

/// <summary>What the trainers of this library have in common: the state that checkpoints hold, the export, and what is freed at the end.
/// The step is each trainer's own and reads from top to bottom; there is nothing to override within it.</summary>
public abstract class Trainer : ITrainer
{
    /// <inheritdoc/>
    public long TotalSteps => State.TotalSteps;

    /// <summary>Model and optimizer; they belong to the trainer.</summary>
    private protected abstract TrainingState State { get; }

    /// <inheritdoc/>
    public abstract StepReport Step(long step, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract IReadOnlyDictionary<string, double> Evaluate(CancellationToken cancellation);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> StateTensors() => State.Optimizer.StateTensors();

    /// <inheritdoc/>
    public virtual JsonObject StateValues() => State.Values();

    /// <inheritdoc/>
    public virtual void RestoreValues(JsonObject values) => State.Restore(values);

    /// <inheritdoc/>
    public virtual void Export(string folder) => State.Model.Export(folder);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        State.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What training changes: the parameters of a model, the moments of the optimizer, and what the loss remembers.</summary>
internal sealed class TrainingState : IDisposable
{
    private readonly IDisposable _owned;
    private readonly StepMemory? _memory;

    /// <summary>The state of a model without a reference; it belongs to the state.</summary>
    internal TrainingState(TrainedDecoder model, OptimizerSettings optimizer, ScheduleSettings schedule, long totalSteps)
    {
        (Model, _owned, TotalSteps) = (model, model, totalSteps);
        Optimizer = new TrainingOptimizer(model.TrainedParameters(), optimizer, schedule.Factor(totalSteps));
    }

    /// <summary>The state of a policy; the pair belongs to the state.</summary>
    /// <param name="policies">Policy and reference.</param>
    /// <param name="optimizer">The rule and its numbers.</param>
    /// <param name="schedule">The learning-rate schedule.</param>
    /// <param name="totalSteps">Steps of the whole run.</param>
    /// <param name="memory">What else a step changes; null for nothing.</param>
    internal TrainingState(
        PolicyPair policies, OptimizerSettings optimizer, ScheduleSettings schedule, long totalSteps, StepMemory? memory = null)
        : this(
            policies,
            new TrainingOptimizer(policies.Policy.TrainedParameters(), optimizer, schedule.Factor(totalSteps)),
            totalSteps,
            memory)
    {
    }

    /// <summary>The state of a policy whose optimizer also has other parameters, such as a value head.</summary>
    internal TrainingState(PolicyPair policies, TrainingOptimizer optimizer, long totalSteps, StepMemory? memory) =>
        (Model, _owned, Optimizer, TotalSteps, _memory) = (policies.Policy, policies, optimizer, totalSteps, memory);

    internal long TotalSteps { get; }

    /// <summary>The model that is trained.</summary>
    internal TrainedDecoder Model { get; }

    internal TrainingOptimizer Optimizer { get; }

    internal OptimizerStep BeginStep(long step) => new(Optimizer, step, _memory?.State);

    /// <summary>What is done until the result is disposed leaves nothing in what the loss remembers.</summary>
    internal MemoryGuard ProtectMemory() => new(_memory?.State);

    internal double LearningRate(long step) => Optimizer.LearningRate(step);

    /// <summary>The report of a step on given rows.</summary>
    /// <param name="metrics">Those of the loss; gradient norm, learning rate, epoch and tokens are added.</param>
    /// <param name="step">From 0.</param>
    /// <param name="gradientNorm">What <see cref="OptimizerStep.Apply"/> gave.</param>
    /// <param name="epoch">How often the data were gone through after the step.</param>
    /// <param name="tokens">Tokens of the batch, without padding.</param>
    internal StepReport Report(Dictionary<string, double> metrics, long step, double gradientNorm, double epoch, long tokens)
    {
        metrics["gradient_norm"] = gradientNorm;
        metrics["learning_rate"] = LearningRate(step);
        metrics["epoch"] = epoch;
        metrics["tokens"] = tokens;
        return new StepReport(metrics, tokens);
    }

    /// <summary>What checkpoints hold besides tensors; without a memory it is that of the optimizer alone.</summary>
    internal JsonObject Values() => _memory is null
        ? Optimizer.StateValues()
        : new JsonObject { ["optimizer"] = Optimizer.StateValues(), [_memory.Key] = _memory.State?.StateValues() };

    /// <summary>Takes over what <see cref="Values"/> gave.</summary>
    /// <exception cref="ReproException">A value is missing or wrong.</exception>
    internal void Restore(JsonObject values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (_memory is null)
        {
            Optimizer.RestoreValues(values);
            return;
        }

        Optimizer.RestoreValues(
            values["optimizer"] as JsonObject ?? throw new ReproException($"The state of {_memory.Stage} has no 'optimizer'."));
        _memory.State?.RestoreValues(values[_memory.Key] as JsonObject);
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        _owned.Dispose();
    }
}

/// <summary>What a loss remembers from step to step, such as a running threshold.</summary>
/// <param name="Stage">Name of the stage in messages.</param>
/// <param name="Key">Name of the memory in checkpoints.</param>
/// <param name="State">The memory; null where the loss of the run has none.</param>
internal sealed record StepMemory(string Stage, string Key, IStateful? State);
