using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS Table 16: GPT-4 win rates of the RLHF models and the SFT baseline against each other.</summary>
public sealed class Table16WinRates : ISpecGroup
{
    private static readonly (string Model, string Row)[] Rows =
    [
        (Model.Preference, "preference_rlhf"),
        (Model.Abs, "abs_rlhf"),
        (Model.Crs025, "crs_rlhf_025"),
        (Model.Sft, "sft"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T16-abs_vs_pref", c => Cell(c, AbsAgainstPreference, Model.Abs, Model.Preference)),
        new("CRS-T16-abs_vs_crs", c => Cell(c, AbsAgainstCrs025, Model.Abs, Model.Crs025)),
        new("CRS-T16-abs_vs_sft", c => Cell(c, AbsAgainstSft, Model.Abs, Model.Sft)),
        new("CRS-T16-crs_vs_pref", c => Cell(c, Crs025AgainstPreference, Model.Crs025, Model.Preference)),
        new("CRS-T16-crs_vs_sft", c => Cell(c, Crs025AgainstSft, Model.Crs025, Model.Sft)),
        new("CRS-T16-pref_vs_sft", c => Cell(c, PreferenceAgainstSft, Model.Preference, Model.Sft)),
        new("CRS-T16-complement", Complement),
        new("CRS-T16-sft-best", SftBest),
    ];

    private static Evidence Cell(SpecContext context, string file, string first, string second)
    {
        var annotations = context.Artifact<PairwiseFacts>(file).Rows;
        var (wins, total) = WinRates.Count(annotations, first);
        var reverse = WinRates.Count(annotations, second);
        var table = context.Table("crs/table-16");
        var interval = BinomialInterval.Wilson(wins, total);
        var p = BinomialTest.TwoSided(wins, total);
        return context.Evidence()
            .Compare("win_rate", table[RowOf(first), RowOf(second)], WinRates.Percent((wins, total)))
            .Compare("reverse_win_rate", table[RowOf(second), RowOf(first)], WinRates.Percent(reverse))
            .Value("wins", wins)
            .Sample("judgements", total)
            .Interval("win_rate", 100 * interval.Lower, 100 * interval.Upper, "Wilson")
            .PValue("binomial, two-sided", p)
            .Explain($"{RowOf(first)} wins {wins} of {total} ({WinRates.Percent((wins, total)):F1}%, 95% interval {100 * interval.Lower:F1} to {100 * interval.Upper:F1}; exact p against a fair coin {p:G3}).");
    }

    private static Evidence Complement(SpecContext context)
    {
        var table = context.Table("crs/table-16");
        var evidence = context.Evidence();
        var sums = new List<double>();
        for (var i = 0; i < Rows.Length; i++)
        {
            for (var j = i + 1; j < Rows.Length; j++)
            {
                var sum = table[Rows[i].Row, Rows[j].Row].AsInput() + table[Rows[j].Row, Rows[i].Row].AsInput();
                sums.Add(sum);
                evidence.Value($"{Rows[i].Row}+{Rows[j].Row}", sum).Require($"{Rows[i].Row} and {Rows[j].Row} add up to 100", sum == 100);
            }
        }

        return evidence.Explain($"The {sums.Count} pairs of mirror cells add up to {string.Join(", ", sums.Distinct())}.");
    }

    private static Evidence SftBest(SpecContext context)
    {
        var evidence = context.Evidence();
        var shares = new List<string>();
        var chance = new List<string>();
        foreach (var (file, rival) in new[] { (AbsAgainstSft, Model.Abs), (Crs025AgainstSft, Model.Crs025), (PreferenceAgainstSft, Model.Preference) })
        {
            var (wins, total) = WinRates.Count(context.Artifact<PairwiseFacts>(file).Rows, Model.Sft);
            var p = BinomialTest.TwoSided(wins, total);
            evidence.Value($"sft_against_{rival}", WinRates.Percent((wins, total)))
                .Sample($"judgements_{rival}", total)
                .PValue($"binomial, sft against {rival}", p)
                .Require($"SFT wins against {rival}", 2 * wins > total, $"{wins} of {total}")
                .Check($"sft_against_{rival}", context.Table("crs/table-16")["sft", RowOf(rival)], WinRates.Percent((wins, total)));
            shares.Add($"{wins}:{total - wins} against {RowOf(rival)} (p {p:G3})");
            if (p >= 0.05)
            {
                chance.Add(RowOf(rival));
                evidence.Reserve($"sft against {rival}", $"the majority over {RowOf(rival)} is within chance (exact p {p:G3})");
            }
        }

        return evidence.Explain($"SFT wins {string.Join(", ", shares)}; {(chance.Count == 0 ? "none of the majorities is" : $"the majority over {string.Join(" and ", chance)} is")} within chance.");
    }

    private static string RowOf(string model) => Rows.Single(r => r.Model == model).Row;
}
