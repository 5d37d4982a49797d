using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Claims;

/// <summary>The one place that turns findings into a verdict, and tests and intervals into findings.</summary>
public static class VerdictRule
{
    /// <summary>The level of every test and, as 1 minus it, of every interval that decides.</summary>
    public const double Level = 0.05;

    /// <summary>What a two-sided test says about a claimed lead. Exchanging the sides exchanges agreement and disagreement.</summary>
    /// <param name="lead">Positive when the claimed side leads, negative when the other one does, 0 for a tie.</param>
    /// <param name="p">Two-sided p-value of equal sides.</param>
    /// <returns>Undecided for a tie and within chance.</returns>
    public static Outcome OfLead(int lead, double p) =>
        lead == 0 || !(p < Level) ? Outcome.Undecided : lead > 0 ? Outcome.Agrees : Outcome.Disagrees;

    /// <summary>What an interval says about the side of a threshold on which a claim puts a quantity.</summary>
    /// <param name="lower">Lower bound.</param>
    /// <param name="upper">Upper bound.</param>
    /// <param name="claimed">The claimed side.</param>
    /// <param name="threshold">The threshold; where it touches the interval nothing is decided.</param>
    public static Outcome OfInterval(double lower, double upper, Side claimed, double threshold)
    {
        var (above, below) = (lower > threshold, upper < threshold);
        return !above && !below ? Outcome.Undecided : above == (claimed == Side.Above) ? Outcome.Agrees : Outcome.Disagrees;
    }

    /// <summary>What a decision over paired seeds says about a claim. Exchanging the arms on both sides changes nothing.</summary>
    /// <param name="found">What the seeds say.</param>
    /// <param name="claimed">What the claim says: one arm is larger, or there is no difference that matters.</param>
    /// <exception cref="ArgumentException">The claim says nothing.</exception>
    public static Outcome OfPaired(PairedOutcome found, PairedOutcome claimed) =>
        claimed == PairedOutcome.Undecided
            ? throw new ArgumentException("a claim must say which arm is larger, or neither", nameof(claimed))
        : found == PairedOutcome.Undecided ? Outcome.Undecided
        : found == claimed ? Outcome.Agrees : Outcome.Disagrees;

    /// <summary>The verdict of a claim.</summary>
    /// <param name="claim">The claim: what is a finding of ours is never contradicted.</param>
    /// <param name="findings">At least one finding that is not a mere reservation.</param>
    /// <exception cref="ArgumentException">Nothing was checked, or the mode of the claim is not that of its findings.</exception>
    public static Verdict Decide(Claim claim, IReadOnlyCollection<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(claim);
        ArgumentNullException.ThrowIfNull(findings);
        var byChance = findings.FirstOrDefault(f => f.ByChance);
        if (claim.Mode == ClaimMode.Descriptive && byChance is not null)
        {
            throw new ArgumentException($"{claim.Id} is descriptive, but '{byChance.Name}' lets chance decide: its mode should be "
                + $"inferential", nameof(findings));
        }

        if (claim.Mode == ClaimMode.Inferential && byChance is null && findings.All(
            f => f.Outcome is not (Outcome.Absent or Outcome.Undecided)))
        {
            throw new ArgumentException($"{claim.Id} is inferential, but no test or interval decides: its mode should be "
                + $"descriptive", nameof(findings));
        }

        return Decide(findings, claim.Class);
    }

    /// <summary>
    /// The verdict of a list of findings. In this order: something absent is <see cref="Verdict.NotRun"/>; a disagreement contradicts what
    /// a paper printed, while a finding of ours that is not found again is undecided; something undecided leaves the claim inconclusive; a
    /// reservation qualifies it; rounding weakens it; else it holds.
    /// </summary>
    /// <param name="findings">At least one finding that is not a mere reservation.</param>
    /// <param name="class">Whose statement it is.</param>
    /// <exception cref="ArgumentException">Nothing was checked.</exception>
    public static Verdict Decide(IReadOnlyCollection<Finding> findings, ClaimClass @class = ClaimClass.Published)
    {
        ArgumentNullException.ThrowIfNull(findings);
        if (findings.All(f => f.Outcome == Outcome.Reservation))
        {
            throw new ArgumentException("a spec must check something: it gave no finding besides reservations", nameof(findings));
        }

        bool Any(Outcome outcome) => findings.Any(f => f.Outcome == outcome);
        return Any(Outcome.Absent) ? Verdict.NotRun
            : Any(Outcome.Disagrees) ? @class == ClaimClass.Published ? Verdict.Contradicted : Verdict.Inconclusive
            : Any(Outcome.Undecided) ? Verdict.Inconclusive
            : Any(Outcome.Reservation) ? Verdict.Qualified
            : Any(Outcome.AgreesWithinRounding) ? Verdict.HoldsWithinRounding
            : Verdict.Holds;
    }
}

/// <summary>Tests that are corrected together, because they stand in one table or list.</summary>
internal sealed class TestFamily
{
    /// <summary>Corrects p-values by Holm's method.</summary>
    /// <param name="name">Name of the table or list, as the claims give it in <c>family</c>.</param>
    /// <param name="pValues">Raw p-values, at least one.</param>
    /// <exception cref="ArgumentException">No value, or one that is no probability.</exception>
    public TestFamily(string name, IReadOnlyList<double> pValues)
    {
        Name = name;
        PValues = pValues;
        Adjusted = Holm.Adjust(pValues);
    }

    /// <summary>Name of the table or list.</summary>
    public string Name { get; }

    /// <summary>Raw p-values.</summary>
    public IReadOnlyList<double> PValues { get; }

    /// <summary>p-values after Holm's correction, in the same order.</summary>
    public IReadOnlyList<double> Adjusted { get; }

    /// <summary>The correction in words: <c>Holm over the 6 of Table 16</c>.</summary>
    public string Correction => Invariant($"Holm over the {PValues.Count} of {Name}");
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

    /// <summary>The recomputation disagrees with the printed statement; never that of a finding. A result, not a failing test.</summary>
    Contradicted,

    /// <summary>Within chance, whichever side leads; or the inputs do not decide.</summary>
    Inconclusive,

    /// <summary>Inputs are not to be had; the explanation says what would run it.</summary>
    NotRun,
}

/// <summary>How results stand, published claims and findings apart.</summary>
/// <param name="Published">Published claims by verdict; those that failed to run are left out.</param>
/// <param name="Findings">Findings by verdict.</param>
internal sealed record VerdictCounts(IReadOnlyDictionary<Verdict, int> Published, IReadOnlyDictionary<Verdict, int> Findings)
{
    /// <summary>Counts results.</summary>
    /// <param name="results">The results.</param>
    public static VerdictCounts Count(IEnumerable<ClaimResult> results)
    {
        var settled = results.Where(r => r.Verdict is not null).ToLookup(r => r.Claim.Class, r => r.Verdict!.Value);
        Dictionary<Verdict, int> Count(ClaimClass of) => settled[of].GroupBy(v => v).OrderBy(g => g.Key)
            .ToDictionary(g => g.Key, g => g.Count());
        return new VerdictCounts(Count(ClaimClass.Published), Count(ClaimClass.Finding));
    }

    /// <summary>Counts in words: <c>250 Holds, 40 Contradicted</c>.</summary>
    /// <param name="counts">One of the two.</param>
    public static string Describe(IReadOnlyDictionary<Verdict, int> counts) => string.Join(
        ", ", counts.Select(c => Invariant($"{c.Value} {c.Key}")));
}
