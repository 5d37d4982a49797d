namespace Repro.Tests.Unit.Training.Configuration;

public sealed record SampleLengthReward : SampleReward
{
    public int Target { get; init; } = 10;
}
