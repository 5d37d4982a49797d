using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.1.2: sizes and selection of the reward data.</summary>
internal sealed class Section512RewardData : ISpecGroup
{
    private static readonly Dictionary<string, string> LanguageNames = new(StringComparer.Ordinal)
    {
        ["English"] = "en",
        ["Spanish"] = "es",
        ["French"] = "fr",
        ["German"] = "de",
    };

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.1.2-rank-train", c => Instances(c, "rank_train_prompts")),
        new("CRS-S5.1.2-rank-eval", c => Instances(c, "rank_eval_prompts")),
        new("CRS-S5.1.2-rank-ratio", Ratio),
        new("CRS-S5.1.2-langs", Languages),
        new("CRS-S5.1.2-replies", Replies),
        new("CRS-S5.1.2-consistency-eval", AbsoluteShare),
    ];

    private static Evidence Instances(SpecContext context, string key)
    {
        var printed = context.Printed("value");
        var stored = Stored(context, key);
        return context.Evidence()
            .CompareExactly("stored", printed, stored)
            .Value("printed_to_stored", printed.AsTarget() / stored)
            .Explain(
                Invariant($"The text gives {printed.Text} ranking instances; ")
                    + Invariant($"the released notebook prints {stored} from the data loader. ")
                    + Invariant($"The printed number is {printed.AsTarget() / stored:F3} times the stored one."));
    }

    private static Evidence Ratio(SpecContext context)
    {
        var train = context.Printed("CRS-S5.1.2-rank-train", "value").AsInput();
        var evaluation = context.Printed("CRS-S5.1.2-rank-eval", "value").AsInput();
        var trainReplies = context.Printed("CRS-S5.3.1-abs_train_rows", "value").AsInput() / train;
        var evaluationReplies = context.Printed("CRS-S5.3.1-abs_eval_rows", "value").AsInput() / evaluation;
        var least = context.Printed("least_replies").AsInput();
        var (storedTrain, storedEvaluation) = (Stored(context, "rank_train_prompts"), Stored(context, "rank_eval_prompts"));
        return context.Evidence()
            .Compare("evaluation_percent", context.Printed("share"), 100 * evaluation / (train + evaluation))
            .Value("replies_train", trainReplies)
            .Value("replies_evaluation", evaluationReplies)
            .Value("stored_evaluation_percent", 100 * storedEvaluation / (storedTrain + storedEvaluation))
            .Require(
                "both splits have at least the stated replies for each instance",
                trainReplies >= least && evaluationReplies >= least,
                Invariant($"{trainReplies:F2} and {evaluationReplies:F2}"))
            .Explain(
                Invariant($"The printed instances put {100 * evaluation / (train + evaluation):F1}% in the evaluation split, ")
                    + Invariant($"with {trainReplies:F2} labelled replies for each training and {evaluationReplies:F2} for each ")
                    + Invariant($"evaluation instance, where an instance needs {least}. ")
                + Invariant($"The stored {storedTrain} and {storedEvaluation} give ")
                + Invariant($"{100 * storedEvaluation / (storedTrain + storedEvaluation):F2}%."));
    }

    private static Evidence Languages(SpecContext context)
    {
        var printed = context.PrintedText("languages").Split(", ");
        var released = Setting(context, "rm", "languages").Items();
        var codes = printed.Select(p => LanguageNames.GetValueOrDefault(p, p)).ToHashSet(StringComparer.Ordinal);
        return context.Evidence()
            .Value("released", string.Join(" ", released))
            .Require("text and configuration name the same languages", codes.SetEquals(released), string.Join(" ", released))
            .Explain($"The text names {string.Join(", ", printed)}; the released rm.languages is {string.Join(", ", released)}.");
    }

    private static Evidence Replies(SpecContext context)
    {
        var (least, most) = (Code(context, "ranked replies at least"), Setting(context, "rm", "max_replies").Number());
        return context.Evidence()
            .CompareExactly("least", context.Printed("least"), least)
            .CompareExactly("most", context.Printed("most"), most)
            .Explain(
                Invariant($"The text gives {context.Printed("least").Text} to {context.Printed("most").Text} replies; ")
                    + Invariant($"the loader needs at least {least} ranked replies and keeps the first {most}."));
    }

    private static Evidence AbsoluteShare(SpecContext context)
    {
        var train = context.Printed("CRS-S5.3.1-abs_train_rows", "value").AsInput();
        var evaluation = context.Printed("CRS-S5.3.1-abs_eval_rows", "value").AsInput();
        return context.Evidence()
            .Compare("evaluation_percent", context.Printed("share"), 100 * evaluation / (train + evaluation))
            .Explain(Invariant($"{evaluation} of {train + evaluation} rows are {100 * evaluation / (train + evaluation):F2}%."));
    }
}
