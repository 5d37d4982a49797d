using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Tables 6 and 7, labels of rows: what the names of the stored adapters say about the training.</summary>
internal sealed class Table06And07Labels : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T6-label-mse", MeanSquaredError),
        new("CRS-T7-label-over", OverSampled),
        new("CRS-S5.3.2-hack", Unadjusted),
    ];

    private static Evidence MeanSquaredError(SpecContext context)
    {
        var label = context.Table(RewardModelErrors.Table6).Rows.ElementAt(1);
        var adapter = RewardModelErrors.Adapter(context, "abs_mse_s_075_quality");
        var (printed, named) = (label.Contains("under", StringComparison.Ordinal), adapter.Contains("under", StringComparison.Ordinal));
        return context.Evidence()
            .Value("adapter", adapter)
            .Value("label_names_under_sampling", printed)
            .Require("label and adapter name agree on under-sampling", printed == named, $"label '{label}', adapter '{adapter}'")
            .Explain(
                $"The row is labelled '{label}', which {(printed ? "names" : "does not name")} under-sampling; "
                    + $"the adapter behind its errors is called '{adapter}', which {(named ? "does" : "does not")}.");
    }

    // A name can show that something was done; its silence does not show that it was not.
    private static Evidence OverSampled(SpecContext context)
    {
        var rows = context.Table(RewardModelErrors.Table7).Rows.ToList();
        (string Label, string Key)[] questioned =
        [
            (rows[5], "abs_logistic_s_05_quality"), (rows[6], "abs_logistic_s_075_quality"), (rows[7], "abs_logistic_quality"),
        ];
        (string Label, string Key)[] others =
        [
            (rows[2], "abs_logistic_over_and_under_s_05_quality"),
            (rows[3], "abs_logistic_over_and_under_s_75_quality"),
            (rows[4], "abs_logistic_over_and_under_quality"),
        ];
        int Named(IEnumerable<(string Label, string Key)> models) =>
            models.Count(m => RewardModelErrors.Adapter(context, m.Key).Contains("over", StringComparison.Ordinal));
        var (own, rest) = (Named(questioned), Named(others));
        var names = string.Join(", ", questioned.Select(q => $"'{RewardModelErrors.Adapter(context, q.Key)}'"));
        var evidence = context.Evidence().Value("rows_named_over", own).Value("other_over_rows_named_over", rest)
            .Sample("rows", questioned.Length);
        _ = own == questioned.Length
            ? evidence.Require("the adapter names carry over-sampling", true)
            : evidence.Undecided("the adapter names carry over-sampling", Invariant($"{own} of {questioned.Length} do"));
        return evidence.Explain(
            Invariant($"Of the adapters behind the three rows ({names}) {own} carry 'over' in their name; ")
                + Invariant($"of the three other rows labelled over_s {rest} do. ")
                + "The names alone do not tell whether the former were trained with over-sampling.");
    }

    private static Evidence Unadjusted(SpecContext context)
    {
        var rule = ReleasedValues.Setting(context, "eval_code", "low_score_hack").Current;
        var (bound, shift) = ScoreAdjustment.Parse(rule);
        var models = RewardModelErrors.Models(context);
        var older = RewardModelErrors.OlderFiles.SelectMany(f => context.Artifact<RewardModelErrorFacts>(f).Models).ToList();
        var shared = older.Where(o => models.Any(m => m.Key == o.Key)).ToList();
        var equal = shared.Count(o => Full(o) == Full(models.First(m => m.Key == o.Key)));
        var scores = models.SelectMany(m => m.ResponseScores).ToList();
        var impossible = scores.Count(s => s >= bound - shift && s < bound);
        return context.Evidence()
            .Value("models_in_older_files", shared.Count)
            .Value("models_with_equal_full_set_errors", equal)
            .Value("scores_that_the_adjustment_would_remove", impossible)
            .Sample("stored_scores", scores.Count)
            .Require(
                "the errors are those of the files stored earlier",
                shared.Count > 0 && equal == shared.Count,
                Invariant($"{equal} of {shared.Count}"))
            .Require(
                "the stored scores include some that the adjustment would have lowered",
                impossible > 0,
                Invariant($"{impossible} of {scores.Count} lie in [{bound - shift}, {bound})"))
            .Reserve(
                "adjusted output",
                "the file with adjusted errors is not released, so the adjusted figures cannot be set beside the printed ones")
            .Explain(
                Invariant($"The released rule ({rule}) would leave no score in [{bound - shift}, {bound}); ")
                    + Invariant($"{impossible} of the {scores.Count} stored scores lie there, ")
                    + Invariant($"and the full-set errors of {equal} of {shared.Count} models equal those of older files."));
    }

    private static RewardModelErrorFacts.Range Full(RewardModelErrorFacts.Model model) => model.Of(RewardModelErrorFacts.FullSet);
}

/// <summary>The rule of the released evaluation that lowers small probabilities.</summary>
internal static partial class ScoreAdjustment
{
    /// <summary>Bound below which a probability is lowered, and by how much, from <c>p &lt; 0.46 -&gt; p - 0.12</c>.</summary>
    /// <exception cref="ReproException">The rule reads otherwise.</exception>
    internal static (double Bound, double Shift) Parse(string rule)
    {
        var match = Rule().Match(rule);
        return match.Success
            ? (
                double.Parse(match.Groups["bound"].Value, CultureInfo.InvariantCulture),
                double.Parse(match.Groups["shift"].Value, CultureInfo.InvariantCulture))
            : throw new ReproException($"setting 'eval_code.low_score_hack' is '{rule}', expected 'p < BOUND -> p - SHIFT'");
    }

    [GeneratedRegex(@"^p < (?<bound>[0-9.]+) -> p - (?<shift>[0-9.]+)")]
    private static partial Regex Rule();
}
