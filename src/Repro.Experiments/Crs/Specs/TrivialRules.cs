using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>Agreement of trivial rules with GPT-4 on abs_rlhf against preference_rlhf, beside the agreement of the absolute reward model
/// (CRS Tables 12 and 13).</summary>
internal sealed class TrivialRules : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S6.2-alwaysabs", c => Against(c, null)),
        .. Datasets.Select(d => new Spec($"CRS-X-baseline-{d}", c => Against(c, d))),
    ];

    private static Evidence Against(SpecContext context, string? dataset)
    {
        var evidence = context.Evidence();
        var datasetOf = context.DatasetOfPrompt();
        var pairs = ReleasedLengths.Pairs(context, evidence, [AbsAgainstPreference])
            .Where(p => dataset is null || datasetOf[context.Judgements(AbsAgainstPreference)[p.Winner.Index].Prompt] == dataset).ToList();
        var model = dataset is null
            ? context.Table("crs/table-12")["abs_reward_model", "gpt4_agreement"].AsInput()
            : context.Table("crs/table-13")["abs_reward_model", dataset].AsInput();
        (string Rule, int Agreements)[] rules =
        [
            ("always abs_rlhf", pairs.Count(p => p.Winner.Generator == Model.Abs)),
            ("longer in tokens", pairs.Count(p => p.Winner.Tokens > p.Loser.Tokens)),
            ("longer in characters", pairs.Count(p => p.Winner.Characters > p.Loser.Characters)),
        ];
        var own = (int)Math.Round(model * pairs.Count / 100);
        var family = new TestFamily(
            "the three trivial rules", [.. rules.Select(r => TwoProportions.ZTest(own, pairs.Count, r.Agreements, pairs.Count).PValue)]);
        foreach (var (place, (rule, agreements)) in rules.Index())
        {
            evidence.Value(rule, WinRates.Percent((agreements, pairs.Count)))
                .Share(rule, (agreements, pairs.Count))
                .RequireLead($"the absolute reward model agrees more often than '{rule}', two proportions, "
                    + $"unpaired", own, agreements, family, place);
        }

        var agreeing = rules.Select(r =>
            Invariant($"'{r.Rule}' agrees on {r.Agreements} ({WinRates.Percent((r.Agreements, pairs.Count)):F0}%)"));
        return evidence.Explain(
            Invariant($"On the same {pairs.Count} prompts the absolute reward model is printed with {model}% agreement; of the trivial ")
                + $"rules {string.Join(", ", agreeing)} "
                + Invariant($"(equal lengths count as wrong; smallest p of a difference {family.PValues.Min():G3})."));
    }
}

/// <summary>What a judge that only looks at length would make of abs_rlhf against preference_rlhf.</summary>
internal sealed class LengthBiasedJudge : ISpecGroup
{
    private const string Judge = "alpaca_eval_gpt4_turbo_fn";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-M-bradley-terry-length", BlindToQuality)];

    private static Evidence BlindToQuality(SpecContext context)
    {
        var first = ResponseTokens.Read(context, AbsAgainstPreference, Model.Abs);
        var second = ResponseTokens.Read(context, AbsAgainstPreference, Model.Preference);
        var pairs = first.Zip(second).ToList();
        var longer = pairs.Count(p => p.First > p.Second);
        var equal = pairs.Count(p => p.First == p.Second);
        var shorter = pairs.Count - longer - equal;
        var bias = context.Artifact<TableFacts>(AnnotatorMetrics).Number("annotator", Judge, "prob_prefer_longer");
        var rate = ((longer * bias) + (shorter * (1 - bias)) + (equal * 0.5)) / pairs.Count;
        return context.Evidence()
            .CompareExactly("longer", context.Printed("longer"), longer)
            .CompareExactly("judge", context.Printed("judge"), bias)
            .Compare("win_rate", context.Printed("win_rate"), 100 * rate)
            .Value("equal", equal)
            .Value("shorter", shorter)
            .Sample("prompts", pairs.Count)
            .Explain(
                Invariant($"abs_rlhf is longer on {longer}, as long on {equal} and shorter on {shorter} of {pairs.Count} prompts; ")
                    + Invariant($"a judge that prefers the longer text with probability {bias} and sees nothing else would ")
                    + Invariant($"give it {100 * rate:F2}%."));
    }
}
