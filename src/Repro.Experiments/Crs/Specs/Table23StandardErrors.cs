using System.Globalization;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 23 against equation 7.1: standard errors of the win rates of Table 16.</summary>
internal sealed class Table23StandardErrors : ISpecGroup
{
    private const int Prompts = 100;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-T23-abs_vs_pref", c => Cell(c, "abs_rlhf", "preference_rlhf")),
        new("CRS-T23-abs_vs_crs", c => Cell(c, "abs_rlhf", "crs_rlhf_025")),
        new("CRS-T23-abs_vs_sft", c => Cell(c, "abs_rlhf", "sft")),
        new("CRS-T23-crs_vs_pref", c => Cell(c, "crs_rlhf_025", "preference_rlhf")),
        new("CRS-T23-crs_vs_sft", c => Cell(c, "crs_rlhf_025", "sft")),
        new("CRS-T23-pref_vs_sft", c => Cell(c, "preference_rlhf", "sft")),
        new("CRS-E7.1", Equation),
    ];

    private static Evidence Cell(SpecContext context, string first, string second)
    {
        var rate = context.Table("crs/table-16")[first, second].AsRateInput();
        var printed = context.Table("crs/table-23")[first, second];
        var mirror = context.Table("crs/table-23")[second, first];
        var equation = 100 * StandardError.OfProportion(rate, Prompts, 0);
        var sample = 100 * StandardError.OfProportion(rate, Prompts, 1);
        return context.Evidence()
            .Sample("prompts", Prompts)
            .CompareUnder("standard_error", printed, ("equation_7_1", equation), ("n_minus_1_in_place_of_n", sample))
            .Require("both mirror cells print the same", printed.Text == mirror.Text, $"{printed.Text} and {mirror.Text}")
            .Explain(
                Invariant($"For a rate of {100 * rate:F0}% on {Prompts} prompts equation 7.1 gives {equation:F4} points and the sample ")
                    + Invariant($"standard deviation over the root of n, with n - 1 = {Prompts - 1}, gives {sample:F4}; ")
                    + Invariant($"printed is {printed.Text}."));
    }

    private static Evidence Equation(SpecContext context)
    {
        var worst = 0.0;
        var values = new double[Prompts + 1];
        for (var wins = 0; wins <= Prompts; wins++)
        {
            double[] outcomes = [.. Enumerable.Repeat(1.0, wins), .. Enumerable.Repeat(0.0, Prompts - wins)];
            values[wins] = StandardError.OfProportion((double)wins / Prompts, Prompts, 0);
            worst = Math.Max(worst, Math.Abs(values[wins] - StandardError.OfMean(outcomes, 0)));
        }

        var largest = Array.IndexOf(values, values.Max());
        var slope = StandardError.OfProportion(0.5, Prompts, 0) / StandardError.OfProportion(0.5, 4 * Prompts, 0);
        return context.Evidence()
            .Value("largest_difference_below_1e-12", worst < 1e-12)
            .Value("standard_error_at_one_half", 100 * values[Prompts / 2])
            .Value("wins_with_the_largest_standard_error", largest)
            .Value("ratio_after_four_times_the_prompts", slope)
            .Sample("prompts", Prompts)
            .Require(
                "equals the population standard deviation of the zeros and ones over the root of n, for every number of wins",
                worst < 1e-12)
            .Require("is largest at one half", 2 * largest == Prompts)
            .Require("is zero when all or no prompts are won", values[0] == 0 && values[Prompts] == 0)
            .Require("halves with four times the prompts", Math.Abs(slope - 2) < 1e-12)
            .Explain(
                Invariant($"For every number of wins among {Prompts} prompts the equation equals the population standard deviation of ")
                    + "the zeros and ones over the root of n, up to "
                    + Invariant($"{(worst < 1e-12 ? "1e-12" : worst.ToString("G3", CultureInfo.InvariantCulture))}; ")
                    + Invariant($"its largest value is {100 * values[largest]:F2} points, at {largest} wins."));
    }
}
