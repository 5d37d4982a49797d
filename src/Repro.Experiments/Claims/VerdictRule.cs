namespace Repro.Experiments.Claims;

/// <summary>The one place that turns findings into a verdict.</summary>
public static class VerdictRule
{
    /// <summary>
    /// The verdict of a list of findings. In this order: something absent is <see cref="Verdict.NotRun"/>; a disagreement contradicts;
    /// something undecided leaves the claim inconclusive; a reservation qualifies it; rounding weakens it; else it holds.
    /// </summary>
    /// <param name="findings">At least one finding that is not a mere reservation.</param>
    /// <exception cref="ArgumentException">Nothing was checked.</exception>
    public static Verdict Decide(IReadOnlyCollection<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        if (findings.All(f => f.Outcome == Outcome.Reservation))
        {
            throw new ArgumentException("a spec must check something: it gave no finding besides reservations", nameof(findings));
        }

        bool Any(Outcome outcome) => findings.Any(f => f.Outcome == outcome);
        return Any(Outcome.Absent) ? Verdict.NotRun
            : Any(Outcome.Disagrees) ? Verdict.Contradicted
            : Any(Outcome.Undecided) ? Verdict.Inconclusive
            : Any(Outcome.Reservation) ? Verdict.Qualified
            : Any(Outcome.AgreesWithinRounding) ? Verdict.HoldsWithinRounding
            : Verdict.Holds;
    }
}

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
