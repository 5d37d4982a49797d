using System.Globalization;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.RewardModelErrors;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Tables 6 and 7, rows: printed errors of the absolute reward models against the released error files.</summary>
internal sealed class Table06And07Errors : ISpecGroup
{
    // Keys of the released files, in the order of the printed rows.
    private static readonly string[] Keys6 =
    [
        "abs_logistic_s_075_quality",
        "abs_mse_s_075_quality",
        "abs_sig_mse_s_075_quality",
        "abs_logistic_over_and_under_s_75_quality",
        "abs_logistic_aug_and_under_quality",
        "abs_sig_mse_aug_and_under_quality",
        "abs_sig_mse_aug_over_and_un_till16_w14_for_04_09_quality",
        "abs_logistic_aug_over_and_un_till16_w14_for_04_09_quality",
    ];

    private static readonly string[] Keys7 =
    [
        "abs_logistic_aug_and_under_s_05_quality",
        "abs_logistic_aug_and_under_s_075_quality",
        "abs_logistic_over_and_under_s_05_quality",
        "abs_logistic_over_and_under_s_75_quality",
        "abs_logistic_over_and_under_quality",
        "abs_logistic_s_05_quality",
        "abs_logistic_s_075_quality",
        "abs_logistic_quality",
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. Keys6.Select((key, i) => new Spec(Invariant($"CRS-T6-row{i + 1}"), c => Row(c, Table6, i, key))),
        .. Keys7.Select((key, i) => new Spec(Invariant($"CRS-T7-row{i + 1}"), c => Row(c, Table7, i, key))),
        new("CRS-T6T7-row1-clash", c => SameInBoth(c, Table6Row(0), [Table7Row(5), Table7Row(6)])),
        new("CRS-T6T7-row4-same", c => SameInBoth(c, Table6Row(3), [Table7Row(3)])),
        new("CRS-T6-T7-group-sizes", GroupSizes),
    ];

    private static (string Table, int Row) Table6Row(int row) => (Table6, row);

    private static (string Table, int Row) Table7Row(int row) => (Table7, row);

    private static Evidence Row(SpecContext context, string tableName, int index, string key)
    {
        var table = context.Table(tableName);
        var row = table.Rows.ElementAt(index);
        var models = Models(context);
        var model = models.Single(m => m.Key == key);
        var evidence = context.Evidence().Value("adapter", Adapter(context, key));
        foreach (var column in Columns)
        {
            evidence.Compare(column.Column, table[row, column.Column], Error(model, column));
        }

        var nearest = models.MinBy(m => Distance(table, row, m))!;
        evidence.Value("nearest_stored_model", nearest.Key).Value("nearest_largest_difference", Distance(table, row, nearest));
        var stored = string.Join(" ", Columns.Select(c => Error(model, c).ToString("F4", CultureInfo.InvariantCulture)));
        return evidence.Explain(
            $"The stored errors of {key} are {stored}, the printed row is "
                + $"{string.Join(" ", Columns.Select(c => table.CellText(row, c.Column)))}. "
            + Invariant($"Of all {models.Count} stored models the row is nearest to {nearest.Key} (largest difference ")
            + Invariant($"{Distance(table, row, nearest):G2})."));
    }

    private static double Distance(PublishedTable table, string row, RewardModelErrorFacts.Model model) =>
        Columns.Max(c => Math.Abs(Error(model, c) - table[row, c.Column].AsTarget()));

    // The shorter print of a figure counts: 0.139200 and 0.1392 are the same.
    private static Evidence SameInBoth(
        SpecContext context, (string Table, int Row) first, IReadOnlyList<(string Table, int Row)> candidates)
    {
        var table = context.Table(first.Table);
        var row = table.Rows.ElementAt(first.Row);
        var evidence = context.Evidence();
        var parts = new List<string>();
        var label = Configuration(row);
        foreach (var (name, index) in candidates)
        {
            var other = context.Table(name);
            var otherRow = other.Rows.ElementAt(index);
            var largest = Columns.Max(c => Math.Abs(table[row, c.Column].AsInput() - other[otherRow, c.Column].AsInput()));
            evidence.Value($"largest_difference: {otherRow}", largest);
            parts.Add(Invariant($"row '{otherRow}' of Table 7 by at most {largest:G3}"));
            if (Configuration(otherRow).SetEquals(label))
            {
                evidence.Require(
                    "rows with the same configuration have the same errors", largest < 5e-5, Invariant($"largest difference {largest:G3}"));
            }
        }

        return evidence.Explain(
            $"Row '{row}' of Table 6 differs from {string.Join(" and from ", parts)}. Table 7 holds logistic models only.");
    }

    private static HashSet<string> Configuration(string label) =>
        label.Split('+', StringSplitOptions.TrimEntries).Where(p => p != "logistic").ToHashSet(StringComparer.Ordinal);

    private static Evidence GroupSizes(SpecContext context)
    {
        var sizes = RangeSizes(context);
        var worst = 0.0;
        var models = Models(context);
        foreach (var model in models)
        {
            var full = model.Of(RewardModelErrorFacts.FullSet);
            RewardModelErrorFacts.Range[] ranges = [model.Of(Below), model.Of(Above), model.Of(Between)];
            worst = Math.Max(worst, Math.Abs(WeightedMean.Compute([.. ranges.Select(r => r.Mse)], sizes) - full.Mse));
            worst = Math.Max(worst, Math.Abs(WeightedMean.Compute([.. ranges.Select(r => r.Mae)], sizes) - full.Mae));
        }

        return context.Evidence()
            .CompareExactly("rows", context.Printed("rows"), sizes.Sum())
            .Value("low", sizes[0])
            .Value("high", sizes[1])
            .Value("mid", sizes[2])
            .Value("largest_deviation", worst)
            .Sample("models", models.Count)
            .Require("the range errors give the full-set errors to five decimals", worst < 1e-5, Invariant($"largest deviation {worst:G3}"))
            .Explain(
                Invariant($"The evaluation split has {sizes[0]} low, {sizes[1]} high and {sizes[2]} middle rows, {sizes.Sum()} in all; ")
                    + Invariant($"weighted by them the range errors give the stored full-set errors of all {models.Count} ")
                    + Invariant($"models to within {worst:G2}."));
    }
}
