using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS sections 5.5 and 5.5.1: evaluation prompts, judge and what is cited for them.</summary>
internal sealed class Section551AutomaticEvaluation : ISpecGroup
{
    private const string Judge = "alpaca_eval_gpt4_turbo_fn";
    private const string TuningPrompts = "data/eval_hp_tuning.json";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.5-single-message", SingleMessage),
        new("CRS-S5.5.1-final-size", FinalSize),
        new("CRS-S5.5.1-tuning-size", TuningSize),
        new("CRS-S5.5.1-disjoint", Disjoint),
        new("CRS-S5.5.1-human-agreement-gpt4", c => Metric(c, "alpaca_eval_gpt4", "human_agreement")),
        new("CRS-S5.5.1-human-agreement-turbo", Place),
        new("CRS-S5.5.1-spearman", c => Metric(c, Judge, "spearman")),
        new("CRS-S6.2-annotators-longer", c => Metric(c, Judge, "prob_prefer_longer")),
        new("CRS-S5.5.1-78", SampleSizeStudy),
        new("CRS-S5.5.1-100-below-150", Recommendation),
        new("CRS-S5.5.1-annotations", Annotations),
        new("CRS-S5.5.1-gptscore", c => Cited(c, ("aspects", "evaluation aspects"), ("data_sets", "data sets"))),
        new("CRS-S5.5.2-80pct", c => Cited(c, ("value", "human agreement more than"))),
        new("CRS-F31-prompt", JudgePrompt),
    ];

    private static Evidence SingleMessage(SpecContext context)
    {
        string[] files = [Prompts, TuningPrompts, "data/eval_humaneval_handpicked.json", "data/eval_humaneval_sampled.json"];
        var evidence = context.Evidence();
        var (total, single) = (0, 0);
        foreach (var file in files)
        {
            var rows = context.Artifact<PromptFacts>(file).Rows;
            var own = rows.Count(r => r.SingleUserMessage);
            evidence.Sample(file, rows.Count)
                .Require($"{file}: one user message each", own == rows.Count, Invariant($"{own} of {rows.Count}"));
            (total, single) = (total + rows.Count, single + own);
        }

        return evidence.Value("prompts", total).Value("single_message", single)
            .Explain(
                Invariant($"{single} of {total} prompts of the {files.Length} released sets are one user message followed by the ")
                    + "opening tag of the assistant.");
    }

    private static Evidence FinalSize(SpecContext context)
    {
        var counts = context.Artifact<PromptFacts>(Prompts).Rows.GroupBy(r => r.Dataset)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var evidence = context.Evidence().Compare("prompts", context.Printed("value"), counts.Values.Sum())
            .Require("equal shares", counts.Values.Distinct().Count() == 1, InvariantText.Join(", ", counts.Values));
        foreach (var (dataset, count) in counts)
        {
            evidence.Value(dataset, count);
        }

        return evidence.Explain(
            Invariant($"The final set holds {counts.Values.Sum()} prompts: ")
                + Invariant($"{string.Join(", ", counts.Select(c => Invariant($"{c.Value} {c.Key}")))}."));
    }

    private static Evidence TuningSize(SpecContext context)
    {
        var rows = context.Artifact<PromptFacts>(TuningPrompts).Rows;
        return context.Evidence()
            .Compare("prompts", context.Printed("value"), rows.Count)
            .Require("all from oasst", rows.All(r => r.Dataset == "oasst"))
            .Explain($"The tuning set holds {rows.Count} prompts from {string.Join(", ", rows.Select(r => r.Dataset).Distinct())}.");
    }

    private static Evidence Disjoint(SpecContext context)
    {
        var (final, tuning) = (context.DatasetOfPrompt(), context.Artifact<PromptFacts>(TuningPrompts).Rows);
        var shared = tuning.Count(r => final.ContainsKey(r.Prompt));
        return context.Evidence()
            .Value("shared_prompts", shared)
            .Sample("final", final.Count).Sample("tuning", tuning.Count)
            .Require("no shared prompt", shared == 0)
            .Explain(
                Invariant($"{shared} of {tuning.Count} tuning prompts are among the {final.Count} final prompts, ")
                    + "by comparing the instructions.");
    }

    private static Evidence Metric(SpecContext context, string annotator, string column)
    {
        var value = context.Artifact<TableFacts>(ReleasedValues.AnnotatorMetrics).Number("annotator", annotator, column);
        return context.Evidence()
            .Compare(column, context.Printed("value"), value)
            .Explain(
                Invariant($"The AlpacaEval table of January 2024 lists {column} {value} for {annotator}; ")
                    + Invariant($"the text prints {context.Printed("value").Text}."));
    }

    private static Evidence Place(SpecContext context)
    {
        var table = context.Artifact<TableFacts>(ReleasedValues.AnnotatorMetrics);
        var agreement = table.Rows.ToDictionary(
            r => r[table.IndexOf("annotator")],
            r => table.Number("annotator", r[table.IndexOf("annotator")], "human_agreement"),
            StringComparer.Ordinal);
        var place = 1 + agreement.Count(a => a.Value > agreement[Judge]);
        return context.Evidence()
            .Compare("human_agreement", context.Printed("value"), agreement[Judge])
            .Compare("place", context.Printed("place"), place)
            .Sample("annotators listed", agreement.Count)
            .Explain(
                Invariant($"{Judge} has human agreement {agreement[Judge]}, place {place} of the {agreement.Count} annotators taken ")
                    + "from the AlpacaEval table "
                    + Invariant(
                        $"({string.Join(", ", agreement.OrderByDescending(a => a.Value).Select(a => Invariant($"{a.Key} {a.Value}")))})."));
    }

    private static Evidence SampleSizeStudy(SpecContext context)
    {
        var study = context.Table("external/alpaca-eval");
        var pairs = study["model_pairs", "value"].AsInput();
        var models = (1 + Math.Sqrt(1 + (8 * pairs))) / 2;
        var (told, annotator) = (study["pairs_told_apart", "value"].AsInput(), study.CellText("annotator", "value"));
        return context.Evidence()
            .Compare("models", context.Printed("models"), models)
            .Compare("samples", context.Printed("samples"), study["samples", "value"].AsInput())
            .Compare("sufficient_samples", context.Printed("sufficient"), study["sufficient_samples", "value"].AsInput())
            .Value("model_pairs", pairs)
            .Value("annotator", annotator)
            .Require("most pairs are told apart with so many samples", 2 * told > pairs, Invariant($"{told} of {pairs}"))
            .Require($"the annotator is {Judge}", annotator == Judge, annotator)
            .Explain(
                Invariant($"The documentation of AlpacaEval counts {pairs} pairs of models, which are the pairs of {models} models, ")
                    + Invariant($"judged by {annotator}; {told} of the {pairs} pairs are told apart with ")
                    + Invariant($"{context.Printed("sufficient").Text} samples. The text prints ")
                    + Invariant($"{context.Printed("models").Text} models and {Judge}."));
    }

    private static Evidence Recommendation(SpecContext context)
    {
        var (chosen, recommended) = (context.Printed("chosen").AsInput(), context.Printed("recommended").AsInput());
        var final = context.Artifact<PromptFacts>(Prompts).Rows.Count;
        var tuning = context.Artifact<PromptFacts>(TuningPrompts).Rows.Count;
        return context.Evidence()
            .Value("final_prompts", final)
            .Value("tuning_prompts", tuning)
            .Value("win_rate_told_from_half_with_80_percent_power", SmallestRate(final))
            .Require("the final set has the chosen number of prompts", final == chosen, Invariant($"{final} and {chosen}"))
            .Reserve("recommendation", Invariant($"{chosen} prompts instead of the recommended {recommended}, for the costs that the ")
                + Invariant($"text names; the tuning comparisons use {tuning}"))
            .Explain(
                Invariant($"The text quotes {recommended} samples as enough for most pairs and then chooses {chosen}; ")
                    + Invariant($"the tuning comparisons use {tuning}. With {final} prompts a win rate of about ")
                    + Invariant($"{100 * SmallestRate(final):F0}% is told from one half with 80% power."));
    }

    private static double SmallestRate(int trials)
    {
        var rate = 0.5;
        while (rate < 1 && BinomialTest.Power(trials, rate) < 0.8)
        {
            rate = Math.Round(rate + 0.005, 3);
        }

        return rate;
    }

    private static Evidence Annotations(SpecContext context)
    {
        string[] files = [.. Final, .. TuningFiles];
        var annotators = files.SelectMany(context.Judgements).GroupBy(r => r.Annotator)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        return context.Evidence()
            .Value("entries", annotators.Values.Sum())
            .Value("files", files.Length)
            .Sample("entries", annotators.Values.Sum())
            .Require(
                $"every entry comes from {context.Claim.Published}",
                annotators.Count == 1 && annotators.ContainsKey(Judge),
                string.Join(", ", annotators.Keys))
            .Explain(
                Invariant($"The {annotators.Values.Sum()} entries of {files.Length} files come from ")
                    + Invariant($"{string.Join(", ", annotators.Select(a => Invariant($"{a.Key} ({a.Value})")))}."));
    }

    private static Evidence Cited(SpecContext context, params (string Printed, string Row)[] figures)
    {
        var evidence = context.Evidence();
        var study = context.Table("external/judge-studies");
        var found = new List<string>();
        foreach (var (printed, row) in figures)
        {
            evidence.Compare(row, context.Printed(printed), study[row, "value"].AsInput());
            found.Add($"{row} {study.CellText(row, "value")}");
        }

        return evidence.Explain(
            $"The abstract of {study.CellText(figures[0].Row, "source")} gives {string.Join(" and ", found)}; "
                + $"the text prints {string.Join(" and ", figures.Select(f => context.Printed(f.Printed).Text))}.");
    }

    private static Evidence JudgePrompt(SpecContext context)
    {
        var (printed, used) = (context.Table("crs/figure-31"), context.Table("external/alpaca-eval-judge"));
        var differing = printed.Rows.Where(r => printed.CellText(r, "value") != used.CellText(r, "value")).ToList();
        var evidence = context.Evidence()
            .Value("features", printed.Rows.Count)
            .Value("differing_features", differing.Count)
            .Require(
                "asks for a ranked list",
                printed.CellText("asks_for_ranked_list", "value") == "yes" && used.CellText("asks_for_ranked_list", "value") == "yes")
            .Require(
                "through a function call",
                printed.CellText("calls_a_function", "value") == "yes" && used.CellText("calls_a_function", "value") == "yes");
        var described = string.Join(
            ", ", differing.Select(r => $"{r} '{printed.CellText(r, "value")}' printed and '{used.CellText(r, "value")}' used"));
        if (differing.Count > 0)
        {
            evidence.Reserve("template", $"the figure shows another template than the one of {Judge}: {described}");
        }

        return evidence.Explain(
            Invariant($"Figure 31 and the template of {Judge} agree in {printed.Rows.Count - differing.Count} of {printed.Rows.Count} ")
                + Invariant(
                    $"features{(differing.Count == 0 ? string.Empty : $"; they differ in {described}")}. The wording was not compared."));
    }
}
