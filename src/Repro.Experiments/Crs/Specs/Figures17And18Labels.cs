using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Figures 17 and 18 and section 5.3.1: correlations and distributions of the labels.</summary>
internal sealed class Figures17And18Labels : ISpecGroup
{
    // Cohen's convention for a strong correlation.
    private const double Strong = 0.5;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-F17-helpfulness", c => Correlated(c, "helpfulness", Side.Above, Strong)),
        new("CRS-F17-violence", c => Correlated(c, "violence", Side.Below, 0)),
        new("CRS-F17-toxicity", c => Correlated(c, "toxicity", Side.Below, 0)),
        new("CRS-F18b-violence", ZeroViolence),
        new("CRS-S5.3.1-humor", ZeroHumor),
        new("CRS-F18a-mid", MiddleQuality),
    ];

    private static Evidence Correlated(SpecContext context, string label, Side side, double threshold)
    {
        var table = context.Artifact<TableFacts>(LabelCorrelations);
        var r = table.Number("label", "quality", label);
        var rows = (int)Stored(context, "label_rows_total");
        var interval = Correlation.FisherInterval(r, rows);
        return context.Evidence()
            .Value("correlation", r)
            .Sample("rows", rows)
            .RequireInterval("correlation", interval.Lower, interval.Upper, side, threshold, "Fisher transformation")
            .Require("the matrix is symmetric", r == table.Number("label", label, "quality"))
            .Explain(
                Invariant($"Quality and {label} correlate with {r:F4} over {rows} rows (95% interval ")
                    + Invariant($"{interval.Lower:F3} to {interval.Upper:F3})."));
    }

    private static Evidence ZeroViolence(SpecContext context)
    {
        var (zeros, rows) = ((int)Stored(context, "zero_violence_rows"), (int)Stored(context, "label_rows_total"));
        var interval = BinomialInterval.ClopperPearson(zeros, rows);
        return context.Evidence()
            .Value("share", (double)zeros / rows)
            .Sample("rows", rows)
            .RequireInterval("share of zeros", interval.Lower, interval.Upper, Side.Above, 0.5, ShareEvidence.Method)
            .Explain(Invariant($"{zeros} of {rows} rows have violence 0: {100.0 * zeros / rows:F1}%."));
    }

    private static Evidence ZeroHumor(SpecContext context)
    {
        var statistics = context.Artifact<TableFacts>(LabelStatistics);
        double Of(string statistic, string label) => statistics.Number("statistic", statistic, label);
        var rows = Stored(context, "label_rows_total");
        var humor = Stored(context, "zero_humor_rows") / rows;
        var violence = Stored(context, "zero_violence_rows") / rows;
        var evidence = context.Evidence()
            .Value("share_of_zeros_humor", humor)
            .Value("share_of_zeros_violence", violence)
            .Value("mean_humor", Of("mean", "humor"))
            .Value("median_humor", Of("p50", "humor"))
            .Require(
                "humor is skewed towards low values",
                Of("mean", "humor") > Of("p50", "humor"),
                Invariant($"mean {Of("mean", "humor")}, median {Of("p50", "humor")}"));
        if (humor < 0.5)
        {
            evidence.Reserve(
                "share of zeros", Invariant($"{100 * humor:F1}% of the rows have humor 0, against {100 * violence:F1}% for violence"));
        }

        return evidence.Explain(
            Invariant($"Humor is 0 in {100 * humor:F1}% of the rows, violence in {100 * violence:F1}%; ")
                + Invariant($"humor has mean {Of("mean", "humor"):F3} and median {Of("p50", "humor"):F3}, ")
                + Invariant($"violence {Of("mean", "violence"):F3} and {Of("p50", "violence"):F3}."));
    }

    private static Evidence MiddleQuality(SpecContext context)
    {
        var (low, high, middle) = (Stored(context, "abs_train_low"), Stored(context, "abs_train_high"), Stored(context, "abs_train_mid"));
        var rows = low + high + middle;
        return context.Evidence()
            .Value("low", low / rows)
            .Value("high", high / rows)
            .Value("middle", middle / rows)
            .Sample("rows", (int)rows)
            .Require("most rows are in the middle range", 2 * middle > rows, Invariant($"{middle} of {rows}"))
            .Explain(
                Invariant($"{100 * middle / rows:F1}% of the {rows} rows lie in the middle range, ")
                    + Invariant($"{100 * low / rows:F1}% are low and {100 * high / rows:F1}% high."));
    }
}
