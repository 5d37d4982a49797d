namespace Repro.Experiments.Claims;

/// <summary>An interval of the evidence.</summary>
/// <param name="Name">What it is an interval of.</param>
/// <param name="Lower">Lower bound, in the unit of the quantity.</param>
/// <param name="Upper">Upper bound, in the unit of the quantity.</param>
/// <param name="Level">Two-sided confidence level, such as 0.95.</param>
/// <param name="Method">How it was computed: Wilson, Newcombe, bootstrap.</param>
/// <param name="Estimate">The estimate that it is an interval of, or null.</param>
public sealed record NamedInterval(string Name, double Lower, double Upper, double Level, string Method, double? Estimate = null);
