namespace Repro.Tests.Unit.Training.Configuration;

public sealed record SampleModelReward : SampleReward
{
    public required string Adapter { get; init; }
}
