using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 11: GPT-4 win rates against abs_rlhf and crs_rlhf_0625 on the 100 final prompts.</summary>
internal sealed class Table11WinRates : ISpecGroup
{
    private static readonly (string Claim, string File, string Model, string Row, string Column)[] Cells =
    [
        ("pref001_abs", Preference001AgainstAbs, Model.Preference001, "pref_rlhf_kl_001", "abs_rlhf"),
        ("pref002_abs", AbsAgainstPreference, Model.Preference, "pref_rlhf_kl_002", "abs_rlhf"),
        ("pref002_crs0625", Crs0625AgainstPreference, Model.Preference, "pref_rlhf_kl_002", "crs_rlhf_0625"),
        ("crs0625_abs", AbsAgainstCrs0625, Model.Crs0625, "crs_rlhf_0625", "abs_rlhf"),
        ("crs025_abs", AbsAgainstCrs025, Model.Crs025, "crs_rlhf_025", "abs_rlhf"),
        ("abs_crs0625", AbsAgainstCrs0625, Model.Abs, "abs_rlhf", "crs_rlhf_0625"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => Cells.Select(cell => new Spec($"CRS-T11-{cell.Claim}", c => Cell(c, cell)));

    private static Evidence Cell(SpecContext context, (string Claim, string File, string Model, string Row, string Column) cell)
    {
        var (_, file, model, row, column) = cell;
        var rows = context.Judgements(file);
        var count = WinRates.Count(rows, model);
        var longer = LongerWins.Count(rows);
        var evidence = context.Evidence()
            .Compare("win_rate", context.Table("crs/table-11")[row, column], WinRates.Percent(count))
            .Value("wins", count.Wins)
            .Value("longer_output_preferred", WinRates.Percent(longer))
            .ByPlace(rows, model)
            .Share("judgements", count);
        if (ShareEvidence.NeededFor80PercentPower(count) is { } needed)
        {
            evidence.Value("judgements_for_80_percent_power", needed);
        }

        return evidence.Explain(
            Invariant($"{row} wins {ShareEvidence.Describe(count)} against {column}. ")
                + Invariant($"The longer output is the preferred one in {WinRates.Percent(longer):F0}% of the pairs."));
    }
}

/// <summary>The two win rates of the CRS abstract.</summary>
internal sealed class AbstractWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-ABS-66", c => Rate(c, AbsAgainstPreference, Model.Abs, AbsAgainstPreferenceRun1)),
        new("CRS-ABS-63", c => Rate(c, Crs025AgainstPreference, Model.Crs025, null)),
    ];

    private static Evidence Rate(SpecContext context, string file, string model, string? secondRun)
    {
        var count = WinRates.Count(context.Judgements(file), model);
        var printed = context.Printed("value");
        var fitting = Table16WinRates.PairsThatGive(context, printed).ToList();
        var evidence = context.Evidence()
            .Compare("win_rate", printed, WinRates.Percent(count))
            .Value("wins", count.Wins)
            .Value("comparisons_that_give_the_printed_rate", fitting.Count == 0 ? "none" : string.Join(", ", fitting))
            .Share("judgements", count);
        var replication = string.Empty;
        if (secondRun is not null)
        {
            var again = WinRates.Count(context.Judgements(secondRun), model);
            evidence.Value("second_run_win_rate", WinRates.Percent(again)).Share("second run", again);
            replication = Invariant($" The second run gives {again.Wins} of {again.Total}.");
        }

        return evidence.Explain(
            $"Against preference_rlhf {Table16WinRates.RowOf(model)} wins {ShareEvidence.Describe(count)}; printed is {printed.Text}, "
                + "the rate of: "
                + $"{(fitting.Count == 0 ? "none of the six comparisons of Table 16" : string.Join(", ", fitting))}.{replication}");
    }
}
