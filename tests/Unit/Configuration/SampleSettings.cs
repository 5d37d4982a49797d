using Repro.Core.Configuration;
using Repro.Core.Training.Optimization;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Configuration;

/// <summary>Settings with every kind of value that a file can hold.</summary>
public sealed record SampleSettings
{
    public required string Name { get; init; }

    [Within(1, 64)]
    public int Rows { get; init; } = 8;

    public long? Limit { get; init; } = 10;

    public double Rate { get; init; } = 1e-5;

    public bool Fresh { get; init; }

    public OptimizerKind Kind { get; init; }

    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    [ConfigPath]
    public string? Folder { get; init; }

    [ConfigPath]
    public IReadOnlyList<string> Files { get; init; } = [];

    public IReadOnlyList<int> Sizes { get; init; } = [1, 2];

    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();

    public SampleReward? Reward { get; init; }

    public IReadOnlyList<SampleReward> Rewards { get; init; } = [];

    public SamplePair? Pair { get; init; }

    public int Computed => Rows * 2;
}
