namespace Repro.Tests.Unit.Configuration;

public sealed record SampleLengthReward : SampleReward
{
    public int Target { get; init; } = 10;
}
