using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS section 7.3: that the differences between the RLHF models are real.</summary>
public sealed class Section73Differences : ISpecGroup
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
        var family = Table16WinRates.Family(context);
        var adjusted = ShareEvidence.Adjusted(family)[place];
        var longer = LongerWins.Count(context.Judgements(file));
        var evidence = context.Evidence()
            .Compare("win_rate", context.Printed("win_rate"), WinRates.Percent(count))
            .Value("wins", count.Wins)
            .Value("longer_output_preferred", WinRates.Percent(longer))
            .Share("judgements", count)
            .HolmOver("Table 16", family, place)
            .Require("the first model wins the majority", 2 * count.Wins > count.Total)
            .RequireSignificant("exact binomial test", BinomialTest.TwoSided(count.Wins, count.Total));
        if (adjusted >= 0.05)
        {
            evidence.Reserve("several comparisons", Invariant($"after Holm's correction over the {family.Length} comparisons of Table 16 p is {adjusted:G3}"));
        }

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

        return evidence.Explain(Invariant($"{Table16WinRates.RowOf(model)} wins {ShareEvidence.Describe(count)}; after Holm over the {family.Length} comparisons of Table 16 p is {adjusted:G3}.{replication}"));
    }
}
