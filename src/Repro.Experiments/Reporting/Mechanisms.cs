using System.Globalization;
using System.Text;
using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Reporting;

/// <summary>A claim within a family of experiments.</summary>
/// <param name="Family">Id of the family.</param>
/// <param name="Result">The claim with its verdict.</param>
/// <param name="Comparisons">Its comparisons over seeds that this family made.</param>
/// <param name="Elsewhere">Id of the family whose part has the evidence, or null where it is this one.</param>
internal sealed record MechanismPart(string Family, ClaimResult Result, IReadOnlyList<SeedResult> Comparisons, string? Elsewhere)
{
    /// <summary>What the figure draws: the comparisons that decide, and those of the trainer beside an exact optimum; where none decides,
    /// because the world cannot be judged by, those that are shown.</summary>
    public IReadOnlyList<SeedResult> Drawn
    {
        get
        {
            IReadOnlyList<SeedResult> swept = [.. Comparisons.Where(one => one.Role == SeedRole.Swept)];
            IReadOnlyList<SeedResult> drawn = [.. Comparisons.Where(one => one.Role == SeedRole.Deciding
                || (one.Role == SeedRole.Swept && MechanismList.IsTrained(one)))];
            return drawn.Count > 0 ? drawn : swept;
        }
    }

    /// <summary>Anchor of its figure.</summary>
    public string FigureId => $"seeds-{Family}-{Result.Claim.Id}";
}

/// <summary>A training experiment or a simulation, with the claims that it decides.</summary>
/// <param name="Title">What is compared.</param>
/// <param name="Trains">The training experiment, or null for a simulation.</param>
/// <param name="Design">What was decided before it was run.</param>
/// <param name="Parts">Its claims.</param>
internal sealed record MechanismFamily(string Title, IExperiment? Trains, ExperimentDesign Design, IReadOnlyList<MechanismPart> Parts)
{
    /// <summary>The commands that repeat it.</summary>
    public string Command => (Trains is null ? string.Empty
            : TrainingRuns.Command([Trains], SeedSet.Fixture).Replace("repro", Run, StringComparison.Ordinal) + "\n")
        + $"{Run} verify --claim \"{string.Join(",", Design.Claims)}\"";

    private const string Run = "dotnet run --project src/Repro.Experiments --";

    /// <summary>Whether a version was decided when results had been seen: every later version whose reason does not begin with
    /// "before".</summary>
    public static bool AfterResults(DesignVersion version) =>
        version.Version > 1 && !version.Reason.StartsWith("before", StringComparison.Ordinal);
}

/// <summary>All mechanism claims: those of experiments and simulations, exact checks, and those without a check.</summary>
/// <param name="Families">Experiments and simulations, experiments first.</param>
/// <param name="Exact">Claims that are checked exactly, in catalogue order.</param>
/// <param name="Unchecked">Claims that have no spec.</param>
/// <param name="Study">What the study says of some of them.</param>
internal sealed record MechanismList(
    IReadOnlyList<MechanismFamily> Families, IReadOnlyList<ClaimResult> Exact, IReadOnlyList<Claim> Unchecked, Study Study)
{
    private static readonly Dictionary<string, string> Simulations = new(StringComparer.Ordinal)
    {
        ["tabular"] = "exact optima of small tabular policies",
        ["segmentation"] = "segmentations of responses with known token rewards",
        ["judging"] = "order of responses and repeated generation in judged studies",
        ["regressions"] = "weights, resampling and decay in small reward regressions",
    };

    /// <summary>Every mechanism claim that has a result, once, experiments first.</summary>
    public IReadOnlyList<ClaimResult> Results =>
        [.. Families.SelectMany(family => family.Parts).Select(part => part.Result).Concat(Exact).DistinctBy(result => result.Claim.Id)];

    /// <summary>Whether a comparison is of the real trainer, beside the exact optimum of the same claim.</summary>
    internal static bool IsTrained(SeedResult result) => result.Name.StartsWith("trained", StringComparison.Ordinal);

    /// <summary>Sorts results by their designs.</summary>
    /// <param name="inputs">The catalogue and the designs.</param>
    /// <param name="results">Results with evidence.</param>
    /// <exception cref="ReproException">A design is malformed or was changed without a new version.</exception>
    public static MechanismList Collect(ExperimentInputs inputs, IEnumerable<ClaimResult> results)
    {
        var mechanisms = results.Where(result => result.Claim.Kind == ClaimKind.Mechanism)
            .ToDictionary(result => result.Claim.Id, StringComparer.Ordinal);
        List<ExperimentDesign> designs =
        [
            .. Directory.EnumerateFiles(inputs.DesignFolder, "*.yaml").Order(StringComparer.Ordinal).Select(ExperimentDesign.Read),
        ];
        var designed = designs.SelectMany(design => design.Claims).ToHashSet(StringComparer.Ordinal);
        return new MechanismList(
            [.. designs.Select(design => Family(design, designs, mechanisms))],
            [.. mechanisms.Values.Where(result => !designed.Contains(result.Claim.Id))],
            [.. inputs.Catalog.Claims.Where(claim => claim.Kind == ClaimKind.Mechanism && !mechanisms.ContainsKey(claim.Id))],
            Study.Read(inputs));
    }

    private static MechanismFamily Family(
        ExperimentDesign design, IReadOnlyList<ExperimentDesign> designs, Dictionary<string, ClaimResult> results)
    {
        var experiment = Experiment(design.Id);
        return new MechanismFamily(experiment?.Title ?? Simulations.GetValueOrDefault(design.Id, design.Id), experiment, design,
            [.. design.Claims.Where(results.ContainsKey).Select(id => Part(design, designs, results[id]))]);
    }

    // A claim with an exact optimum and a trainer has a part in both; one of two experiments has its part with the first.
    private static MechanismPart Part(ExperimentDesign design, IReadOnlyList<ExperimentDesign> designs, ClaimResult result)
    {
        var all = designs.Where(other => other.Claims.Contains(result.Claim.Id)).Select(other => other.Id).ToList();
        var comparisons = result.Evidence!.Comparisons;
        if (all.Exists(id => Experiment(id) is null) && all.Exists(id => Experiment(id) is not null))
        {
            var trains = Experiment(design.Id) is not null;
            return new MechanismPart(design.Id, result, [.. comparisons.Where(one => IsTrained(one) == trains)], null);
        }

        return all[0] == design.Id
            ? new MechanismPart(design.Id, result, comparisons, null)
            : new MechanismPart(design.Id, result, [], all[0]);
    }

    private static IExperiment? Experiment(string id) => ExperimentList.All.FirstOrDefault(experiment => experiment.Id == id);
}

/// <summary>How comparisons over seeds read, in the report and in <c>docs/mechanisms.md</c>.</summary>
internal static class SeedText
{
    /// <summary>The mean difference with its interval: <c>+0.0316 [0.0262, 0.037]</c>.</summary>
    public static string Effect(PairedDecision decision) => decision.Differs
        ? Invariant($"{decision.Estimate:+0.####;-0.####;0} [{decision.TInterval.Lower:0.####}, {decision.TInterval.Upper:0.####}]")
        : "equal in all seeds";

    /// <summary>An outcome in words.</summary>
    public static string Outcome(PairedOutcome outcome) => outcome switch
    {
        PairedOutcome.FirstLarger => "first arm larger",
        PairedOutcome.SecondLarger => "second arm larger",
        PairedOutcome.NoLargerDifference => "no difference that matters",
        _ => "undecided",
    };

    /// <summary>A sign for an outcome, shown beside its words.</summary>
    public static string Symbol(PairedOutcome outcome) => outcome switch
    {
        PairedOutcome.FirstLarger => "▲",
        PairedOutcome.SecondLarger => "▼",
        PairedOutcome.NoLargerDifference => "=",
        _ => "?",
    };

    /// <summary>Replaces the names that outcomes have in the code by words.</summary>
    public static string Words(string detail) => Enum.GetValues<PairedOutcome>().Aggregate(
        detail, (text, outcome) => text.Replace($"{outcome}", Outcome(outcome), StringComparison.Ordinal));

    /// <summary>What was planted.</summary>
    public static string Planted(PairedOutcome claimed) => claimed == PairedOutcome.Undecided ? "nothing there" : Outcome(claimed);

    /// <summary>Versions that were decided after results had been seen: <c>E4 v2, E7 v2, E7 v3</c>.</summary>
    public static string ChangedAfterResults(IEnumerable<MechanismFamily> families) => string.Join(", ", families.SelectMany(family =>
        family.Design.History.Where(MechanismFamily.AfterResults).Select(version => Invariant($"{family.Design.Id} v{version.Version}"))));

    /// <summary>When a version was decided, in words.</summary>
    public static string When(DesignVersion version) => MechanismFamily.AfterResults(version) ? "after results were seen"
        : version.Version == 1 ? "before the results" : "before any result";
}

/// <summary><c>docs/mechanisms.md</c>: every mechanism claim with its verdict, and what was decided when.</summary>
/// <param name="mechanisms">The claims.</param>
internal sealed class MechanismsPage(MechanismList mechanisms)
{
    private const int MostComparisons = 3;

    /// <summary>The document.</summary>
    public string Markdown()
    {
        var text = new StringBuilder("# Mechanisms, run again\n\n");
        var total = mechanisms.Results.Count + mechanisms.Unchecked.Count;
        var counts = mechanisms.Results.GroupBy(result => result.Verdict!.Value).OrderBy(group => group.Key)
            .Select(group => Invariant($"{group.Count()} {group.Key}"));
        text.Append("Written from the evidence by a test of `tests/Golden`. What the papers say happens is run again on small cases with a "
            + "known truth: ").Append(CultureInfo.InvariantCulture, $"{total} claims, {string.Join(", ", counts)}")
            .Append(mechanisms.Unchecked.Count == 0 ? ".\n\n" : Invariant($", {mechanisms.Unchecked.Count} without a check.\n\n"))
            .Append("An effect is the mean difference of two arms over seeds (first minus second) with its 95 % paired t interval; a "
                + "verdict also needs an exact sign-flip test, corrected by Holm over the comparisons of the claim, and an effect of at "
                + "least the margin of the design. `make report` draws every seed.\n\n"
                + "Words: *log KL* is the logarithm of the KL from the reference, and its differences are differences of logarithms; *copy "
                + "loss* is the loss, in nats a token, on copying four tokens, a stand-in for an ability that nothing rewards; *at equal "
                + "KL* compares two arms interpolated to the same KL; *misplaced* tokens contradict the label of their response. Seeds are "
                + "1 to 8 (of simulations 1 to 20); the study has others.\n\n"
                + "| claim | how | verdict | effect, 95 % interval | seeds | where it holds, and reservations |\n"
                + "| --- | --- | --- | --- | --- | --- |\n");
        foreach (var result in mechanisms.Results)
        {
            text.AppendJoin(" | ", [$"| `{result.Claim.Id}`", How(result), $"{result.Verdict}", Effects(result), Seeds(result),
                Where(result)]).Append(" |\n");
        }

        foreach (var claim in mechanisms.Unchecked)
        {
            text.Append(CultureInfo.InvariantCulture, $"| `{claim.Id}` | no check | - | - | - | {claim.Statement} |\n");
        }

        new StudyTables(mechanisms).Markdown(text);
        Decided(text);
        return text.ToString();
    }

    private string How(ClaimResult result)
    {
        var families = mechanisms.Families.Where(family => family.Design.Claims.Contains(result.Claim.Id));
        var names = string.Join(", ", families.Select(family => family.Design.Id));
        return names.Length == 0 ? "exact" : names;
    }

    private static string Effects(ClaimResult result)
    {
        var deciding = result.Evidence!.Comparisons.Where(one => one.Role == SeedRole.Deciding).ToList();
        if (deciding.Count > 0)
        {
            var shown = deciding.Take(MostComparisons).Select(one => $"{one.Name}: {SeedText.Effect(one.Decision)}");
            var more = deciding.Count - MostComparisons;
            return string.Join("<br>", shown) + (more > 0 ? Invariant($"<br>{more} more in the report") : string.Empty);
        }

        var variants = Variants(result).ToList();
        return variants.Count == 0 ? "-" : Invariant($"{variants.Count(IsCaught)} of {variants.Count} wrong variants caught");
    }

    /// <summary>The wrong variants of a check and how often each was caught.</summary>
    internal static IEnumerable<string> Variants(ClaimResult result) => result.Evidence!.Recomputed
        .Where(value => value.Key.StartsWith(WrongVariant.Prefix, StringComparison.Ordinal))
        .Select(value => Convert.ToString(value.Value, CultureInfo.InvariantCulture)!);

    /// <summary>Whether a variant was caught in any case.</summary>
    internal static bool IsCaught(string variant) => !variant.StartsWith("caught in 0 ", StringComparison.Ordinal);

    private static string Seeds(ClaimResult result)
    {
        var counts = result.Evidence!.Comparisons.Select(one => one.Decision.First.Count).Distinct().Order().ToList();
        return counts.Count == 0 ? "-" : InvariantText.Join(" and ", counts);
    }

    private static string Where(ClaimResult result)
    {
        List<string> parts = [];
        if (result.Evidence!.Recomputed.TryGetValue("holds at", out var where))
        {
            parts.Add($"holds at {Convert.ToString(where, CultureInfo.InvariantCulture)}");
        }

        parts.AddRange(result.Evidence.Findings.Where(finding => finding.Outcome == Outcome.Reservation
            && !finding.Name.StartsWith("holds at ", StringComparison.Ordinal)).Select(Reservation));
        parts.AddRange(result.Evidence.Findings.Where(finding => finding.Outcome == Outcome.Absent)
            .Select(finding => $"missing: {finding.Name}; {finding.Detail}"));
        return parts.Count == 0 ? "-" : string.Join(".<br>", parts).Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string Reservation(Finding finding) => finding.Detail.StartsWith("not here: ", StringComparison.Ordinal)
        ? $"not {finding.Name}"
        : $"{finding.Name}: {SeedText.Words(finding.Detail)}";

    private void Decided(StringBuilder text)
    {
        text.Append("\n## What was decided when\n\nA design says question, arms, seeds, statistic, rule, margin and planted truths before "
            + "the run; its hash is in the evidence. A changed design is a new version with a reason. Decided after results had been "
            + "seen: ")
            .Append(SeedText.ChangedAfterResults(mechanisms.Families)).Append(
            ". Exact checks have no design: they hold for every case or do not.\n");
        foreach (var family in mechanisms.Families)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"\n### {family.Design.Id}: {family.Title}\n\n")
                .Append(CultureInfo.InvariantCulture,
                    $"`fixtures/designs/{family.Design.Id}.yaml`, in force `{family.Design.Stamp}`.\n\n");
            foreach (var version in family.Design.History)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"- Version {version.Version} (`{version.Content}`, {version.Decided}), {SeedText.When(version)}: {version.Reason}.\n");
            }
        }
    }
}
