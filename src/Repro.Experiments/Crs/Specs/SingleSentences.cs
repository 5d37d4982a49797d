using System.Globalization;
using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS sections 5 to 8: single sentences about the judge, the weights and the data.</summary>
internal sealed class SingleSentences : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.1-single-prompt-trees", SinglePromptTrees),
        new("CRS-S5.1.2-label-names", LabelNames),
        new("CRS-S5.5.1-less-expensive", LessExpensive),
        new("CRS-S6.1-0625-worst", Worst),
        new("CRS-S6.1-abs-gets-worse", AbsGetsWorse),
        new("CRS-S6.2-bias-of-training-data", BiasOfTrainingData),
        new("CRS-S7.2-weights-from-0-to-1", Weights),
        new("CRS-S7.3-superiority", Superiority),
        new("CRS-S8-complete-data", CompleteData),
    ];

    // A tree without further messages has one; all others have two or more. So trees and messages bound the number of the first.
    private static Evidence SinglePromptTrees(SpecContext context)
    {
        const string Card = "open-assistant";
        var trees = External(context, Card, "trees", "value") - External(context, Card, "trees ready for export", "value");
        var messages = External(context, Card, "messages", "value") - External(context, Card, "messages ready for export", "value");
        var fewest = (2 * trees) - messages;
        var evidence = context.Evidence()
            .Value("incomplete_trees", trees)
            .Value("messages_in_incomplete_trees", messages)
            .Value("fewest_trees_of_one_message", fewest)
            .Value("least_share_in_percent", 100 * fewest / trees)
            .Require("there is no tree without a message", messages >= trees);
        if (2 * fewest <= trees)
        {
            evidence.Undecided("majority", "the numbers of trees and messages allow fewer than half");
        }

        return evidence.Explain(Invariant($"{messages} messages in {trees} incomplete trees leave at least {fewest} trees ")
            + Invariant($"({100 * fewest / trees:F1}%) with a single one."));
    }

    private static Evidence LabelNames(SpecContext context)
    {
        var table = context.Table("crs/section-5-1-2-ratings");
        var named = table.Rows.Select(row => table.CellText(row, "label")).ToList();
        var same = Labels.Where(label => table.Rows.Contains(label) && table.CellText(label, "label") == label).ToList();
        var evidence = context.Evidence()
            .Value("labels_under_the_printed_name", same.Count)
            .Value("labels", string.Join(", ", Labels))
            .Sample("ratings named", named.Count)
            .Require("each label that the reward model is trained on is one of the ratings named", Labels.All(named.Contains))
            .Require("as many ratings are named as labels used", named.Count == Labels.Count);
        var other = table.Rows.Where(row => table.CellText(row, "label") != row)
            .Select(row => $"{row} for {table.CellText(row, "label")}").ToList();
        if (other.Count > 0)
        {
            evidence.Reserve("names", $"the text names the good end of scales whose labels count the bad one: {string.Join(", ", other)}");
        }

        return evidence.Explain(Invariant($"{same.Count} of the {Labels.Count} labels have the name that section 5.1.2 gives them; the ")
            + $"others: {(other.Count == 0 ? "none" : string.Join(", ", other))}.");
    }

    private static Evidence LessExpensive(SpecContext context)
    {
        var metrics = context.Artifact<TableFacts>(AnnotatorMetrics);
        double Price(string annotator) => metrics.Number("annotator", annotator, "price_per_1000");
        var (used, other) = (Price("alpaca_eval_gpt4_turbo_fn"), Price("alpaca_eval_gpt4"));
        return context.Evidence()
            .Value("price_turbo", used)
            .Value("price_gpt4", other)
            .Value("ratio", used / other)
            .Require("GPT-4 Turbo costs less", used < other)
            .Explain(Invariant($"A thousand judgements cost {used} dollars with alpaca_eval_gpt4_turbo_fn and {other} with ")
                + Invariant($"alpaca_eval_gpt4, {100 * used / other:F0}% of the price."));
    }

    // The sentence ends with "compared to crs_rlhf_025": the two combined models are compared, not all rows of the table.
    private static Evidence Worst(SpecContext context)
    {
        double Rate(string file, string model) => WinRates.Percent(WinRates.Count(context.Judgements(file), model));
        var (crs0625, crs025) = (Rate(AbsAgainstCrs0625, Model.Crs0625), Rate(AbsAgainstCrs025, Model.Crs025));
        var preference = Rate(AbsAgainstPreference, Model.Preference);
        return context.Evidence()
            .Compare("crs_0625", context.Printed("rate"), crs0625)
            .Value("crs_025", crs025)
            .Value("preference", preference)
            .Require("lower than crs_rlhf_025", crs0625 < crs025)
            .Explain(Invariant($"Against abs_rlhf crs_rlhf_0625 wins {crs0625:F0}% and crs_rlhf_025 {crs025:F0}%; of all rows of the ")
                + Invariant($"table preference_rlhf, with {preference:F0}%, is the lowest."));
    }

    private static Evidence AbsGetsWorse(SpecContext context)
    {
        (string Weight, string File)[] rivals = [("0.25", AbsAgainstCrs025), ("0.625", AbsAgainstCrs0625), ("1", AbsAgainstPreference)];
        var abs = rivals.Select(r => (r.Weight, Rate: WinRates.Percent(WinRates.Count(context.Judgements(r.File), Model.Abs)))).ToList();
        var evidence = context.Evidence();
        foreach (var (weight, rate) in abs)
        {
            evidence.Value($"abs_against_{weight}", rate);
        }

        var rising = abs.Zip(abs.Skip(1)).All(p => p.Second.Rate > p.First.Rate);
        evidence.Require("the rivals of abs_rlhf get worse as their preference weight rises", rising);
        if (rising)
        {
            evidence.Reserve("subject", "what gets worse are the models with the larger weight; abs_rlhf itself, which has no such "
                + "weight, wins more often");
        }

        return evidence.Explain("abs_rlhf wins "
            + $"{string.Join(", ", abs.Select(a => Invariant($"{a.Rate:F0}% against weight {a.Weight}")))}.");
    }

    private static Evidence BiasOfTrainingData(SpecContext context)
    {
        const int Rows = 5000;
        var correlation = Stored(context, "training_score_length_corr");
        var model = Stored(context, "corr_length_abs_score_400");
        var interval = Correlation.FisherInterval(correlation, Rows);
        return context.Evidence()
            .Value("training_correlation", correlation)
            .Value("absolute_model_correlation", model)
            .Sample("rows", Rows)
            .RequireInterval(
                "correlation of length and score in the training data", interval.Lower, interval.Upper, Side.Above, 0, "Fisher's z")
            .Reserve(
                "which rows", Invariant($"the notebook draws {Rows} training rows, but a later cell does not fit a draw from all of them"))
            .Explain(Invariant($"In {Rows} training rows score and length correlate with {correlation:F3} (95% interval ")
                + Invariant($"{interval.Lower:F3} to {interval.Upper:F3}), for the absolute reward model with {model:F3}; which rows the ")
                + "notebook drew cannot be told.");
    }

    // Table 10 names the weights by the digits after the point: crs_rlhf_0375.
    private static Evidence Weights(SpecContext context)
    {
        var rows = context.Table("crs/table-10").Rows.ToList();
        var weights = rows.Select(row => row.Split('_')[^1])
            .Select(digits => double.Parse(WeightName(digits), CultureInfo.InvariantCulture)).ToList();
        var judged = TuningFiles.Sum(file => context.Judgements(file).Count);
        var (smallest, largest) = (weights.Min(), weights.Max());
        var evidence = context.Evidence().Value("smallest", smallest).Value("largest", largest).Value("judgements", judged)
            .Sample("weights", weights.Count)
            .Require("the weights are those of the released comparisons", rows.SequenceEqual(TuningWeights.Select(w => $"crs_rlhf_{w}")))
            .Require("all weights lie between 0 and 1", smallest >= 0 && largest <= 1);
        if (smallest > 0 || largest < 1)
        {
            evidence.Reserve("ends", Invariant($"the tuning goes from {smallest} to {largest}; 0 and 1 are the models of a single ")
                + "reward, which Table 10 leaves out");
        }

        return evidence.Explain(Invariant($"The {weights.Count} weights of Table 10 go from {smallest} to {largest}, in {judged} released ")
            + "judgements.");
    }

    // All three margins of the sentence are lower bounds minus 50. A lead over the rival would be twice as large.
    private static Evidence Superiority(SpecContext context)
    {
        const string Preference = "preference_rlhf";
        (string Pair, string Model, string Rival)[] pairs =
            [("abs-pref", "abs_rlhf", Preference), ("abs-crs", "abs_rlhf", "crs_rlhf_025"), ("crs-pref", "crs_rlhf_025", Preference)];
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (pair, model, rival) in pairs)
        {
            var half = context.Printed($"CRS-S7.3-ci-{pair.Replace("-", "_vs_", StringComparison.Ordinal)}", "half_width").AsInput();
            var bound = context.Table("crs/table-16")[model, rival].AsInput() - half;
            evidence.Compare(pair, context.Printed($"CRS-S7.3-margin-{pair}", "margin"), bound - 50)
                .Value($"{pair}, ahead of the rival", (2 * bound) - 100);
            parts.Add(Invariant($"{model} has {bound:F2}% and {rival} {100 - bound:F2}%: {bound - 50:F2} above one half, ")
                + Invariant($"{(2 * bound) - 100:F2} apart"));
        }

        return evidence.Reserve("measured from 50", "a superiority over a rival is the difference of both rates, twice what is printed")
            .Explain($"At the lower bounds {string.Join("; ", parts)}.");
    }

    // Section 5.3.1 itself says that the absolute data are under-sampled; what it says is thinned is the middle alone.
    private static Evidence CompleteData(SpecContext context)
    {
        var (all, kept, added) = (Stored(context, "abs_train_rows"), Stored(context, "abs_train_after_undersampling"),
            Stored(context, "abs_train_low"));
        var tails = added + Stored(context, "abs_train_high");
        var evidence = context.Evidence()
            .Value("preference_prompts", Stored(context, "rank_train_prompts"))
            .Value("absolute_rows", all)
            .Value("absolute_rows_kept", kept)
            .Value("paraphrases", added)
            .Require(
                "no row of low or high quality is left out", kept - Stored(context, "abs_train_mid_after_undersampling") == tails,
                Invariant($"{tails} rows"));
        if (kept < all)
        {
            evidence.Reserve("absolute model", Invariant($"it is trained on {kept} of {all} rows and {added} paraphrases"));
        }

        return evidence.Explain(Invariant($"The preference model is trained on {Stored(context, "rank_train_prompts")} ranking ")
            + Invariant($"instances, the absolute one on {kept} of {all} rows, all {tails} of low or high quality among them, and on ")
            + Invariant($"{added} paraphrases."));
    }
}

/// <summary>CRS sections 5.5.2 and 7.3: how many people judged, how far they agreed, and what the categories explain.</summary>
internal sealed class SentencesOnPeopleAndCategories : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T9-annotators", Annotators),
        new("CRS-S5.5.2-same-rank", SameRank),
        new("CRS-S7.3-clear-consensus", ClearConsensus),
        new("CRS-S8.1-not-over-sft", NotOverSft),
        new("CRS-S7.3-no-clear-trend", NoClearTrend),
    ];

    private static Evidence Annotators(SpecContext context)
    {
        var evidence = context.Evidence();
        var printed = context.Printed("annotators");
        var sizes = new List<int>();
        foreach (var group in HumanVotes.Groups)
        {
            var prompts = HumanVotes.Read(context, group);
            sizes.Add(prompts.SelectMany(p => p).Select(v => v.Annotator).Distinct(StringComparer.Ordinal).Count());
            evidence.CompareExactly(Invariant($"group {group}"), printed, sizes[^1])
                .Require(Invariant($"group {group}: all of them rank every prompt"), prompts.All(p => p.Count == sizes[^1]));
        }

        var shown = context.Table("crs/table-09").Rows
            .Count(row => row.StartsWith("annotator_", StringComparison.Ordinal));
        evidence.Value("annotators_in_table_9", shown);
        if (sizes.Exists(size => size != shown))
        {
            evidence.Reserve("Table 9", Invariant($"the ranking of a prompt has {shown} annotators there, a group has {sizes.Max()}"));
        }

        return evidence.Explain(
            Invariant($"The released groups have {InvariantText.Join(", ", sizes)} annotators; Table 9 shows {shown}."));
    }

    private static Evidence SameRank(SpecContext context)
    {
        var evidence = context.Evidence();
        var ties = 0;
        foreach (var group in HumanVotes.Groups)
        {
            var votes = context.Artifact<VoteFacts>(HumanVotes.VotesOf(group)).Prompts.SelectMany(p => p).ToList();
            var tied = votes.Count(v => v.HasTie());
            evidence.Value(Invariant($"votes with equal ranks, group {group}"), tied)
                .Sample(Invariant($"votes, group {group}"), votes.Count)
                .Require(
                    Invariant($"group {group}: votes give several responses the same rank"), tied > 0,
                    Invariant($"{tied} of {votes.Count}"));
            ties += tied;
        }

        return evidence.Explain(Invariant($"{ties} votes give two or three responses the same rank."));
    }

    private static Evidence NotOverSft(SpecContext context)
    {
        var (wins, total) = WinRates.Count(context.Judgements(AbsAgainstSft), Model.Abs);
        return context.Evidence()
            .Value("wins", wins)
            .Share("judgements", (wins, total))
            .Require("abs_rlhf wins at most half", 2 * wins <= total, Invariant($"{wins} of {total}"))
            .Explain(Invariant($"Against the SFT model abs_rlhf wins {ShareEvidence.Describe((wins, total))}."));
    }

    // The rank of section 6.4 is that of the merged votes (Table 17). What single votes say is a reservation on the consensus.
    private static Evidence ClearConsensus(SpecContext context)
    {
        var groups = HumanVotes.Groups.Select(group => HumanVotes.Read(context, group)).ToList();
        var votes = groups.SelectMany(g => g).SelectMany(p => p).ToList();
        bool AbsFirst(HumanStudy.NamedVote vote) => vote.Models.All(m => m == "abs" || vote.RankOf(m) > vote.RankOf("abs"));
        var first = votes.Count(AbsFirst);
        var prompts = groups.SelectMany(g => g).ToList();
        var unanimous = prompts.Count(p => p.All(AbsFirst));
        bool Leads(IReadOnlyDictionary<string, double> points) => points.All(p => p.Key == "abs" || p.Value < points["abs"]);
        var evidence = context.Evidence()
            .Value("votes_with_abs_alone_first", first)
            .Value("prompts_with_abs_first_in_every_vote", unanimous)
            .Sample("votes", votes.Count)
            .Sample("prompts", prompts.Count);
        foreach (var group in HumanVotes.Groups)
        {
            var points = Borda.NormalisedMean(context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(group)).Rankings);
            evidence.Require(Invariant($"group {group} gives abs_rlhf the most points"), Leads(points));
            if (!Leads(HumanStudy.PointsOfVotes(groups[group - 1])))
            {
                evidence.Reserve(Invariant($"group {group}"), "before they are merged, its single votes give another model as many points");
            }
        }

        if (2 * first <= votes.Count)
        {
            evidence.Reserve("single votes", Invariant($"{first} of {votes.Count} votes put abs_rlhf alone first"));
        }

        if (2 * unanimous <= prompts.Count)
        {
            evidence.Reserve("prompts", Invariant($"all annotators put abs_rlhf alone first on {unanimous} of {prompts.Count} prompts"));
        }

        return evidence.Explain(Invariant($"abs_rlhf stands alone first in {first} of {votes.Count} votes, and in all votes on ")
            + Invariant($"{unanimous} of {prompts.Count} prompts."));
    }

    // The sentence looks for a category that explains why preference_rlhf does well on OASST: do its wins there depend on the category?
    private static Evidence NoClearTrend(SpecContext context)
    {
        var cells = context.CellOfPrompt();
        (int Table, string File)[] tables = [(22, AbsAgainstPreference), (30, Crs025AgainstPreference), (31, Crs0625AgainstPreference)];
        var counts = tables.Select(t => Subsets.Count(context.Judgements(t.File), Model.Preference, cells))
            .Select(c => CategoryNames.Select(name => c.GetValueOrDefault(("oasst", name))).ToList()).ToList();
        var p = counts.Select(c => FisherExact.TwoSided([.. c.Select(x => x.Wins)], [.. c.Select(x => x.Total - x.Wins)])).ToList();
        var adjusted = Holm.Adjust(p);
        var evidence = context.Evidence().Sample("OASST prompts", counts[0].Sum(c => c.Total));
        var parts = new List<string>();
        foreach (var (place, (table, _)) in tables.Index())
        {
            evidence.PValue(Invariant($"Table {table}, wins on OASST by category"), p[place])
                .PValue(Invariant($"Table {table}, Holm over the {tables.Length} tables"), adjusted[place])
                .Require(Invariant($"Table {table} shows no category apart from the others"), adjusted[place] >= VerdictRule.Level,
                    Invariant($"exact p = {p[place]:G3}, {adjusted[place]:G3} after Holm"));
            var cellsOfTable = string.Join(", ", counts[place].Select(c => Invariant($"{c.Wins}/{c.Total}")));
            parts.Add(Invariant($"Table {table} {cellsOfTable} (exact p {p[place]:G3})"));
        }

        return evidence.Explain($"Wins of preference_rlhf on OASST by category ({string.Join(", ", CategoryNames)}): "
            + $"{string.Join("; ", parts)}.");
    }
}
