namespace Repro.Core.Data.Records;

/// <summary>A reply and its place among the others.</summary>
/// <param name="Text">What is said.</param>
/// <param name="Rank">0 is best; equal ranks are a tie.</param>
public sealed record RankedReply(string Text, int Rank);
