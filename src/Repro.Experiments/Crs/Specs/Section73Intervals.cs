using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 7.3: that the differences between the RLHF models are real.</summary>
internal sealed class Section73Differences : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S7.3-binomial-abs_pref", c => Difference(c, 0, AbsAgainstPreference, Model.Abs, AbsAgainstPreferenceRun1)),
        new("CRS-S7.3-binomial-abs_crs", c => Difference(c, 1, AbsAgainstCrs025, Model.Abs)),
        new("CRS-S7.3-binomial-crs_pref", c => Difference(c, 3, Crs025AgainstPreference, Model.Crs025)),
    ];

    private static Evidence Difference(SpecContext context, int place, string file, string model, string? secondRun = null)
    {
        var count = WinRates.Count(context.Judgements(file), model);
        var family = ShareEvidence.Family(Table16WinRates.FamilyName, Table16WinRates.Family(context));
        var longer = LongerWins.Count(context.Judgements(file));
        var evidence = context.Evidence()
            .Compare("win_rate", context.Printed("win_rate"), WinRates.Percent(count))
            .Value("wins", count.Wins)
            .Value("longer_output_preferred", WinRates.Percent(longer))
            .Share("judgements", count)
            .RequireLead("exact binomial test", count.Wins, count.Total - count.Wins, family, place)
            .ReservePlace(context.Judgements(file), model);

        if (ShareEvidence.NeededFor80PercentPower(count) is { } needed)
        {
            evidence.Value("judgements_for_80_percent_power", needed);
        }

        var replication = string.Empty;
        if (secondRun is not null)
        {
            var again = WinRates.Count(context.Judgements(secondRun), model);
            evidence.Value("second_run_win_rate", WinRates.Percent(again)).Share("second run", again);
            replication = Invariant($" The second run gives {again.Wins} of {again.Total}.");
        }

        return evidence.Explain(Invariant($"{Table16WinRates.RowOf(model)} wins {ShareEvidence.Describe(count)}; after Holm over the ")
            + Invariant($"{family.PValues.Count} comparisons of Table 16 p is {family.Adjusted[place]:G3}.{replication}"));
    }
}

/// <summary>CRS section 7.3: confidence intervals from the standard errors of Table 23, and how far they stay from 50%.</summary>
internal sealed class Section73Intervals : ISpecGroup
{
    private const double Factor = 1.96;
    private const int Prompts = 100;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S7.3-ci-abs_vs_pref", c => HalfWidth(c, "abs_rlhf", "preference_rlhf")),
        new("CRS-S7.3-ci-abs_vs_crs", c => HalfWidth(c, "abs_rlhf", "crs_rlhf_025")),
        new("CRS-S7.3-ci-crs_vs_pref", c => HalfWidth(c, "crs_rlhf_025", "preference_rlhf")),
        new("CRS-S7.3-ci-sft_vs_abs", c => HalfWidth(c, "sft", "abs_rlhf")),
        new("CRS-S7.3-ci-sft_vs_pref", c => HalfWidth(c, "sft", "preference_rlhf")),
        new("CRS-S7.3-margin-abs-pref", c => Margin(c, "abs_rlhf", "preference_rlhf", "CRS-S7.3-ci-abs_vs_pref")),
        new("CRS-S7.3-margin-abs-crs", c => Margin(c, "abs_rlhf", "crs_rlhf_025", "CRS-S7.3-ci-abs_vs_crs")),
        new("CRS-S7.3-margin-crs-pref", c => Margin(c, "crs_rlhf_025", "preference_rlhf", "CRS-S7.3-ci-crs_vs_pref")),
        new("CRS-S7.3-sft-overlap", SftOverlap),
    ];

    private static Evidence HalfWidth(SpecContext context, string first, string second)
    {
        var rates = context.Table("crs/table-16");
        var errors = context.Table("crs/table-23");
        var rate = rates[first, second].AsInput();
        var printed = context.Printed("half_width");
        var fromPrinted = Factor * errors[first, second].AsInput();
        var fromSample = Factor * 100 * StandardError.OfProportion(rate / 100, Prompts, 1);
        var fromEquation = Factor * 100 * StandardError.OfProportion(rate / 100, Prompts, 0);
        var wilson = BinomialInterval.WilsonFromRate(rate / 100, Prompts);
        var fitting = errors.Columns
            .SelectMany((a, i) => errors.Columns.Skip(i + 1).Select(b => (a, b)))
            .Where(pair => Definitions.Gives(Factor * errors[pair.a, pair.b].AsInput(), printed))
            .Select(pair => $"{pair.a} and {pair.b}")
            .ToList();
        return context.Evidence()
            .Check("rate", context.Printed("rate"), rate)
            .Compare("from_table_23", printed, fromPrinted, Factor * errors[first, second].HalfUnit)
            .Value("from_n_minus_1", fromSample)
            .Value("from_equation_7_1", fromEquation)
            .Value("pairs_whose_standard_error_gives_the_printed_half_width", fitting.Count == 0 ? "none" : string.Join(", ", fitting))
            .Sample("prompts", Prompts)
            .Interval($"{first} against {second}", 100 * wilson.Lower, 100 * wilson.Upper, "Wilson", estimate: rate)
            .Explain(
                Invariant($"1.96 times the printed standard error of {errors.CellText(first, second)} is {fromPrinted:F4} ")
                    + Invariant($"({fromSample:F4} with n - 1, {fromEquation:F4} from equation 7.1); printed is {printed.Text}, which ")
                    + "1.96 times the printed standard error gives for these pairs: "
                    + Invariant($"{(fitting.Count == 0 ? "none" : string.Join(", ", fitting))}."));
    }

    private static Evidence Margin(SpecContext context, string first, string second, string intervalClaim)
    {
        var rate = context.Table("crs/table-16")[first, second].AsInput();
        var error = context.Table("crs/table-23")[first, second];
        var printedHalf = context.Printed(intervalClaim, "half_width");
        var printed = context.Printed("margin");
        var margin = rate - (Factor * error.AsInput()) - 50;
        var equation = rate - (Factor * 100 * StandardError.OfProportion(rate / 100, Prompts, 0)) - 50;
        var exact = (100 * BinomialInterval.WilsonFromRate(rate / 100, Prompts).Lower) - 50;
        var fromPrintedHalf = rate - printedHalf.AsInput() - 50;
        var evidence = context.Evidence()
            .Value("margin", margin)
            .Value("margin_from_equation_7_1", equation)
            .Compare("margin_from_the_printed_half_width", printed, fromPrintedHalf, printedHalf.HalfUnit)
            .Value("margin_of_the_wilson_bound", exact)
            .Require("the lower bound lies above 50", margin > 0);
        if (Math.Abs(margin - printed.AsTarget()) > printed.HalfUnit + (Factor * error.HalfUnit))
        {
            evidence.Reserve("half width", Invariant($"1.96 times the standard error {error.Text} of this pair leaves {margin:F2}"));
        }

        return evidence.Explain(
            Invariant($"{rate:F0} - 1.96 x {error.Text} - 50 is {margin:F2} ({equation:F2} from equation 7.1, {fromPrintedHalf:F2} from ")
                + Invariant($"the half width {printedHalf.Text} that the text prints, {exact:F2} from the Wilson bound); printed is ")
                + Invariant($"{printed.Text}."));
    }

    private static Evidence SftOverlap(SpecContext context)
    {
        var abs = Bounds(context, "abs_rlhf");
        var preference = Bounds(context, "preference_rlhf");
        return context.Evidence()
            .Interval("sft against abs_rlhf", abs.Lower, abs.Upper, "win rate plus or minus 1.96 times the printed standard error")
            .Interval(
                "sft against preference_rlhf", preference.Lower, preference.Upper,
                "win rate plus or minus 1.96 times the printed standard error")
            .Value("lower_bound_against_abs", abs.Lower)
            .Value("lower_bound_against_preference", preference.Lower)
            .Require("the interval against abs_rlhf contains 50", abs.Contains(50))
            .Require("the interval against preference_rlhf does not contain 50", !preference.Contains(50))
            .Explain(
                Invariant($"The interval of sft is {abs.Lower:F2} to {abs.Upper:F2} against abs_rlhf and {preference.Lower:F2} to ")
                    + Invariant($"{preference.Upper:F2} against preference_rlhf."));
    }

    private static Interval Bounds(SpecContext context, string rival)
    {
        var rate = context.Table("crs/table-16")["sft", rival].AsInput();
        var half = Factor * context.Table("crs/table-23")["sft", rival].AsInput();
        return new Interval(rate - half, rate + half);
    }
}
