using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.RewardModelErrors;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS sections 5.3.1 and 5.3.2: conclusions drawn from the printed errors of Tables 6 and 7.</summary>
internal sealed class Section532Errors : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3.1-mse-outperformed", PlainSquaredError),
        new("CRS-S5.3.1-equal-average", EqualAverage),
        new("CRS-S5.3.2-midrange", MiddleRange),
        new("CRS-S5.3.2-logistic-low", LogisticLow),
        new("CRS-S5.3.2-balance", Balance),
    ];

    private static Evidence PlainSquaredError(SpecContext context)
    {
        var rows = PrintedErrors.All(context, Table6);
        var sizes = RangeSizes(context);
        var plain = rows[1];
        PrintedErrors[] sigmoid = [rows[0], rows[2], rows[3]];
        var overall = WeightedMean.Compute(plain.Mse, sizes);
        var others = sigmoid.Select(r => WeightedMean.Compute(r.Mse, sizes)).ToList();
        var betterAbove = sigmoid.Count(r => plain.AboveMse < r.AboveMse && plain.AboveMae < r.AboveMae);
        var worseElsewhere = sigmoid.Count(
            r =>
                plain.BelowMse > r.BelowMse && plain.BelowMae > r.BelowMae
                    && plain.BetweenMse > r.BetweenMse && plain.BetweenMae > r.BetweenMae);
        var evidence = context.Evidence()
            .Value("full_set_mse_plain", overall)
            .Value("full_set_mse_smallest_sigmoid", others.Min())
            .Value("full_set_mse_largest_sigmoid", others.Max())
            .Value("sigmoid_models_worse_above_0.9", betterAbove)
            .Value("sigmoid_models_better_elsewhere", worseElsewhere)
            .Sample("sigmoid models", sigmoid.Length)
            .Require("plain MSE has the largest squared error over all ranges", overall > others.Max())
            .Require("plain MSE is worse below 0.4 and in the middle", worseElsewhere == sigmoid.Length);
        if (betterAbove > 0)
        {
            evidence.Reserve(
                "range above 0.9",
                Invariant($"there plain MSE has smaller errors than {betterAbove} of the {sigmoid.Length} sigmoid models"));
        }

        return evidence.Explain(
            Invariant($"Weighted by the rows of the three ranges, plain MSE has a squared error of {overall:F4} against ")
                + Invariant($"{others.Min():F4} to {others.Max():F4} for the three sigmoid models. ")
            + Invariant($"Below 0.4 and in the middle it is worse than {worseElsewhere} of them; ")
            + Invariant($"above 0.9 it is better than {betterAbove} of them ({plain.AboveMse} and {plain.AboveMae})."));
    }

    // "Equal" needs a scale: the two losses must differ less than the same loss does between the two sets of training data.
    private static Evidence EqualAverage(SpecContext context)
    {
        var rows = PrintedErrors.All(context, Table6);
        var sizes = RangeSizes(context);
        double Full(int row) => WeightedMean.Compute(rows[row].Mse, sizes);
        var (logistic8, squared8, squared16, logistic16) = (Full(4), Full(5), Full(6), Full(7));
        var byLoss = Math.Max(Math.Abs(logistic8 - squared8), Math.Abs(logistic16 - squared16));
        var byData = Math.Min(Math.Abs(logistic8 - logistic16), Math.Abs(squared8 - squared16));
        return context.Evidence()
            .Value("logistic_8k", logistic8)
            .Value("sigmoid_mse_8k", squared8)
            .Value("logistic_16k", logistic16)
            .Value("sigmoid_mse_16k", squared16)
            .Require("the losses differ less than the training data do", byLoss < byData, Invariant($"{byLoss:F4} against {byData:F4}"))
            .Explain(
                Invariant($"Over all ranges the squared errors are {logistic8:F4} (logistic) and {squared8:F4} (sigmoid with MSE) for ")
                    + Invariant($"under_s_8k, {logistic16:F4} and {squared16:F4} for under_s_16k: ")
                + Invariant($"the loss changes them by at most {byLoss:F4}, the training data by at least {byData:F4}. ")
                + Invariant($"In single ranges the difference reaches {rows[5].BelowMse - rows[4].BelowMse:F4}."));
    }

    private static Evidence MiddleRange(SpecContext context)
    {
        var six = PrintedErrors.All(context, Table6);
        var seven = PrintedErrors.All(context, Table7);
        bool Best(PrintedErrors r) => r.BetweenMse < r.BelowMse && r.BetweenMse < r.AboveMse;
        var exceptions = six.Where(r => !Best(r)).ToList();
        var evidence = context.Evidence()
            .Value("rows_of_table_6", six.Count(Best))
            .Value("rows_of_table_7", seven.Count(Best))
            .Sample("rows", six.Count + seven.Count)
            .Require("in Table 7 every model does best in the middle", seven.All(Best), $"{seven.Count(Best)} of {seven.Count}");
        foreach (var row in exceptions)
        {
            evidence.Reserve(
                $"row '{row.Label}'",
                Invariant(
                    $"in Table 6 its middle error {row.BetweenMse} is not the smallest (below {row.BelowMse}, above {row.AboveMse})"));
        }

        var named = exceptions.Count == 0
            ? "no exception"
            : "exception: " + string.Join("; ", exceptions.Select(r =>
                Invariant($"'{r.Label}' with {r.BetweenMse} in the middle and {Math.Min(r.BelowMse, r.AboveMse)} at one end")));
        return evidence.Explain(
            $"The squared error in the middle is smaller than at both ends in {seven.Count(Best)} of {seven.Count} rows of Table 7 and "
                + $"{six.Count(Best)} of {six.Count} rows of Table 6; {named}.");
    }

    private static Evidence LogisticLow(SpecContext context)
    {
        var rows = PrintedErrors.All(context, Table6);
        (PrintedErrors Logistic, PrintedErrors Squared)[] pairs = [(rows[3], rows[2]), (rows[4], rows[5]), (rows[7], rows[6])];
        var lowMse = pairs.Count(p => p.Logistic.BelowMse < p.Squared.BelowMse);
        var lowMae = pairs.Count(p => p.Logistic.BelowMae < p.Squared.BelowMae);
        var highMse = pairs.Count(p => p.Squared.AboveMse < p.Logistic.AboveMse);
        var highMae = pairs.Count(p => p.Squared.AboveMae < p.Logistic.AboveMae);
        var evidence = context.Evidence()
            .Value("logistic_better_low_mse", lowMse)
            .Value("logistic_better_low_mae", lowMae)
            .Value("sigmoid_mse_better_high_mse", highMse)
            .Value("sigmoid_mse_better_high_mae", highMae)
            .Sample("matched pairs", pairs.Length)
            .Require("by squared error logistic is better at the low end in every matched pair", lowMse == pairs.Length)
            .Require("by squared error sigmoid with MSE is better at the high end in every matched pair", highMse == pairs.Length);
        if (lowMae < pairs.Length || highMae < pairs.Length)
        {
            evidence.Reserve(
                "absolute error",
                Invariant($"by absolute error logistic is better at the low end in {lowMae} and sigmoid with MSE at the high end in ")
                    + Invariant($"{highMae} of {pairs.Length} pairs"));
        }

        return evidence.Explain(
            Invariant($"In the {pairs.Length} pairs that differ only in the loss, ")
                + Invariant($"logistic has the smaller squared error at the low end in {lowMse} (absolute error: {lowMae}), ")
                + Invariant($"sigmoid with MSE at the high end in {highMse} (absolute error: {highMae})."));
    }

    private static Evidence Balance(SpecContext context)
    {
        var six = PrintedErrors.All(context, Table6);
        var seven = PrintedErrors.All(context, Table7);
        var chosen = seven[1];
        var smallest = seven.MinBy(r => r.Imbalance)!;
        var overall = six.Concat(seven).OrderBy(r => r.Imbalance).ToList();
        var bySquares = seven.MinBy(r => Math.Abs(r.BelowMse - r.AboveMse))!;
        var evidence = context.Evidence()
            .Value("imbalance_chosen", chosen.Imbalance)
            .Value("smallest_in_table_7", smallest.Label)
            .Value("smallest_in_both_tables", overall[0].Label)
            .Value("imbalance_smallest_in_both_tables", overall[0].Imbalance)
            .Value("smallest_in_table_7_by_mse", bySquares.Label)
            .Require("in Table 7 the chosen model has the smallest difference of absolute errors", smallest == chosen, smallest.Label)
            .Require(
                "in Table 6 the other model that the text names has the smallest one", six.MinBy(r => r.Imbalance) == six[4],
                six[4].Label);
        return evidence.Explain(
            Invariant($"The absolute errors below 0.4 and above 0.9 differ by {chosen.Imbalance:F4} for '{chosen.Label}'; ")
                + Invariant($"the smallest difference is {smallest.Imbalance:F4} ('{smallest.Label}') in Table 7 and ")
                + Invariant($"{overall[0].Imbalance:F4} ('{overall[0].Label}') over both tables. ")
            + $"By squared error the most balanced row of Table 7 is '{bySquares.Label}'.");
    }
}

/// <summary>CRS section 5.3.2: effects of the loss weight and of under-sampling, from the printed errors.</summary>
internal sealed class Section532Effects : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.3.2-weight-effect", LossWeight),
        new("CRS-S5.3.2-undersampling-effect", UnderSampling),
    ];

    private static Evidence LossWeight(SpecContext context)
    {
        var six = PrintedErrors.All(context, Table6);
        var seven = PrintedErrors.All(context, Table7);
        (string Name, PrintedErrors[] Rows)[] series =
        [
            ("over_s", [seven[7], seven[5], seven[6]]),
            ("over_s + under_s_8k", [seven[4], seven[2], seven[3]]),
            ("augment + under_s_8k", [six[4], seven[0], seven[1]]),
        ];
        var evidence = context.Evidence().Sample("series", series.Length);
        var (ends, monotone, parts) = (0, 0, new List<string>());
        foreach (var (name, rows) in series)
        {
            var low = rows.Select(r => r.BelowMse).ToList();
            var high = rows.Select(r => r.AboveMse).ToList();
            ends += low[^1] < low[0] && high[^1] > high[0] ? 1 : 0;
            monotone += Falls(low) && Falls([.. high.Select(h => -h)]) ? 1 : 0;
            parts.Add($"{name}: low {InvariantText.Join(", ", low)}, high {InvariantText.Join(", ", high)}");
        }

        evidence.Value("series_with_the_effect_from_0_to_0.75", ends).Value("series_with_the_effect_at_each_step", monotone)
            .Require(
                "weight 0.75 against none has the stated effect in every series",
                ends == series.Length,
                Invariant($"{ends} of {series.Length}"));
        if (monotone < series.Length)
        {
            evidence.Reserve("single steps", Invariant($"the effect holds at each step in {monotone} of {series.Length} series"));
        }

        return evidence.Explain(
            Invariant($"Squared errors at weights 0, 0.5 and 0.75: {string.Join("; ", parts)}. ")
                + Invariant($"From 0 to 0.75 the stated effect shows in {ends} of {series.Length} series, at every step in {monotone}."));
    }

    private static Evidence UnderSampling(SpecContext context)
    {
        var rows = PrintedErrors.All(context, Table7);
        (string Weight, PrintedErrors Without, PrintedErrors With)[] pairs = [("0", rows[7], rows[4]), ("0.5", rows[5], rows[2]),
            ("0.75", rows[6], rows[3])];
        var evidence = context.Evidence().Sample("pairs", pairs.Length);
        foreach (var (weight, without, with) in pairs)
        {
            evidence.Value($"increase at weight {weight}", with.BetweenMse - without.BetweenMse)
                .Require(
                    $"at weight {weight} under-sampling raises the middle error",
                    with.BetweenMse > without.BetweenMse,
                    Invariant($"{without.BetweenMse} to {with.BetweenMse}"));
        }

        var errors = pairs.Select(p => Invariant($"{p.Without.BetweenMse} and {p.With.BetweenMse} (weight {p.Weight})"));
        return evidence.Explain(
            $"Without and with under-sampling the squared error in the middle is {string.Join(", ", errors)}.");
    }

    private static bool Falls(List<double> values) => values.Zip(values.Skip(1), (a, b) => b < a).All(x => x);
}
