using Repro.Core.Configuration;

namespace Repro.Tests.Unit.Configuration;

/// <summary>Settings of two forms.</summary>
[ConfigVariant("model", typeof(SampleModelReward))]
[ConfigVariant("length", typeof(SampleLengthReward))]
public abstract record SampleReward
{
    public double Weight { get; init; } = 1;
}
