using Repro.Core.Data;
using Repro.Core.Training.Optimization;

namespace Repro.Core.Training;

/// <summary>A kind of training that a configuration file can ask for: it turns settings into a trainer, or plans what it
/// would do.</summary>
public interface IStage
{
    /// <summary>What <c>stage:</c> says in the file, such as <c>sft</c>.</summary>
    string Name { get; }

    /// <summary>The record that the file is read into; derived from <see cref="StageConfig"/>.</summary>
    Type ConfigType { get; }

    /// <summary>Loads models and data.</summary>
    /// <param name="config">Of <see cref="ConfigType"/>.</param>
    /// <param name="notes">Takes what was read, left out, cut and changed: <see cref="Runs.RunFolder.Data"/>, so that the run records
    /// it.</param>
    /// <param name="cancellation">Stops the loading.</param>
    /// <exception cref="ReproException">A file is missing or not valid, or settings do not fit together.</exception>
    ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation);

    /// <summary>Checks files, formats and shapes and estimates memory and time without loading weights.</summary>
    /// <param name="config">Of <see cref="ConfigType"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    StagePlan Plan(StageConfig config, CancellationToken cancellation);
}

/// <summary>What every stage's file says. Keys are the property names in snake_case; paths are relative to the file.</summary>
public abstract record StageConfig
{
    /// <summary>Which stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Seed of all streams of random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>The model that is trained.</summary>
    public required ModelSettings Model { get; init; }

    /// <summary>The optimizer.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>The learning-rate schedule.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>When to log, evaluate and keep checkpoints.</summary>
    public RunSettings Run { get; init; } = new();
}

/// <summary>What a run would need and do.</summary>
/// <param name="Checks">What was checked.</param>
/// <param name="Steps">Steps of the run: those of the data, or fewer where <see cref="RunSettings.MaximumSteps"/> ends it early.</param>
/// <param name="TokensPerStep">Tokens that go through the model in one step, about.</param>
/// <param name="BaseScalars">Scalars of the model.</param>
/// <param name="TrainedScalars">Scalars that are trained.</param>
/// <param name="MemoryBytes">Estimated peak memory of the device by part: weights, gradients, moments, activations, logits, cache.</param>
/// <param name="FloatingPointOperations">Of the whole run, about.</param>
public sealed record StagePlan(
    IReadOnlyList<PlanCheck> Checks,
    long Steps,
    long TokensPerStep,
    long BaseScalars,
    long TrainedScalars,
    IReadOnlyDictionary<string, long> MemoryBytes,
    double FloatingPointOperations)
{
    /// <summary>What was read, left out, cut and changed, a line for each data set and reason.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];
}

/// <summary>One thing that was checked before a run.</summary>
/// <param name="Subject">Which file, key or shape.</param>
/// <param name="Finding">What was found.</param>
/// <param name="Problem">What is wrong; null if all is well.</param>
public sealed record PlanCheck(string Subject, string Finding, string? Problem = null);
