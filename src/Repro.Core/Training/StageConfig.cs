using Repro.Core.Optimization;

namespace Repro.Core.Training;

/// <summary>What every stage's file says. Keys are the property names in snake_case; paths are relative to the file.</summary>
public abstract record StageConfig
{
    /// <summary>Which stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Seed of all streams of random numbers.</summary>
    public required long Seed { get; init; }

    /// <summary>The model that is trained.</summary>
    public required ModelSettings Model { get; init; }

    /// <summary>How parameters move.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>How the learning rate goes.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>When to log, evaluate and keep checkpoints.</summary>
    public RunSettings Run { get; init; } = new();
}
