using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>A printed statement that the evidence contradicts or qualifies.</summary>
/// <param name="Result">The result it comes from.</param>
/// <param name="Section">Section of the paper.</param>
/// <param name="Weight">How much hangs on it; larger is heavier.</param>
public sealed record Erratum(ClaimResult Result, string Section, int Weight);
