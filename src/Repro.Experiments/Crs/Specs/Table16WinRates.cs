using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 16: GPT-4 win rates of the RLHF models and the SFT baseline against each other.</summary>
internal sealed class Table16WinRates : ISpecGroup
{
    private static readonly (string File, string First, string Second)[] Pairs =
    [
        (AbsAgainstPreference, Model.Abs, Model.Preference),
        (AbsAgainstCrs025, Model.Abs, Model.Crs025),
        (AbsAgainstSft, Model.Abs, Model.Sft),
        (Crs025AgainstPreference, Model.Crs025, Model.Preference),
        (Crs025AgainstSft, Model.Crs025, Model.Sft),
        (PreferenceAgainstSft, Model.Preference, Model.Sft),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T16-abs_vs_pref", c => Cell(c, 0)),
        new("CRS-T16-abs_vs_crs", c => Cell(c, 1)),
        new("CRS-T16-abs_vs_sft", c => Cell(c, 2)),
        new("CRS-T16-crs_vs_pref", c => Cell(c, 3)),
        new("CRS-T16-crs_vs_sft", c => Cell(c, 4)),
        new("CRS-T16-pref_vs_sft", c => Cell(c, 5)),
        new("CRS-T16-complement", Complement),
        new("CRS-T16-sft-best", SftBest),
    ];

    /// <summary>Name of the table whose six tests are corrected together.</summary>
    internal const string FamilyName = "Table 16";

    /// <summary>Wins of the first model in each of the six comparisons of the table.</summary>
    internal static (int Wins, int Total)[] Family(SpecContext context) =>
        [.. Pairs.Select(p => WinRates.Count(context.Judgements(p.File), p.First))];

    /// <summary>The row and column name that the tables give to a model of the annotation files.</summary>
    internal static string RowOf(string model) => model switch
    {
        Model.Preference => "preference_rlhf",
        Model.Abs => "abs_rlhf",
        Model.Crs025 => "crs_rlhf_025",
        Model.Crs0625 => "crs_rlhf_0625",
        _ => model,
    };

    /// <summary>The comparisons of the table in which one side wins at a printed rate, such as <c>abs_rlhf against sft</c>.</summary>
    internal static IEnumerable<string> PairsThatGive(SpecContext context, Printed printed) => Pairs
        .SelectMany(p => new[] { (p.File, p.First, p.Second), (p.File, First: p.Second, Second: p.First) })
        .Where(p => Definitions.Gives(WinRates.Percent(WinRates.Count(context.Judgements(p.File), p.First)), printed))
        .Select(p => $"{RowOf(p.First)} against {RowOf(p.Second)}");

    private static Evidence Cell(SpecContext context, int index)
    {
        var (file, first, second) = Pairs[index];
        var rows = context.Judgements(file);
        var count = WinRates.Count(rows, first);
        var table = context.Table("crs/table-16");
        var longer = LongerWins.Count(rows);
        var evidence = context.Evidence()
            .Compare("win_rate", table[RowOf(first), RowOf(second)], WinRates.Percent(count))
            .Compare("reverse_win_rate", table[RowOf(second), RowOf(first)], WinRates.Percent(WinRates.Count(rows, second)))
            .Value("wins", count.Wins)
            .Value("longer_output_preferred", WinRates.Percent(longer))
            .ByPlace(rows, first)
            .Share("judgements", count);
        if (ShareEvidence.NeededFor80PercentPower(count) is { } needed)
        {
            evidence.Value("judgements_for_80_percent_power", needed);
        }

        return evidence.Explain(
            Invariant($"{RowOf(first)} wins {ShareEvidence.Describe(count)}. ")
                + Invariant($"The longer output is the preferred one in {WinRates.Percent(longer):F0}% of the pairs."));
    }

    private static Evidence Complement(SpecContext context)
    {
        var evidence = context.Evidence();
        var sums = PrintedMatrix.MirrorSums(context.Table("crs/table-16"));
        foreach (var (first, second, sum) in sums)
        {
            evidence.Value($"{first}+{second}", sum).Require($"{first} and {second} add up to 100", sum == 100);
        }

        return evidence.Explain(
            $"The {sums.Count} pairs of mirror cells add up to {InvariantText.Join(", ", sums.Select(s => s.Sum).Distinct())}.");
    }

    private static Evidence SftBest(SpecContext context)
    {
        var evidence = context.Evidence();
        var shares = new List<string>();
        var chance = new List<string>();
        var family = ShareEvidence.Family(FamilyName, Family(context));
        foreach (var (place, (file, rival, _)) in Pairs.Index().Where(p => p.Item.Second == Model.Sft))
        {
            var count = WinRates.Count(context.Judgements(file), Model.Sft);
            evidence.Value($"sft_against_{rival}", WinRates.Percent(count))
                .Share($"sft against {rival}", count)
                .RequireLead($"SFT wins against {rival}", count.Wins, count.Total - count.Wins, family, place)
                .Check($"sft_against_{rival}", context.Table("crs/table-16")["sft", RowOf(rival)], WinRates.Percent(count));
            shares.Add(Invariant($"{count.Wins}:{count.Total - count.Wins} against {RowOf(rival)} (exact p {family.PValues[place]:G3}, ")
                + Invariant($"{family.Adjusted[place]:G3} after {family.Correction})"));
            if (family.Adjusted[place] >= VerdictRule.Level)
            {
                chance.Add(RowOf(rival));
            }
        }

        return evidence.Explain(
            $"SFT wins {string.Join(", ", shares)}; majorities within chance: {(chance.Count == 0 ? "none" : string.Join(", ", chance))}.");
    }
}
