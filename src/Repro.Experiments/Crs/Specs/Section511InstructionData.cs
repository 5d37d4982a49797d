using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.1.1: sizes of the instruction data, against the published data sets.</summary>
internal sealed class Section511InstructionData : ISpecGroup
{
    private const string Sets = "instruction-sets";
    private const string OpenAssistant = "open-assistant";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.1-alpaca", c => Size(c, External(c, Sets, "alpaca", "rows"), 1000)),
        new("CRS-S5.1.1-dolly", c => Size(c, External(c, Sets, "dolly", "rows"), 1000)),
        new(
            "CRS-S5.1.1-gsm8k",
            c => Size(
                c, External(c, Sets, "gsm8k train", "rows") + External(c, Sets, "gsm8k test", "rows"), 100,
                External(c, Sets, "gsm8k stated by its authors", "rows"))),
        new("CRS-S5.1.1-oasst_trees", c => Card(c, "trees")),
        new("CRS-S5.1.1-oasst_messages", c => Card(c, "messages")),
        new("CRS-S5.1.1-oasst_langs", c => Card(c, "languages")),
        new("CRS-S5.1.1-oasst_done", Finished),
        new("CRS-S5.1.1-oasst_volunteers", Volunteers),
        new("CRS-S5.1.1-sft_threads", Threads),
        new("CRS-S5.1.1-splits", Splits),
        new("CRS-S5.1.1-175", Seeds),
    ];

    // The text rounds sizes to a unit; where that does not explain its number, the number that the authors of the set state may.
    private static Evidence Size(SpecContext context, double rows, double unit, double? stated = null)
    {
        var printed = context.Printed("value");
        var difference = rows - printed.AsTarget();
        var evidence = context.Evidence();
        _ = Math.Abs(difference) > unit / 2 && stated == printed.AsTarget()
            ? evidence.Value("rows", rows).Check("number stated by the authors of the set", printed, stated.Value)
            .Reserve("counted rows", Invariant($"the published files have {rows} rows"))
            : evidence.Compare("rows", printed, rows, unit / 2);
        var quoted = stated is { } number ? Invariant($"; its authors state {number}") : string.Empty;
        return evidence
            .Value("difference", difference)
            .Explain(
                Invariant($"The text gives {printed.Text} instances; the published set has {rows} rows, {Math.Abs(difference)} ")
                    + Invariant($"{(difference < 0 ? "fewer" : "more")}{quoted}."));
    }

    private static Evidence Card(SpecContext context, string row)
    {
        var published = External(context, OpenAssistant, row, "value");
        return context.Evidence()
            .CompareExactly(row.Replace(' ', '_'), context.Printed("value"), published)
            .Explain(Invariant($"The text gives {context.Printed("value").Text} {row}; the card of the data set gives {published}."));
    }

    private static Evidence Finished(SpecContext context)
    {
        var printed = context.Printed("value").AsInput();
        var exported = External(context, OpenAssistant, "trees ready for export", "value");
        var trees = External(context, OpenAssistant, "trees", "value");
        var evidence = context.Evidence().Value("trees_ready_for_export", exported).Value("missing", printed - exported)
            .Require(
                "the number lies between the exported and all trees", printed >= exported && printed <= trees,
                Invariant($"{exported} and {trees}"));
        if (printed != exported)
        {
            evidence.Undecided(
                "finished trees",
                Invariant($"the exported file leaves out {printed - exported} of the stated trees and the card does not say how many it ")
                    + "removed for spam or deletion");
        }

        return evidence.Explain(
            Invariant($"The text gives {printed} finished trees; the card lists {exported} export-ready trees after removal of spam and ")
                + Invariant($"deleted messages, {printed - exported} fewer. Both can be true; the full export would decide."));
    }

    private static Evidence Volunteers(SpecContext context)
    {
        var atLeast = context.Printed("value").AsInput();
        var published = External(context, OpenAssistant, "volunteers", "value");
        return context.Evidence()
            .Value("volunteers", published)
            .Require("the card gives more than the printed bound", published > atLeast, Invariant($"{published} and {atLeast}"))
            .Explain(Invariant($"The text says more than {atLeast}; the card of the data set says more than {published}."));
    }

    private static Evidence Threads(SpecContext context) => context.Evidence()
        .Value("languages_in_the_filter", Setting(context, "sft", "languages").Items().Count)
        .Absent(
            "conversation trees",
            "counting the threads needs the full Open Assistant export with ranks; the released filter on it would run the claim")
        .Explain(
            $"The stated {context.Printed("value").Text} threads are what is left of the Open Assistant export after the rank and language "
                + $"filters ({Setting(context, "sft", "languages").Items().Count} languages); the export is not part of the release.");

    private static Evidence Splits(SpecContext context)
    {
        var (train, evaluation) = (context.Printed("train").AsRateInput(), context.Printed("evaluation").AsRateInput());
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (set, claim) in new[] { ("alpaca", "alpaca"), ("dolly", "dolly"), ("gsm8k", "gsm8k"), ("threads", "sft_threads") })
        {
            var rows = context.Printed($"CRS-S5.1.1-{claim}", "value").AsInput();
            evidence.Value($"{set}_train", train * rows).Value($"{set}_evaluation", evaluation * rows);
            parts.Add(Invariant($"{set} {train * rows:F2} and {evaluation * rows:F2}"));
        }

        return evidence
            .Require("the shares add up to one", Math.Abs(train + evaluation - 1) < 1e-12, Invariant($"{train} and {evaluation}"))
            .Explain(
                Invariant($"The shares {train} and {evaluation} add up to {train + evaluation}; of the stated sizes they are ")
                    + Invariant($"{string.Join(", ", parts)}."));
    }

    private static Evidence Seeds(SpecContext context)
    {
        var parts = context.Printed("human").AsInput() + context.Printed("generated").AsInput();
        return context.Evidence()
            .CompareExactly("seeds", context.Printed("seeds"), External(context, Sets, "self-instruct seed tasks", "rows"))
            .CompareExactly("shown", context.Printed("shown"), parts)
            .Require(
                "the published procedure shows as many",
                parts == External(context, Sets, "self-instruct shown", "rows")
                    && context.Printed("human").AsInput() == External(context, Sets, "self-instruct shown human", "rows"))
            .Explain(
                Invariant($"The published procedure starts from {External(context, Sets, "self-instruct seed tasks", "rows")} seed tasks ")
                    + Invariant($"and shows {External(context, Sets, "self-instruct shown human", "rows")} human and ")
                    + Invariant($"{External(context, Sets, "self-instruct shown generated", "rows")} generated ones; the printed parts ")
                    + Invariant($"add up to {parts}."));
    }
}

/// <summary>CRS section 5.1.1: which Open Assistant conversations are used.</summary>
internal sealed class Section511Selection : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.1-top20", TopLanguages),
        new("CRS-F16-dominant", DominantLanguages),
        new("CRS-S5.1.1-top1", BestReplies),
        new("CRS-S5.1.1-incomplete-trees", UnfinishedTrees),
    ];

    private static Evidence TopLanguages(SpecContext context)
    {
        var listed = Setting(context, "sft", "languages").Items();
        var table = context.Table("external/open-assistant-languages");
        var count = context.Printed("count");
        var byMessages = table.Rows.OrderByDescending(r => table[r, "messages"].AsInput()).ToList();
        var common = byMessages.Take(listed.Count).ToList();
        var missing = common.Except(listed).ToList();
        var without = listed.Except(byMessages).ToList();
        return context.Evidence()
            .CompareExactly("listed", count, listed.Count)
            .Value("most_common_among_listed", listed.Count - missing.Count)
            .Value("missing", string.Join(" ", missing))
            .Value("listed_without_messages", string.Join(" ", without))
            .Require(
                "the listed languages are the most common ones", missing.Count == 0,
                Invariant($"{listed.Count - missing.Count} of {listed.Count}"))
            .Explain(
                Invariant($"The configuration lists {listed.Count} languages; {listed.Count - missing.Count} of them are among the ")
                + Invariant($"{listed.Count} with most messages on the data card. ")
                + $"Not listed are {(missing.Count == 0 ? "none" : string.Join(", ", missing))}; listed without any message on the card "
                + $"are {(without.Count == 0 ? "none" : string.Join(", ", without))}.");
    }

    private static Evidence DominantLanguages(SpecContext context)
    {
        var table = context.Table("external/open-assistant-languages");
        var all = External(context, "open-assistant", "messages", "value");
        var byMessages = table.Rows.Select(r => (Language: r, Messages: table[r, "messages"].AsInput()))
            .OrderByDescending(r => r.Messages).ToList();
        var common = byMessages.Take(2).Select(r => r.Language).ToList();
        var share = 100 * byMessages.Take(2).Sum(r => r.Messages) / all;
        var small = byMessages.Count(r => r.Messages < all / byMessages.Count);
        return context.Evidence()
            .Value("most_common", string.Join(" ", common))
            .Value("share_of_both_percent", share)
            .Value("below_an_equal_share", small)
            .Sample("languages listed", byMessages.Count)
            .Require("English and Spanish are the most common", common.Contains("en") && common.Contains("es"))
            .Require("both together have most messages", share > 50, Invariant($"{share:F1}%"))
            .Require(
                "most languages have less than an equal share", 2 * small > byMessages.Count, Invariant($"{small} of {byMessages.Count}"))
            .Explain(Invariant($"{byMessages[0].Language} and {byMessages[1].Language} have {share:F1}% of the messages; {small} of the ")
                + Invariant($"{byMessages.Count} languages on the card have less than an equal share."));
    }

    // Ranks start at 1 in the text; the configuration counts how many of the best replies are kept.
    private static Evidence BestReplies(SpecContext context) => AgainstSetting(context, context.Printed("rank"), "sft", "top_k");

    private static Evidence UnfinishedTrees(SpecContext context)
    {
        var filter = CodeText(context, "rl tree filter");
        var prompts = Stored(context, "rl_train_prompts") + Stored(context, "rl_eval_prompts");
        var trees = Stored(context, "label_trees");
        return context.Evidence()
            .Value("filter", filter)
            .Value("rl_prompts", prompts)
            .Value("prompts_for_each_finished_tree", prompts / trees)
            .Require("the loader lets unfinished trees pass", !filter.Contains("finished trees only", StringComparison.Ordinal), filter)
            .Explain(
                Invariant($"The released loader keeps {filter} before it builds the prompts. Its {prompts} prompts are ")
                    + Invariant($"{prompts / trees:F2} for each of the {trees} labelled trees in the four languages."));
    }
}
