using System.Globalization;
using System.Text;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Mechanisms;

namespace Repro.Experiments.Reporting;

/// <summary>A table as the report and <c>docs/mechanisms.md</c> show it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows.</param>
internal sealed record NamedTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>The table in Markdown.</summary>
    public void Markdown(StringBuilder text)
    {
        text.Append("| ").AppendJoin(" | ", Columns).Append(" |\n|").AppendJoin("|", Columns.Select(_ => " --- ")).Append("|\n");
        foreach (var row in Rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        }
    }
}

/// <summary>The study beside the fixture tier, the findings beside the claims, the seeds that claims would have needed, and what chance
/// does to the rule.</summary>
/// <param name="mechanisms">The claims.</param>
internal sealed class StudyTables(MechanismList mechanisms)
{
    private Study Study => mechanisms.Study;

    /// <summary>What the study is, in a sentence or two.</summary>
    public string Introduction => Study.Results.Count == 0
        ? "The study has no results yet: `repro mechanisms --study --write` makes them."
        : Invariant($"{Study.Results.Count} claims were judged a second time by the same rules, on seeds that no earlier result had ")
            + "used, under designs that were written before (`fixtures/designs/study`). Where rules of the fixture tier were "
            + "changed after a result, this is "
            + "the test that could fail; each row says over how many seeds"
            + (Study.NotRun.Count == 0 ? "." : $". Designed and not run: {string.Join(", ", Study.NotRun)}.")
            + (Study.ChangedRules.Count == 0 ? string.Empty
                : $" Rules that were changed after results of the study had been seen: {string.Join("; ", Study.ChangedRules)}.")
            + SecondLooks;

    // The share is that of looks at 8 and 20 seeds at a mean that is normal: the two correlate by the root of 8 / 20.
    private string SecondLooks => Study.FirstLooks.Count == 0 ? string.Empty
        : " A second look: more seeds were run later, and "
            + string.Join("; ", Study.FirstLooks.Select(look => Invariant($"the first {look.Seeds} of {string.Join(", ", look.Designs)}")))
            + " had been read before the others were run. Two looks at 5 % find a difference that is not there in up to 9 of 100 "
            + "experiments; the verdict on the first seeds alone stands beside the one on all.";

    /// <summary>Each claim of the study with both verdicts.</summary>
    public NamedTable Verdicts => new(
        "The study beside the fixtures",
        ["claim", "fixture", "study", "seeds", "comparison", "effect, fixture", "effect, study", "reservations of the study"],
        [.. Study.Results.SelectMany(Rows)]);

    /// <summary>Verdicts that the study has otherwise: <c>ADR-FIG2 Qualified to Holds</c>.</summary>
    public IReadOnlyList<string> Changes =>
    [
        .. Study.Results.Select(result => (result.Claim.Id, Before: Fixture(result)?.Verdict, result.Verdict))
            .Where(claim => claim.Before is not null && claim.Before != claim.Verdict)
            .Select(claim => $"{claim.Id} {claim.Before} to {claim.Verdict}"),
    ];

    /// <summary>Comparisons of the findings.</summary>
    public static NamedTable Build(StudyFinding finding) => new(
        finding.Title, ["comparison", "came out", "effect, 95 % interval", "sign-flip p"],
        [.. finding.Comparisons.Select(one => (IReadOnlyList<string>)
            [one.Name, SeedText.Outcome(one.Decision.Outcome), SeedText.Effect(one.Decision), Invariant($"{one.Decision.AdjustedP:G3}")])]);

    /// <summary>For each claim the deciding comparison that would have needed most seeds.</summary>
    public NamedTable Power => new(
        "Seeds that each claim would have needed",
        ["claim", "comparison that needs most", "effect over its standard deviation", "seeds run", "for the effect seen", "for the margin"],
        [.. mechanisms.Results.Select(result => (result, Hardest: Hardest(result))).Where(row => row.Hardest is not null)
            .Select(row => Needs(row.result, row.Hardest!))]);

    /// <summary>How often the rule decides where nothing is there, by family.</summary>
    public NamedTable Nulls => new(
        "What chance does to the rule", ["family", "how", "seeds", "experiments", "decided although nothing is there"],
        [.. Study.Nulls.Select(rate => (IReadOnlyList<string>)
            [rate.Family, rate.Way, Invariant($"{rate.Seeds}"), Invariant($"{rate.Experiments}"), $"{rate}"])]);

    /// <summary>All of it as sections of <c>docs/mechanisms.md</c>.</summary>
    public void Markdown(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## The study\n\n{Introduction}\n\n");
        if (Study.Results.Count > 0)
        {
            Verdicts.Markdown(text);
            text.Append("\nVerdicts that differ: ").Append(Changes.Count == 0 ? "none" : string.Join(", ", Changes)).Append(".\n");
        }

        foreach (var finding in Study.Findings)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### Beside the claims: {finding.Title}\n\n{finding.Text}\n\n");
            Build(finding).Markdown(text);
        }

        text.Append("\n## Seeds that each claim would have needed\n\nPairs of seeds with which a difference is found four times in "
            + "five, at the "
            + "spread of its differences here (two-sided t, 5 %, at least 6). An effect that was found is likely to be smaller than "
            + "it looks, "
            + "so that the number for the effect seen is the least.\n\n");
        Power.Markdown(text);
        text.Append("\n## What chance does to the rule\n\nThe rule promises to decide in about one of twenty experiments in which nothing "
            + "is there, "
            + "before Holm and margins, which lower it. Three ways to see it: seeds of one arm against other seeds of the same arm, "
            + "worlds in "
            + "which the arms cannot differ, and drawn differences for families with too few seeds for the first.\n\n");
        Nulls.Markdown(text);
    }

    private string VerdictOf(ClaimResult result)
    {
        var first = Study.FirstLooks.FirstOrDefault(look => look.Verdicts.ContainsKey(result.Claim.Id));
        return first is null ? $"{result.Verdict}"
            : Invariant($"{result.Verdict} (first {first.Seeds} seeds: {first.Verdicts[result.Claim.Id]})");
    }

    private IEnumerable<IReadOnlyList<string>> Rows(ClaimResult result)
    {
        var fixture = Fixture(result);
        var deciding = result.Evidence!.Comparisons.Where(one => one.Role == SeedRole.Deciding).ToList();
        var reserved = string.Join("; ", result.Evidence.Findings.Where(finding => finding.Outcome == Outcome.Reservation)
            .Select(finding => finding.Detail.StartsWith("not here", StringComparison.Ordinal) ? $"not {finding.Name}" : finding.Name)
            .Concat(ByEarlierRules(fixture, deciding)));
        if (deciding.Count == 0)
        {
            yield return
                [$"`{result.Claim.Id}`", $"{fixture?.Verdict}", VerdictOf(result), "-", result.Evidence.Explanation, "-", "-", reserved];
        }

        foreach (var (place, one) in deciding.Index())
        {
            var before = fixture?.Evidence!.Comparisons.FirstOrDefault(other => other.Name == one.Name)?.Decision;
            yield return
            [
                place == 0 ? $"`{result.Claim.Id}`" : string.Empty, place == 0 ? $"{fixture?.Verdict}" : string.Empty,
                place == 0 ? VerdictOf(result) : string.Empty, Invariant($"{one.Decision.First.Count}"), one.Name,
                before is null ? "-" : SeedText.Effect(before), SeedText.Effect(one.Decision), place == 0 ? reserved : string.Empty,
            ];
        }
    }

    // A rule that was changed because comparisons split matters only where they split; one whose margin was dropped goes on to matter.
    private static IEnumerable<string> ByEarlierRules(ClaimResult? fixture, List<SeedResult> deciding) =>
        deciding.Count == 0 || !deciding.All(one => one.AsClaimed && one.Decision.Margin > 0) ? []
        : from finding in fixture?.Evidence!.Findings ?? []
          where finding.Name.StartsWith(SeedEvidence.LaterRule, StringComparison.Ordinal)
              && finding.Detail.EndsWith($"{Verdict.Contradicted}", StringComparison.Ordinal)
          select $"as claimed in each comparison here, so that the rule before {finding.Name[SeedEvidence.LaterRule.Length..]} would not "
              + "have contradicted it";

    private ClaimResult? Fixture(ClaimResult result) => mechanisms.Results.FirstOrDefault(other => other.Claim.Id == result.Claim.Id);

    private static PairedDecision? Decision(SeedResult one) => one.Role == SeedRole.Deciding && one.Decision.Differs ? one.Decision : null;

    private static SeedResult? Hardest(ClaimResult result) => result.Evidence!.Comparisons.Where(one => Decision(one) is not null)
        .MaxBy(one => one.Decision.SeedsNeeded(Math.Abs(one.Decision.Estimate)) ?? int.MaxValue);

    private static IReadOnlyList<string> Needs(ClaimResult result, SeedResult hardest)
    {
        var decision = hardest.Decision;
        static string Count(int? seeds) => seeds is { } count ? Invariant($"{count}") : "more than 10,000";
        return
        [
            $"`{result.Claim.Id}`", hardest.Name,
            decision.StandardDeviation == 0 ? "no spread" : Invariant($"{Math.Abs(decision.Estimate) / decision.StandardDeviation:0.##}"),
            Invariant($"{decision.First.Count}"),
            decision.StandardDeviation == 0 ? "6" : Count(decision.SeedsNeeded(Math.Abs(decision.Estimate))),
            decision.Margin == 0 ? "-" : decision.StandardDeviation == 0 ? "6" : Count(decision.SeedsNeeded(decision.Margin)),
        ];
    }
}
