using Repro.Core.Configuration;
using Repro.Core.Tokenization;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;

namespace Repro.Tests.Unit.Training.Runs;

internal sealed record LineConfig : StageConfig
{
    [ConfigPath]
    public string? Data { get; init; }

    public int Epochs { get; init; } = 1;

    internal static LineConfig Of(long seed = 1, RunSettings? run = null, string? data = null) => new()
    {
        Stage = "line",
        Seed = seed,
        Model = new ModelSettings { Path = "none" },
        Optimizer = new OptimizerSettings { LearningRate = 0.05 },
        Run = run ?? new RunSettings { CheckpointEvery = 3, EvaluateEvery = 4, KeepCheckpoints = 2 },
        Data = data,
    };
}
