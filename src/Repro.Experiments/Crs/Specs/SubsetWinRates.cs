using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>One of the tables of win rates against preference_rlhf by dataset (CRS Tables 15, 20, 21).</summary>
/// <param name="Number">Number of the table, without leading text.</param>
/// <param name="File">The comparison.</param>
/// <param name="Rival">The model that preference_rlhf is compared with, as the file names it.</param>
/// <param name="SecondRun">The released second run of the comparison, or null.</param>
internal sealed record SubsetWinRates(int Number, string File, string Rival, string? SecondRun = null)
{
    private const string Preference = "preference_rlhf";

    private string TableName => Invariant($"crs/table-{Number}");

    private string Column => Table16WinRates.RowOf(Rival);

    /// <summary>The specs of the table: one for each dataset, the row sums, the mean against the overall rate.</summary>
    /// <param name="overall">Recomputes the printed overall rate from the mean: key of the printed rate, and the value it should
    /// have.</param>
    internal IEnumerable<Spec> Specs(Func<SpecContext, double, (Printed Printed, double Value)> overall) =>
    [
        .. Datasets.Select((dataset, i) => new Spec(Invariant($"CRS-T{Number}-{dataset}"), c => Cell(c, i))),
        new(Invariant($"CRS-T{Number}-rowsum"), RowSums),
        new(Invariant($"CRS-T{Number}-mean"), c => Mean(c, overall)),
    ];

    private static (int Wins, int Total)[] Counts(SpecContext context, string file, string model)
    {
        var counts = Subsets.Count(context.Judgements(file), model, context.DatasetOfPrompt());
        return [.. Datasets.Select(d => counts.TryGetValue(d, out var count) ? count : throw new ReproException($"{file}: "
            + $"no judgement on a prompt of {d}"))];
    }

    private Evidence Cell(SpecContext context, int index)
    {
        var dataset = Datasets[index];
        var datasetOf = context.DatasetOfPrompt();
        var table = context.Table(TableName);
        var family = Counts(context, File, Rival);
        var count = family[index];
        (int Wins, int Total) lost = (count.Total - count.Wins, count.Total);
        var evidence = context.Evidence()
            .Compare("preference_win_rate", table[dataset, Preference], WinRates.Percent(lost))
            .Compare("rival_win_rate", table[dataset, Column], WinRates.Percent(count))
            .Value("rival_wins", count.Wins)
            .ByPlace([.. context.Judgements(File).Where(r => datasetOf[r.Prompt] == dataset)], Rival)
            .Share("judgements", count)
            .HolmOver(Invariant($"Table {Number}"), family, index);
        var replication = string.Empty;
        if (SecondRun is not null)
        {
            var again = Counts(context, SecondRun, Rival)[index];
            evidence.Value("second_run_rival_win_rate", WinRates.Percent(again)).Share("second run", again);
            replication = Invariant($" In the second run it wins {again.Wins} of {again.Total}.");
        }

        return evidence.Explain(
            Invariant($"On {dataset} prompts {Preference} wins {lost.Wins} ({WinRates.Percent(lost):F0}%; ")
                + Invariant($"printed {table.CellText(dataset, Preference)}) and {Column} wins {ShareEvidence.Describe(count)}, ")
                + Invariant($"printed {table.CellText(dataset, Column)}.{replication}"));
    }

    private Evidence RowSums(SpecContext context)
    {
        var table = context.Table(TableName);
        var evidence = context.Evidence();
        var sums = new List<string>();
        foreach (var dataset in Datasets)
        {
            var sum = table[dataset, Preference].AsInput() + table[dataset, Column].AsInput();
            evidence.Value(dataset, sum).Require(
                $"the cells of {dataset} add up to 100",
                sum == 100,
                $"{table.CellText(dataset, Preference)} + {table.CellText(dataset, Column)}");
            sums.Add(Invariant($"{dataset} {sum}"));
        }

        return evidence.Explain($"The two printed cells of each row add up to: {string.Join(", ", sums)}.");
    }

    private Evidence Mean(SpecContext context, Func<SpecContext, double, (Printed Printed, double Value)> overall)
    {
        var table = context.Table(TableName);
        var mean = Datasets.Average(d => table[d, Column].AsInput());
        var (printed, value) = overall(context, mean);
        return context.Evidence()
            .Value("mean", mean)
            .Compare("overall_rate", printed, value)
            .Explain(
                Invariant($"The four printed rates of {Column} have the mean {mean:F1}%; the overall rate is printed as {printed.Text}, ")
                    + Invariant($"to be compared with {value:F1}%."));
    }
}

/// <summary>CRS Table 15: preference_rlhf against abs_rlhf by dataset.</summary>
internal sealed class Table15SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(15, AbsAgainstPreference, Model.Abs, AbsAgainstPreferenceRun1)
            .Specs((c, mean) => (c.Table("crs/table-16")["abs_rlhf", "preference_rlhf"], mean));
}

/// <summary>CRS Table 20: preference_rlhf against crs_rlhf_025 by dataset.</summary>
internal sealed class Table20SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(20, Crs025AgainstPreference, Model.Crs025)
            .Specs((c, mean) => (c.Table("crs/table-16")["crs_rlhf_025", "preference_rlhf"], mean));
}

/// <summary>CRS Table 21: preference_rlhf against crs_rlhf_0625 by dataset. Its overall rate is printed in Table 11, from the other
/// side.</summary>
internal sealed class Table21SubsetWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        new SubsetWinRates(21, Crs0625AgainstPreference, Model.Crs0625)
            .Specs((c, mean) => (c.Table("crs/table-11")["pref_rlhf_kl_002", "crs_rlhf_0625"], 100 - mean));
}
