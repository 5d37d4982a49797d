using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 6.2, Figures 24 and 27: means, spreads and length correlations of the two reward scores, from the stored notebook
/// outputs.</summary>
internal sealed class Section62Scores : ISpecGroup
{
    private const int Responses = 400;
    private const int Prompts = 100;

    // The usual reading of a correlation: below 0.4 weak, from there on moderate.
    private const double WeakBelow = 0.4;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S6.2-mean-abs", c => Stored(c, "mean_abs_score_400")),
        new("CRS-S6.2-mean-pref", c => Stored(c, "mean_pref_score_400")),
        new("CRS-S6.2-spread-pref", c => Spread(c, "pref_rm_best_minus_worst")),
        new("CRS-S6.2-spread-abs", c => Spread(c, "abs_rm_best_minus_worst")),
        new("CRS-S6.2-spread-ratio", SpreadRatio),
        new("CRS-F27-corr-abs", c => StoredCorrelation(c, "corr_length_abs_score_400")),
        new("CRS-F27-corr-pref", c => StoredCorrelation(c, "corr_length_pref_score_400")),
        new("CRS-F27-weak", Weak),
    ];

    private static Evidence Stored(SpecContext context, string key)
    {
        var value = Number(context, key);
        return context.Evidence()
            .Compare("stored", context.Printed("value"), value)
            .Sample("responses", Responses)
            .Explain(Invariant($"The stored mean over {Responses} responses is {value:F5}."));
    }

    private static Evidence Spread(SpecContext context, string key)
    {
        var value = Number(context, key);
        return context.Evidence()
            .Compare("stored", context.Printed("value"), value)
            .Reserve(
                "data",
                "the stored number is the mean distance between best and worst ranked human-written replies of the OASST evaluation "
                    + "split, not a distance within the 400 generated responses of Figure 24")
            .Explain(
                Invariant($"The stored mean distance is {value:F5}, which rounds to {value:F3}. ")
                    + "It was measured on human-ranked OASST replies, "
                    + Invariant($"while the text attaches it to the {Responses} generated responses of Figure 24."));
    }

    private static Evidence SpreadRatio(SpecContext context)
    {
        var (preference, absolute) = (context.Printed("preference"), context.Printed("absolute"));
        var ratio = preference.AsInput() / absolute.AsInput();
        var lower = (preference.AsInput() - preference.HalfUnit) / (absolute.AsInput() + absolute.HalfUnit);
        var upper = (preference.AsInput() + preference.HalfUnit) / (absolute.AsInput() - absolute.HalfUnit);
        return context.Evidence()
            .Value("ratio", ratio)
            .Interval("ratio", lower, upper, "rounding of the printed inputs", 1)
            .Require("several times wider: at least three times", lower >= 3, Invariant($"{ratio:F2}"))
            .Explain(
                Invariant($"The preference scores spread {ratio:F2} times as wide as the absolute scores ({lower:F2} to {upper:F2} ")
                    + "within the rounding of both).");
    }

    private static Evidence StoredCorrelation(SpecContext context, string key)
    {
        var r = Number(context, key);
        var (all, clustered) = (Correlation.FisherInterval(r, Responses), Correlation.FisherInterval(r, Prompts));
        return context.Evidence()
            .Compare("correlation", context.Printed("value"), r)
            .Sample("responses", Responses)
            .Interval($"correlation, {Responses} responses", all.Lower, all.Upper, "Fisher z")
            .Interval($"correlation, each of {Prompts} prompts counted once", clustered.Lower, clustered.Upper, "Fisher z")
            .Explain(
                Invariant($"The stored correlation is {r:F5} (95% interval {all.Lower:F2} to {all.Upper:F2} for {Responses} responses, ")
                    + Invariant($"{clustered.Lower:F2} to {clustered.Upper:F2} if the four responses to a prompt count once)."));
    }

    private static Evidence Weak(SpecContext context)
    {
        var evidence = context.Evidence().Sample("responses", Responses);
        var found = new List<string>();
        foreach (var name in new[] { "absolute", "preference" })
        {
            var r = context.Printed(name).AsInput();
            var interval = Correlation.FisherInterval(r, Responses);
            evidence.Value($"explained_share_{name}", r * r)
                .RequireInterval($"correlation, {name} score", interval.Lower, interval.Upper, Side.Below, WeakBelow, "Fisher z");
            found.Add(
                Invariant($"{name} {r:F2} explains {100 * r * r:F1}% of the variance (95% interval of r ")
                    + Invariant($"{interval.Lower:F2} to {interval.Upper:F2})"));
        }

        return evidence.Explain(Invariant($"{string.Join("; ", found)}. Correlations below {WeakBelow} are counted as weak."));
    }

    private static double Number(SpecContext context, string key) =>
        context.Artifact<TableFacts>(ReleasedValues.Notebook).Number("key", key, "value");
}
