namespace Repro.Tests.Unit.Configuration;

public sealed record SampleModelReward : SampleReward
{
    public required string Adapter { get; init; }
}
