using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

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
        var counts = Facts.Subsets.Count(context.Judgements(File), Winner, context.CellOfPrompt());
        var table = context.Table(TableName);
        var evidence = context.Evidence();
        var cells = new List<string>();
        foreach (var dataset in Datasets)
        {
            var (wins, total) = counts.GetValueOrDefault((dataset, category));
            cells.Add(total == 0 ? $"{dataset} -" : Invariant($"{dataset} {wins}/{total}"));
            if (table.TryGet(category, $"{dataset}_wins") is { } printedWins
                && table.TryGet(category, $"{dataset}_total") is { } printedTotal)
            {
                evidence.Compare($"{dataset}_wins", printedWins, wins).Compare($"{dataset}_total", printedTotal, total);
            }
            else
            {
                evidence.Value($"{dataset}_total", total).Require($"no {category} prompt in {dataset}, as the dash says", total == 0);
            }
        }

        var pooled = Facts.Subsets.Pool(Datasets.Select(d => counts.GetValueOrDefault((d, category))));
        return evidence.Share("judgements", pooled)
            .Explain(
                $"{Table16WinRates.RowOf(Winner)} on {category} prompts: {string.Join(", ", cells)}; "
                    + $"together {ShareEvidence.Describe(pooled)}.");
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

/// <summary>CRS Table 22: wins of abs_rlhf over preference_rlhf by category and dataset.</summary>
internal sealed class Table22CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(22, AbsAgainstPreference, Model.Abs, 15).Specs();
}

/// <summary>CRS Table 30: wins of crs_rlhf_025 over preference_rlhf by category and dataset.</summary>
internal sealed class Table30CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(30, Crs025AgainstPreference, Model.Crs025, 20).Specs();
}

/// <summary>CRS Table 31: wins of crs_rlhf_0625 over preference_rlhf by category and dataset.</summary>
internal sealed class Table31CategoryWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => new CategoryWinRates(31, Crs0625AgainstPreference, Model.Crs0625, 21).Specs();
}

/// <summary>The number of prompts in each category and dataset, as the denominators of CRS Tables 22, 30 and 31 print it.</summary>
internal sealed class CategoryCounts : ISpecGroup
{
    private static readonly int[] Tables = [22, 30, 31];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-T22-category-counts", Check)];

    private static Evidence Check(SpecContext context)
    {
        var counts = context.Artifact<PromptCategoryFacts>(Categories).Rows.CountBy(r => (r.Dataset, r.Category)).ToDictionary();
        var evidence = context.Evidence();
        foreach (var dataset in Datasets)
        {
            foreach (var category in CategoryNames)
            {
                var count = counts.GetValueOrDefault((dataset, category));
                evidence.Value($"{dataset}/{category}", count);
                foreach (var number in Tables)
                {
                    var name = Invariant($"{dataset}/{category} in Table {number}");
                    _ = context.Table(Invariant($"crs/table-{number}")).TryGet(category, $"{dataset}_total") is { } printed
                        ? evidence.Check(name, printed, count)
                        : evidence.Require($"{name}: a dash stands for no prompt", count == 0);
                }
            }
        }

        evidence.Sample("prompts", counts.Values.Sum())
            .Require(
                "no prompt has another dataset or category",
                counts.Keys.All(k => Datasets.Contains(k.Dataset) && CategoryNames.Contains(k.Category)));
        var rows = Datasets.Select(d => $"{d} {InvariantText.Join("/", CategoryNames.Select(c => counts.GetValueOrDefault((d, c))))}");
        return evidence.Explain($"Prompts by category ({string.Join('/', CategoryNames)}): {string.Join(", ", rows)}.");
    }
}
