using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using static Repro.Experiments.Crs.Facts.Comparisons;
using static Repro.Experiments.Crs.Facts.ReleasedValues;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 5.4: the KL coefficient, its controller, and the two runs of the preference model.</summary>
internal sealed class Section54Kl : ISpecGroup
{
    private static readonly string[] Places = ["section 5.4 experiments", "Figure 20", "section 6.1", "section 5.4 decision", "Figure 23"];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.4-kl-consistency", Consistency),
        new("CRS-S5.4-adaptive-kl", AdaptiveController),
        new("CRS-S5.4-001-better", LowerIsBetter),
        new("CRS-S5.4-001-length", Lengths),
    ];

    private static Evidence Consistency(SpecContext context)
    {
        var stated = Places.ToDictionary(p => p, p => context.Printed(p).AsInput(), StringComparer.Ordinal);
        stated["Table 8"] = context.Table("crs/table-08")["Initial KL co-efficient", "value"].AsInput();
        var released = Setting(context, "rl", "init_kl_coef").Number();
        var evidence = context.Evidence().Value("different_values", stated.Values.Distinct().Count()).Value("released", released);
        foreach (var (place, value) in stated)
        {
            evidence.Value(place, value);
        }

        var groups = stated.GroupBy(s => s.Value).OrderByDescending(g => g.Count())
            .Select(g => Invariant($"{g.Key} in {string.Join(", ", g.Select(s => s.Key))}"));
        return evidence
            .Require("all places give the same coefficient", stated.Values.Distinct().Count() == 1)
            .Explain(Invariant($"The text gives {string.Join(" and ", groups)}; the released configuration has {released}."));
    }

    // Noticeable means: the coefficient would be printed differently at the precision of the text.
    private static Evidence AdaptiveController(SpecContext context)
    {
        var controller = new PrintedKlController(
            Code(context, "kl controller clip"), Setting(context, "rl", "batch_size").Number(), Code(context, "kl controller horizon"));
        var steps = (int)Stored(context, "rl_last_step_number");
        var start = Setting(context, "rl", "init_kl_coef").Number();
        var (smallest, largest) = controller.FactorAfter(steps);
        var printed = context.Printed("CRS-S5.4-kl-consistency", Places[0]);
        bool Same(double coefficient) => Math.Round(coefficient, printed.Decimals) == Math.Round(start, printed.Decimals);
        return context.Evidence()
            .Value("smallest_factor", smallest)
            .Value("largest_factor", largest)
            .Value("smallest_coefficient", start * smallest)
            .Value("largest_coefficient", start * largest)
            .Sample("steps", steps)
            .Require(
                "the coefficient cannot change at the printed precision", Same(start * smallest) && Same(start * largest),
                Invariant($"{start * smallest:F4} to {start * largest:F4}"))
            .Explain(
                Invariant($"Over {steps} steps the controller can bring the coefficient from {start} to {start * smallest:F4} at the ")
                    + Invariant($"least and {start * largest:F4} at the most, a factor between {smallest:F3} and {largest:F3}. ")
                    + Invariant($"Printed with {printed.Decimals} decimals, as in the text, ")
                    + Invariant($"these are {Math.Round(start * smallest, printed.Decimals)} and ")
                    + Invariant($"{Math.Round(start * largest, printed.Decimals)}."));
    }

    private static Evidence LowerIsBetter(SpecContext context)
    {
        var first = context.Artifact<PairwiseFacts>(Preference001AgainstAbs).Rows;
        var second = context.Artifact<PairwiseFacts>(AbsAgainstPreference).Rows;
        var wins1 = WinRates.Count(first, Model.Preference001);
        var wins2 = WinRates.Count(second, Model.Preference);
        var shared = SharedPrompts.Compare(first, Model.Preference001, second, Model.Preference);
        var evidence = context.Evidence()
            .Compare("win_rate_001", context.Printed("kl_001"), WinRates.Percent(wins1))
            .Compare("win_rate_002", context.Printed("kl_002"), WinRates.Percent(wins2))
            .Value("only_001_wins", shared.OnlyFirst)
            .Value("only_002_wins", shared.OnlySecond)
            .Sample("shared prompts", shared.Prompts)
            .RequireLead("McNemar, exact: the run with 0.01 wins more often", shared.OnlyFirst, shared.OnlySecond, shared.PValue);
        return evidence.Explain(
            Invariant($"Against abs_rlhf the runs win {WinRates.Percent(wins1)}% and {WinRates.Percent(wins2)}% of the final ")
                + Invariant($"prompts; {shared.Describe()}."));
    }

    private static Evidence Lengths(SpecContext context)
    {
        var first = ResponseTokens.Read(context, Preference001AgainstAbs, Model.Preference001);
        var second = ResponseTokens.Read(context, AbsAgainstPreference, Model.Preference);
        var test = TTest.Welch(first, second);
        var interval = test.Interval();
        return context.Evidence()
            .Value("mean_tokens_001", Descriptive.Mean(first))
            .Value("mean_tokens_002", Descriptive.Mean(second))
            .Sample("responses_001", first.Length)
            .Sample("responses_002", second.Length)
            .Interval("difference of means", interval.Lower, interval.Upper, "Welch")
            .RequireSignificant("Welch t-test", test.PValue)
            .Explain(
                Invariant($"The responses of the run with 0.01 have {Descriptive.Mean(first):F1} tokens on average, ")
                    + Invariant($"those of the run with 0.02 {Descriptive.Mean(second):F1} (Welch p {test.PValue:G2})."));
    }
}

/// <summary>The adaptive controller of the KL coefficient (Ziegler et al. 2019): after each batch the coefficient is multiplied by 1 +
/// clip(KL / target - 1) * batch / horizon.</summary>
/// <param name="Clip">Largest absolute relative error that counts.</param>
/// <param name="Batch">Samples for each step.</param>
/// <param name="Horizon">Horizon in samples.</param>
internal sealed record PrintedKlController(double Clip, double Batch, double Horizon)
{
    /// <summary>The smallest and the largest factor that the coefficient can have after some steps; 1 and 1 after none.</summary>
    /// <param name="steps">Number of steps, at least 0.</param>
    public (double Smallest, double Largest) FactorAfter(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        return (Math.Pow(1 - (Clip * Batch / Horizon), steps), Math.Pow(1 + (Clip * Batch / Horizon), steps));
    }
}
