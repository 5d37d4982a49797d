using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;
using static Repro.Experiments.Crs.ReleasedValues;

namespace Repro.Experiments.Crs;

/// <summary>What a judge that only looks at length would make of abs_rlhf against preference_rlhf.</summary>
public sealed class LengthBiasedJudge : ISpecGroup
{
    private const string Judge = "alpaca_eval_gpt4_turbo_fn";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-M-bradley-terry-length", BlindToQuality)];

    private static Evidence BlindToQuality(SpecContext context)
    {
        var first = ResponseTokens.Of(context, AbsAgainstPreference, Model.Abs);
        var second = ResponseTokens.Of(context, AbsAgainstPreference, Model.Preference);
        var pairs = first.Zip(second).ToList();
        var longer = pairs.Count(p => p.First > p.Second);
        var equal = pairs.Count(p => p.First == p.Second);
        var shorter = pairs.Count - longer - equal;
        var bias = context.Artifact<Artifacts.TableFacts>(AnnotatorMetrics).Number("annotator", Judge, "prob_prefer_longer");
        var rate = ((longer * bias) + (shorter * (1 - bias)) + (equal * 0.5)) / pairs.Count;
        return context.Evidence()
            .CompareExactly("longer", context.Printed("longer"), longer)
            .CompareExactly("judge", context.Printed("judge"), bias)
            .Compare("win_rate", context.Printed("win_rate"), 100 * rate)
            .Value("equal", equal)
            .Value("shorter", shorter)
            .Sample("prompts", pairs.Count)
            .Explain(Invariant($"abs_rlhf is longer on {longer}, as long on {equal} and shorter on {shorter} of {pairs.Count} prompts; a judge that prefers the longer text with probability {bias} and sees nothing else would give it {100 * rate:F2}%."));
    }
}
