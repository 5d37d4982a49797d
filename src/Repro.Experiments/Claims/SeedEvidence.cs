using Repro.Core;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Claims;

/// <summary>Two arms of an experiment run with the same seeds, and what a claim says of them.</summary>
/// <param name="Name">The comparison in words, first arm first: <c>KL, b = 0.25 against b = 0.5</c>.</param>
/// <param name="First">Values of the first arm, one a seed.</param>
/// <param name="Second">Values of the second arm, one a seed.</param>
/// <param name="Margin">The smallest effect of interest, in the unit of the values.</param>
/// <param name="Claimed">What the claim, or the world in which the truth is planted, says.</param>
internal sealed record SeedComparison(
    string Name, IReadOnlyList<double> First, IReadOnlyList<double> Second, double Margin, PairedOutcome Claimed)
{
    /// <summary>The decision over the seeds.</summary>
    public PairedDecision Decide() => PairedDecision.Decide(First, Second, Margin);
}

/// <summary>What a comparison over seeds is for.</summary>
internal enum SeedRole
{
    /// <summary>The verdict rests on it.</summary>
    Deciding,

    /// <summary>A control whose answer is planted.</summary>
    Planted,

    /// <summary>A point of a sweep: shown, decides nothing by itself.</summary>
    Swept,
}

/// <summary>A comparison as the report draws it: every seed of both arms, the decision and what it is for.</summary>
/// <param name="Name">The comparison in words.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Decision">The decision, with the values of every seed.</param>
/// <param name="Claimed">What the claim says, or what was planted.</param>
internal sealed record SeedResult(string Name, SeedRole Role, PairedDecision Decision, PairedOutcome Claimed)
{
    /// <summary>Whether what was claimed or planted was found; for nothing planted a difference too small to matter is right as
    /// well.</summary>
    public bool AsClaimed => Decision.Outcome == Claimed
        || (Claimed == PairedOutcome.Undecided && Decision.Outcome == PairedOutcome.NoLargerDifference);
}

/// <summary>Writes comparisons over seeds into evidence: every seed's value, estimate, interval, p-value and family.</summary>
internal static class SeedEvidence
{
    /// <summary>What the reservation begins with that names a version of a design written after the result had been seen.</summary>
    public const string LaterRule = "rule of ";

    /// <summary>Starts the evidence of an experiment with a design: its name, version and hash, and its seeds, counted from the first
    /// of the seed set.</summary>
    /// <param name="context">The context of the spec.</param>
    /// <param name="design">Name of the design under <c>fixtures/designs</c>; it must name the claim.</param>
    /// <param name="seeds">How many seeds it has.</param>
    /// <exception cref="ReproException">The design is missing or was changed without a new version.</exception>
    public static EvidenceBuilder Designed(this SpecContext context, string design, out int seeds)
    {
        var decided = context.Design(design);
        seeds = decided.Seeds;
        var evidence = context.Evidence().RestOn(decided, context.Claim, "design");
        for (var seed = 0; seed < seeds; seed++)
        {
            evidence.Seed((ulong)(context.Seeds.FirstSimulated + seed));
        }

        return evidence;
    }

    /// <summary>
    /// Names the design that a claim rests on, with a reservation for each version that was written after the claim's result had been seen
    /// and gave it another verdict.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="design">The design.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="name">Name of the value that holds name, version and hash of the design.</param>
    public static EvidenceBuilder RestOn(this EvidenceBuilder evidence, ExperimentDesign design, Claim claim, string name)
    {
        foreach (var version in design.History)
        {
            if (version.VerdictsBefore.TryGetValue(claim.Id, out var before))
            {
                evidence.Reserve(
                    Invariant($"{LaterRule}{design.Id} v{version.Version}"),
                    Invariant($"written after the result had been seen; by version {version.Version - 1} it was {before}"));
            }
        }

        return evidence.Value(name, design.Stamp);
    }

    /// <summary>Comparisons that a claim rests on, each a finding; their sign-flip p-values are corrected together.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="comparisons">1 to 6 comparisons.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="ArgumentException">Too many comparisons, or too few seeds to decide them.</exception>
    public static EvidenceBuilder RequirePaired(this EvidenceBuilder evidence, params IReadOnlyList<SeedComparison> comparisons) =>
        Require(evidence, Family(comparisons));

    private static EvidenceBuilder Require(EvidenceBuilder evidence, IReadOnlyList<Decided> family)
    {
        foreach (var (comparison, decision) in family)
        {
            Write(evidence, comparison, decision);
            evidence.PairedFinding(comparison.Name, decision, comparison.Claimed, Describe(decision));
        }

        return evidence;
    }

    /// <summary>
    /// As <see cref="RequirePaired"/>, for a claim that may hold in some of its cases alone: where any comparison is as claimed, those that
    /// are not are reservations that say where the claim does not hold. Where none is and one is undecided, the claim may hold there: it is
    /// undecided, and those that disagree are reservations. Where all disagree, all are findings.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="comparisons">1 to 6 comparisons, corrected together.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="ArgumentException">Too many comparisons, or too few seeds to decide them.</exception>
    public static EvidenceBuilder RequireSomewhere(this EvidenceBuilder evidence, params IReadOnlyList<SeedComparison> comparisons)
    {
        var family = Family(comparisons);
        var holds = family.Exists(one => one.IsAsClaimed);
        var mayHold = family.Exists(one => one.Decision.Outcome == PairedOutcome.Undecided);
        foreach (var one in family)
        {
            var (comparison, decision) = one;
            Write(evidence, comparison, decision);
            if (!one.IsAsClaimed && (holds || (mayHold && decision.Outcome != PairedOutcome.Undecided)))
            {
                evidence.Reserve(comparison.Name, $"not here: {Words(decision.Outcome)}, {Describe(decision)}");
            }
            else
            {
                evidence.PairedFinding(comparison.Name, decision, comparison.Claimed, Describe(decision));
            }
        }

        return evidence;
    }

    /// <summary>
    /// A control in which the answer is planted: true, false or nothing there. Where the rule does not find it, the experiment cannot be
    /// trusted and the claim is left undecided.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="control">The comparison, with what was planted as what is claimed; <see cref="PairedOutcome.Undecided"/> stands for
    /// nothing there, where a difference too small to matter is right as well.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="ArgumentException">Too few seeds to decide it.</exception>
    public static EvidenceBuilder Planted(this EvidenceBuilder evidence, SeedComparison control)
    {
        var decision = control.Decide();
        var result = new SeedResult(control.Name, SeedRole.Planted, decision, control.Claimed);
        var found = result.AsClaimed;
        evidence.Compared(result).Value(
            $"planted: {control.Name}", $"{(found ? "found" : "not found")}: {Words(decision.Outcome)}, {Describe(decision)}");
        return found ? evidence : evidence.Undecided(
            $"planted: {control.Name}", $"{Words(control.Claimed)} was planted, {Words(decision.Outcome)} was found: {Describe(decision)}");
    }

    /// <summary>A point of a sweep: shown, decides nothing.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="comparison">The comparison.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="ArgumentException">Too few seeds to decide it.</exception>
    public static EvidenceBuilder Swept(this EvidenceBuilder evidence, SeedComparison comparison)
    {
        var decision = comparison.Decide();
        evidence.Compared(new SeedResult(comparison.Name, SeedRole.Swept, decision, comparison.Claimed));
        return evidence.Value(comparison.Name, $"{Words(decision.Outcome)}: {Describe(decision)}");
    }

    /// <summary>
    /// Comparisons at several values of the world, each corrected over its own comparisons. Where a claim holds at some values and not at
    /// others, the last value at which it holds carries the findings and the others are a reservation: the claim holds there only. Where it
    /// holds at none, or at all, the findings are those of the value named as central.
    /// </summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="world">What is varied, in words.</param>
    /// <param name="central">The one of them that decides when nothing depends on it.</param>
    /// <param name="values">Values in their order.</param>
    /// <param name="comparisons">The comparisons at a value.</param>
    /// <param name="where">Where it holds, in words: <c>noise sigma 0.1, 0.25; not at 0.5, 1</c>.</param>
    /// <returns>The evidence.</returns>
    /// <exception cref="ArgumentException">Too many comparisons, or too few seeds to decide them.</exception>
    public static EvidenceBuilder RequirePairedWhere(
        this EvidenceBuilder evidence, string world, double central, IReadOnlyList<double> values,
        Func<double, IReadOnlyList<SeedComparison>> comparisons, out string where)
    {
        var families = values.ToDictionary(value => value, value => Family(comparisons(value)));
        var holds = values.Where(value => families[value].All(one => one.IsAsClaimed)).ToList();
        var fails = values.Except(holds).ToList();
        where = $"{world} {(holds.Count == 0 ? "none" : InvariantText.Join(", ", holds))}"
            + (fails.Count == 0 ? string.Empty : $"; not at {InvariantText.Join(", ", fails)}");
        evidence.Value("holds at", where);
        if (holds.Count > 0 && fails.Count > 0)
        {
            evidence.Reserve(
                $"holds at {where}", string.Join("; ", fails.Select(value => Invariant($"at {value} {Failing(families[value])}"))));
        }

        var deciding = holds.Count == 0 || fails.Count == 0 ? central : holds[^1];
        // What is swept stands alone, without the correction.
        foreach (var (comparison, _) in values.Where(value => value != deciding).SelectMany(value => families[value]))
        {
            evidence.Compared(new SeedResult(comparison.Name, SeedRole.Swept, comparison.Decide(), comparison.Claimed));
        }

        return Require(evidence, families[deciding]);
    }

    private static List<Decided> Family(IReadOnlyList<SeedComparison> comparisons) =>
    [
        .. comparisons.Zip(
            PairedDecision.Family([.. comparisons.Select(comparison => comparison.Decide())]),
            (comparison, decision) => new Decided(comparison, decision)),
    ];

    private static string Failing(IReadOnlyList<Decided> family) => string.Join(", ", family.Where(one => !one.IsAsClaimed)
        .Select(one => Invariant($"{one.Comparison.Name} {one.Decision.Estimate:+0.###;-0.###;0}")));

    // A comparison with its decision, corrected within its family.
    private sealed record Decided(SeedComparison Comparison, PairedDecision Decision)
    {
        public bool IsAsClaimed => Decision.Outcome == Comparison.Claimed;
    }

    /// <summary>In how many seeds, all comparisons together, the difference has the claimed sign: <c>80 of 80</c>.</summary>
    /// <param name="comparisons">Comparisons that claim one arm to be larger.</param>
    public static string WithClaimedSign(params IReadOnlyList<SeedComparison> comparisons)
    {
        var seeds = comparisons.SelectMany(comparison => comparison.Claimed == PairedOutcome.FirstLarger
            ? comparison.First.Zip(comparison.Second) : comparison.Second.Zip(comparison.First)).ToList();
        return Invariant($"{seeds.Count(pair => pair.First > pair.Second)} of {seeds.Count}");
    }

    /// <summary>An outcome in words.</summary>
    /// <param name="outcome">The outcome.</param>
    public static string Words(PairedOutcome outcome) => outcome switch
    {
        PairedOutcome.FirstLarger => "first larger",
        PairedOutcome.SecondLarger => "second larger",
        PairedOutcome.NoLargerDifference => "no difference that matters",
        _ => "undecided",
    };

    /// <summary>A decision in words and numbers: <c>+0.057, 95 % t interval [0.049, 0.065], sign-flip p = 0.0078, 8 seeds</c>.</summary>
    /// <param name="decision">The decision.</param>
    public static string Describe(PairedDecision decision)
    {
        if (!decision.Differs)
        {
            return Invariant($"the arms are equal in all {decision.First.Count} seeds");
        }

        var interval = decision.TInterval;
        var family = decision.FamilySize == 1 ? string.Empty
            : Invariant($" ({decision.AdjustedP:G3} by Holm over {decision.FamilySize})");
        var small = decision.Outcome == PairedOutcome.NoLargerDifference
            ? Invariant($"; no difference larger than {decision.Margin:G3}") : string.Empty;
        var needed = decision.Outcome == PairedOutcome.Undecided && decision.SeedsNeeded() is { } seeds
            ? Invariant($"; about {seeds} seeds would decide") : string.Empty;
        return Invariant($"{decision.Estimate:+0.####;-0.####;0} [{interval.Lower:0.####}, {interval.Upper:0.####}], sign-flip p = ")
            + Invariant($"{decision.SignFlipP:G3}{family}, {decision.First.Count} seeds{small}{needed}");
    }

    private static void Write(EvidenceBuilder evidence, SeedComparison comparison, PairedDecision decision)
    {
        var name = comparison.Name;
        evidence.Compared(new SeedResult(name, SeedRole.Deciding, decision, comparison.Claimed));
        var (student, bootstrap) = (decision.TInterval, decision.BootstrapInterval);
        evidence.Value($"{name}: first arm by seed", Values(decision.First)).Value($"{name}: second arm by seed", Values(decision.Second))
            .Sample("seeds", decision.First.Count)
            .Interval(name, student.Lower, student.Upper, "paired t over seeds", 1 - PairedDecision.Level, decision.Estimate)
            .Interval(name, bootstrap.Lower, bootstrap.Upper, "percentile bootstrap, decides nothing", 1 - PairedDecision.Level)
            .PValue($"{name}: sign-flip", decision.SignFlipP);
        if (decision.FamilySize > 1)
        {
            evidence.PValue(Invariant($"{name}: sign-flip, Holm over {decision.FamilySize}"), decision.AdjustedP);
        }
    }

    private static string Values(IReadOnlyList<double> values) => values.Distinct().Take(2).Count() == 1
        ? Invariant($"{values[0]:G5} each")
        : string.Join(" ", values.Select(value => Invariant($"{value:G5}")));
}
