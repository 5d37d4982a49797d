namespace Repro.Experiments.Claims;

/// <summary>The executable check of one claim.</summary>
/// <param name="ClaimId">The claim it settles.</param>
/// <param name="Check">Computes the evidence from the inputs that the context hands out.</param>
public sealed record Spec(string ClaimId, Func<SpecContext, Evidence> Check);
