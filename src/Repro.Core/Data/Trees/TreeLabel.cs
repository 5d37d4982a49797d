namespace Repro.Core.Data.Trees;

/// <summary>What annotators said about a message on average.</summary>
/// <param name="Value">Mean, from 0 to 1.</param>
/// <param name="Count">Number of annotators.</param>
public readonly record struct TreeLabel(double Value, int Count);
