using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.3.1 and Table 2: aggregation of the labels into one score.</summary>
internal sealed class Section531Labels : ISpecGroup
{
    private const string W2 = "CRS-S5.3.1-w2-sum";
    private const string W3 = "CRS-S5.3.1-w3-sum";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new(W2, c => AbsoluteSum(c, W2)),
        new(W3, c => AbsoluteSum(c, W3)),
        new("CRS-S5.3.1-few-high", FewHigh),
        new("CRS-S5.3.1-centre", Centre),
        new("CRS-S5.3.1-helpfulness-second", HelpfulnessSecond),
        new("CRS-T2-aggregate", SampleReplies),
        new("CRS-T2-labels", SampleLabels),
    ];

    private static PrintedWeights Weights(SpecContext context, string claim) => PrintedWeights.Printed(context, claim, Labels);

    private static Evidence AbsoluteSum(SpecContext context, string claim)
    {
        var weights = Weights(context, claim);
        return context.Evidence()
            .Value("absolute_sum", weights.AbsoluteSum)
            .Value("highest_score", weights.Highest)
            .Require("the absolute weights add up to one", Math.Abs(weights.AbsoluteSum - 1) < 1e-9, Invariant($"{weights.AbsoluteSum:G9}"))
            .Explain(
                Invariant($"The absolute weights add up to {weights.AbsoluteSum:F2}; ")
                    + Invariant($"the highest score that labels between 0 and 1 can reach is {weights.Highest:F2}."));
    }

    private static Evidence FewHigh(SpecContext context)
    {
        var lower = context.Printed("lower").AsInput();
        var upper = context.Printed("upper").AsInput();
        var (w2, w3) = (Weights(context, W2), Weights(context, W3));
        double Unreachable(PrintedWeights w) => (upper - Math.Clamp(w.Highest, lower, upper)) / (upper - lower);
        var high = Stored(context, "all_high") / Stored(context, "label_rows_total");
        return context.Evidence()
            .Value("highest_w2", w2.Highest)
            .Value("highest_w3", w3.Highest)
            .Value("unreachable_share_w2", Unreachable(w2))
            .Value("unreachable_share_w3", Unreachable(w3))
            .Value("share_of_high_quality_labels", high)
            .Require(
                "at most half of the range can be reached by every weighting", Math.Max(Unreachable(w2), Unreachable(w3)) >= 0.5,
                Invariant($"highest scores {w2.Highest:F2} and {w3.Highest:F2}"))
            .Reserve("weights", Invariant($"the weights alone keep scores out of {100 * Unreachable(w2):F0}% and ")
                + Invariant($"{100 * Unreachable(w3):F0}% of the range, so that few high scores do not show few good replies: by the ")
                + Invariant($"quality label {100 * high:F1}% of the rows are 0.9 or better"))
            .Explain(
                Invariant($"Even a perfect reply reaches {w2.Highest:F2} with w2 and {w3.Highest:F2} with w3, ")
                    + "because violence and toxicity can only lower the score: "
                    + Invariant(
                        $"{100 * Unreachable(w2):F0}% and {100 * Unreachable(w3):F0}% of the range {lower} to {upper} cannot be reached. ")
                + Invariant($"By the quality label {100 * high:F1}% of all rows are 0.9 or better."));
    }

    private static Evidence Centre(SpecContext context)
    {
        var statistics = context.Artifact<TableFacts>(LabelStatistics);
        double Mean(string label) => statistics.Number("statistic", "mean", label);
        var centre = context.Printed("centre");
        return context.Evidence()
            .Compare("mean_w2", centre, Weights(context, W2).Score(Mean))
            .Compare("mean_w3", centre, Weights(context, W3).Score(Mean))
            .Reserve(
                "mean instead of median",
                "the release has means of the labels; the median of the aggregated scores cannot be had from them")
            .Explain(
                Invariant($"From the mean labels the mean aggregated score is {Weights(context, W2).Score(Mean):F4} with w2 and ")
                    + Invariant($"{Weights(context, W3).Score(Mean):F4} with w3; the printed centre is a median of {centre.Text}."));
    }

    private static Evidence HelpfulnessSecond(SpecContext context)
    {
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (name, claim) in new[] { ("w2", W2), ("w3", W3) })
        {
            var order = Weights(context, claim).Weights.OrderByDescending(w => w.Value).ToList();
            evidence.Value($"{name}_first", order[0].Key)
                .Value($"{name}_second", order[1].Key)
                .Require(
                    $"{name}: quality first, helpfulness second, without a tie",
                    order[0].Key == "quality" && order[1].Key == "helpfulness"
                        && order[0].Value > order[1].Value && order[1].Value > order[2].Value);
            parts.Add($"{name}: {string.Join(", ", order.Take(3).Select(w => Invariant($"{w.Key} {w.Value}")))}");
        }

        return evidence.Explain($"Largest weights, {string.Join("; ", parts)}.");
    }

    private static Evidence SampleReplies(SpecContext context)
    {
        var table = context.Table("crs/table-02");
        var evidence = context.Evidence();
        var parts = new List<string>();
        foreach (var (name, claim) in new[] { ("w2", W2), ("w3", W3) })
        {
            var weights = Weights(context, claim);
            var first = weights.Score(l => table["response_1", l].AsInput());
            var second = weights.Score(l => table["response_2", l].AsInput());
            evidence.Value($"{name}_response_1", first).Value($"{name}_response_2", second)
                .Require($"{name} keeps the human order", first > second, Invariant($"{first:F4} and {second:F4}"));
            parts.Add(Invariant($"{name} gives {first:F4} and {second:F4}"));
        }

        return evidence.Explain($"For the better and the worse reply {string.Join(", ", parts)}.");
    }

    // Labels are means of votes on a five-point scale: with n votes only multiples of 1/(4n) can occur.
    private static Evidence SampleLabels(SpecContext context)
    {
        const int Votes = 3;
        var table = context.Table("crs/table-02");
        var cells = table.Rows.SelectMany(r => table.Columns.Select(c => table[r, c])).ToList();
        var possible = cells.Count(c => Math.Abs((Math.Round(c.AsInput() * 4 * Votes) / (4 * Votes)) - c.AsInput()) <= 5e-4 + 1e-12);
        return context.Evidence()
            .Value("possible_cells", possible)
            .Sample("cells", cells.Count)
            .Require(
                "every value is possible with three votes on a five-point scale",
                possible == cells.Count,
                Invariant($"{possible} of {cells.Count}"))
            .Reserve(
                "stored print",
                "the notebook print of these two replies is not among the released data files; "
                    + "only the possibility of the values can be checked")
            .Explain(
                Invariant($"{possible} of the {cells.Count} printed values are multiples of 1/{4 * Votes} to three decimals, ")
                    + Invariant($"as means of {Votes} votes on a five-point scale are. ")
                    + "The stored print of the same replies is not among the released data files.");
    }
}
