namespace Repro.Tests.Unit.Configuration;

/// <summary>A positional record.</summary>
public sealed record SamplePair(double Low, double High = 1);
