namespace Repro.Experiments.Claims;

/// <summary>What one run of one spec gave.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Verdict">The verdict, or null when the spec failed to run.</param>
/// <param name="Evidence">The evidence, or null when the spec failed to run.</param>
/// <param name="Error">Why the spec failed to run, or null.</param>
/// <param name="Seconds">Wall time.</param>
public sealed record ClaimResult(Claim Claim, Verdict? Verdict, Evidence? Evidence, string? Error, double Seconds);
