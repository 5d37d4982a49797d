using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>CRS section 5.1.1: which Open Assistant conversations are used.</summary>
public sealed class Section511Selection : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.1-top20", TopLanguages),
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
            .Require("the listed languages are the most common ones", missing.Count == 0, Invariant($"{listed.Count - missing.Count} of {listed.Count}"))
            .Explain(
                Invariant($"The configuration lists {listed.Count} languages; {listed.Count - missing.Count} of them are among the {listed.Count} with most messages on the data card. ")
                + $"Not listed are {(missing.Count == 0 ? "none" : string.Join(", ", missing))}; listed without any message on the card are {(without.Count == 0 ? "none" : string.Join(", ", without))}.");
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
            .Explain(Invariant($"The released loader keeps {filter} before it builds the prompts. Its {prompts} prompts are {prompts / trees:F2} for each of the {trees} labelled trees in the four languages."));
    }
}
