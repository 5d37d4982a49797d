using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>One of the tables of wins over preference_rlhf by category and dataset (CRS Tables 22, 30, 31).</summary>
/// <param name="Number">Number of the table.</param>
/// <param name="File">The comparison.</param>
/// <param name="Winner">The model whose wins are counted, as the file names it.</param>
/// <param name="Subsets">Number of the table with the win rates by dataset.</param>
internal sealed record CategoryWinRates(int Number, string File, string Winner, int Subsets)
{
    private string TableName => Invariant($"crs/table-{Number}");

    /// <summary>The specs of the table: one for each category, and the column totals.</summary>
    internal IEnumerable<Spec> Specs() =>
    [
        .. CategoryNames.Select(category => new Spec(Invariant($"CRS-T{Number}-{category.ToLowerInvariant()}"), c => Row(c, category))),
        new(Invariant($"CRS-T{Number}-colsum"), ColumnSums),
    ];

    private Evidence Row(SpecContext context, string category)
    {
        var counts = Procedures.Subsets.Count(context.Judgements(File), Winner, context.CellOfPrompt());
        var table = context.Table(TableName);
        var evidence = context.Evidence();
        var cells = new List<string>();
        foreach (var dataset in Datasets)
        {
            var (wins, total) = counts.GetValueOrDefault((dataset, category));
            cells.Add(total == 0 ? $"{dataset} -" : Invariant($"{dataset} {wins}/{total}"));
            if (table.TryGet(category, $"{dataset}_wins") is { } printedWins && table.TryGet(category, $"{dataset}_total") is { } printedTotal)
            {
                evidence.Compare($"{dataset}_wins", printedWins, wins).Compare($"{dataset}_total", printedTotal, total);
            }
            else
            {
                evidence.Value($"{dataset}_total", total).Require($"no {category} prompt in {dataset}, as the dash says", total == 0);
            }
        }

        var pooled = Procedures.Subsets.Pool(Datasets.Select(d => counts.GetValueOrDefault((d, category))));
        return evidence.Share("judgements", pooled)
            .Explain($"{Table16WinRates.RowOf(Winner)} on {category} prompts: {string.Join(", ", cells)}; together {ShareEvidence.Describe(pooled)}.");
    }

    private Evidence ColumnSums(SpecContext context)
    {
        var table = context.Table(TableName);
        var rates = context.Table(Invariant($"crs/table-{Subsets}"));
        var evidence = context.Evidence();
        var totals = new List<string>();
        foreach (var dataset in Datasets)
        {
            var wins = CategoryNames.Sum(category => table.TryGet(category, $"{dataset}_wins")?.AsInput() ?? 0);
            var total = CategoryNames.Sum(category => table.TryGet(category, $"{dataset}_total")?.AsInput() ?? 0);
            evidence.Value($"{dataset}_wins", wins)
                .Value($"{dataset}_total", total)
                .Compare($"{dataset}_win_rate", rates[dataset, Table16WinRates.RowOf(Winner)], 100 * wins / total);
            totals.Add(Invariant($"{dataset} {wins}/{total} = {100 * wins / total:F0}%"));
        }

        return evidence.Explain(Invariant($"Column totals of Table {Number}: {string.Join(", ", totals)}; compared with Table {Subsets}."));
    }
}
