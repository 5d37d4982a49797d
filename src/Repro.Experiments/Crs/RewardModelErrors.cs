using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs;

/// <summary>The released error files behind CRS Tables 6 and 7, and the layout of these tables.</summary>
internal static class RewardModelErrors
{
    internal const string Table6 = "crs/table-06";
    internal const string Table7 = "crs/table-07";
    internal const string Below = "Below 0.4";
    internal const string Above = "Above 0.9";
    internal const string Between = "Between 0.4 and 0.9";

    private const string Folder = "evaluations/rm_eval_output/eval_metrics_";

    /// <summary>Error files with the ranges of the tables (0.4 and 0.9).</summary>
    internal static IReadOnlyList<string> Files { get; } =
    [
        $"{Folder}q_.json",
        $"{Folder}q_mse.json",
        $"{Folder}q_eos.json",
        $"{Folder}q_aug_and_under.json",
        $"{Folder}q_aug_and_under2.json",
        $"{Folder}q_aug_and_under_un_till16_1.json",
        $"{Folder}q_aug_over_and_under.json",
        $"{Folder}q_aug_over_and_under_un_till16.json",
    ];

    /// <summary>Older error files with the ranges 0.4 and 0.8.</summary>
    internal static IReadOnlyList<string> OlderFiles { get; } = [$"{Folder}2.json", $"{Folder}3.json", $"{Folder}4.json"];

    /// <summary>Columns of both tables with the stored range and error.</summary>
    internal static IReadOnlyList<(string Column, string Range, bool Squared)> Columns { get; } =
    [
        ("below_mse", Below, true),
        ("below_mae", Below, false),
        ("above_mse", Above, true),
        ("above_mae", Above, false),
        ("between_mse", Between, true),
        ("between_mae", Between, false),
    ];

    /// <summary>All stored models with the ranges of the tables.</summary>
    internal static IReadOnlyList<RewardModelErrorFacts.Model> Models(SpecContext context) =>
        [.. Files.SelectMany(f => context.Artifact<RewardModelErrorFacts>(f).Models)];

    /// <summary>A stored error of a model.</summary>
    internal static double Error(RewardModelErrorFacts.Model model, (string Column, string Range, bool Squared) column) =>
        column.Squared ? model.Of(column.Range).Mse : model.Of(column.Range).Mae;

    /// <summary>Rows of the evaluation split in the three ranges: all rows less those of the train split.</summary>
    internal static IReadOnlyList<double> RangeSizes(SpecContext context) =>
        [.. new[] { "low", "high", "mid" }.Select(r => ReleasedValues.Stored(context, $"all_{r}") - ReleasedValues.Stored(context, $"abs_train_{r}"))];

    /// <summary>Name of the adapter behind a key of the error files.</summary>
    internal static string Adapter(SpecContext context, string key)
    {
        var names = context.Artifact<TableFacts>(ReleasedValues.AdapterNames);
        return names.Row("eval_metrics_key", key)[names.IndexOf("adapter_name_suffix")];
    }
}
