namespace Repro.Experiments.Claims;

/// <summary>One comparison, condition, reservation or gap that a spec found. Verdicts are derived from the outcomes.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Outcome">What it says.</param>
/// <param name="Published">The printed side as text, or null where nothing printed takes part.</param>
/// <param name="Recomputed">The recomputed number, or null for conditions and remarks.</param>
/// <param name="Detail">A condition, reason or tolerance in words; may be empty.</param>
/// <param name="Tolerance">
/// Where <paramref name="Recomputed"/> is a rounding error: the largest one allowed. Its digits depend on the processor, so that only the outcome can be compared between machines.
/// </param>
public sealed record Finding(string Name, Outcome Outcome, string? Published, double? Recomputed, string Detail, double? Tolerance = null);
