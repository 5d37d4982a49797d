using System.Globalization;
using System.Text.Json;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Errors of absolute reward models on the evaluation split: one released error file.</summary>
/// <param name="Models">One entry for each model, in file order.</param>
internal sealed record RewardModelErrorFacts(IReadOnlyList<RewardModelErrorFacts.Model> Models) : IFacts<RewardModelErrorFacts>
{
    /// <summary>Name of the range that holds all rows.</summary>
    public const string FullSet = "Full dataset";

    private const string Responses = "responses_score";

    /// <summary>Errors of one model.</summary>
    /// <param name="Key">Key of the model in the file.</param>
    /// <param name="Ranges">Errors for each range of the label, the full set included.</param>
    /// <param name="ResponseScores">Probabilities given to the four fixed test replies.</param>
    public sealed record Model(string Key, IReadOnlyList<Range> Ranges, IReadOnlyList<double> ResponseScores)
    {
        /// <summary>The errors of a range.</summary>
        /// <param name="name">Name of the range.</param>
        /// <exception cref="ReproException">There is no such range.</exception>
        public Range Of(string name) => Ranges.SingleOrDefault(r => r.Name == name)
            ?? throw new ReproException($"model '{Key}' has no range '{name}' among {string.Join(", ", Ranges.Select(r => r.Name))}");
    }

    /// <summary>Errors in one range of the label.</summary>
    /// <param name="Name">Name of the range, such as <c>Below 0.4</c>.</param>
    /// <param name="Mse">Mean squared error.</param>
    /// <param name="Mae">Mean absolute error.</param>
    public sealed record Range(string Name, double Mse, double Mae);

    /// <summary>The errors of a model.</summary>
    /// <param name="key">Key of the model.</param>
    /// <exception cref="ReproException">The file holds no such model.</exception>
    public Model Of(string key) => Models.SingleOrDefault(m => m.Key == key)
        ?? throw new ReproException($"no model '{key}' among {string.Join(", ", Models.Select(m => m.Key))}");

    /// <inheritdoc/>
    public static RewardModelErrorFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var root = file.Json();
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ReproException($"{file.Path}:1: expected an object from model to ranges");
        }

        return new RewardModelErrorFacts([.. root.EnumerateObject().Select(m => ParseModel(m, $"{file.Path}: model '{m.Name}'"))]);
    }

    private static Model ParseModel(JsonProperty model, string where)
    {
        var scores = model.Value.Member(Responses, where);
        if (scores.ValueKind != JsonValueKind.Array)
        {
            throw new ReproException($"{where}: '{Responses}' must be a list");
        }

        return new Model(
            model.Name,
            [.. model.Value.EnumerateObject().Where(r => r.Name != Responses).Select(r => ParseRange(r, $"{where}, range '{r.Name}'"))],
            [.. scores.EnumerateArray().Select((s, i) => Number(s, Invariant($"{where}, {Responses}[{i}]")))]);
    }

    private static Range ParseRange(JsonProperty range, string where) =>
        new(
            range.Name,
            Number(range.Value.Member("mse", where), $"{where}, mse"),
            Number(range.Value.Member("mae", where), $"{where}, mae"));

    // The files hold numbers as text.
    private static double Number(JsonElement value, string where) =>
        value.ValueKind == JsonValueKind.String
            && double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number)
            ? number
            : throw new ReproException($"{where}: expected a number as text, found {value.GetRawText()}");
}

/// <summary>The released error files of CRS Tables 6 and 7, and the layout of these tables.</summary>
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
        [
            .. new[] { "low", "high", "mid" }
                .Select(r => ReleasedValues.Stored(context, $"all_{r}") - ReleasedValues.Stored(context, $"abs_train_{r}")),
        ];

    /// <summary>Name of the adapter of a key of the error files.</summary>
    internal static string Adapter(SpecContext context, string key)
    {
        var names = context.Artifact<TableFacts>(ReleasedValues.AdapterNames);
        return names.Row("eval_metrics_key", key)[names.IndexOf("adapter_name_suffix")];
    }
}

/// <summary>One row of CRS Table 6 or 7 as printed, as inputs.</summary>
internal sealed record PrintedErrors(
    string Label, double BelowMse, double BelowMae, double AboveMse, double AboveMae, double BetweenMse, double BetweenMae)
{
    /// <summary>Difference of the absolute errors at the two ends.</summary>
    internal double Imbalance => Math.Abs(BelowMae - AboveMae);

    /// <summary>The squared errors in the order low, high, middle.</summary>
    internal IReadOnlyList<double> Mse => [BelowMse, AboveMse, BetweenMse];

    /// <summary>All rows of a table, in printed order.</summary>
    internal static IReadOnlyList<PrintedErrors> All(SpecContext context, string tableName)
    {
        var table = context.Table(tableName);
        double Cell(string row, string column) => table[row, column].AsInput();
        return
        [
            .. table.Rows.Select(r => new PrintedErrors(
                r,
                Cell(r, "below_mse"),
                Cell(r, "below_mae"),
                Cell(r, "above_mse"),
                Cell(r, "above_mae"),
                Cell(r, "between_mse"),
                Cell(r, "between_mae"))),
        ];
    }
}
