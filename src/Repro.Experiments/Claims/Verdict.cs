namespace Repro.Experiments.Claims;

/// <summary>What the evidence says about a claim. Derived in one place only: <see cref="VerdictRule"/>.</summary>
public enum Verdict
{
    /// <summary>Every comparison agrees at the printed precision and every condition is true.</summary>
    Holds,

    /// <summary>Agrees once the rounding of the printed inputs, or truncation instead of rounding, is allowed for.</summary>
    HoldsWithinRounding,

    /// <summary>Holds with a reservation that the explanation states.</summary>
    Qualified,

    /// <summary>The recomputation disagrees with the printed statement. A result, not a failing test.</summary>
    Contradicted,

    /// <summary>The interval spans the claim, or the inputs do not decide.</summary>
    Inconclusive,

    /// <summary>Inputs are not to be had; the explanation says what would run it.</summary>
    NotRun,
}
