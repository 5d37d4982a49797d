using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>The two win rates of the CRS abstract.</summary>
public sealed class AbstractWinRates : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-ABS-66", c => Rate(c, AbsAgainstPreference, Model.Abs, AbsAgainstPreferenceRun1)),
        new("CRS-ABS-63", c => Rate(c, Crs025AgainstPreference, Model.Crs025, null)),
    ];

    private static Evidence Rate(SpecContext context, string file, string model, string? secondRun)
    {
        var count = WinRates.Count(context.Judgements(file), model);
        var printed = context.Printed("value");
        var fitting = Table16WinRates.PairsThatGive(context, printed).ToList();
        var evidence = context.Evidence()
            .Compare("win_rate", printed, WinRates.Percent(count))
            .Value("wins", count.Wins)
            .Value("comparisons_that_give_the_printed_rate", fitting.Count == 0 ? "none" : string.Join(", ", fitting))
            .Share("judgements", count);
        var replication = string.Empty;
        if (secondRun is not null)
        {
            var again = WinRates.Count(context.Judgements(secondRun), model);
            evidence.Value("second_run_win_rate", WinRates.Percent(again)).Share("second run", again);
            replication = Invariant($" The second run gives {again.Wins} of {again.Total}.");
        }

        return evidence.Explain(
            $"Against preference_rlhf {Table16WinRates.RowOf(model)} wins {ShareEvidence.Describe(count)}; printed is {printed.Text}, the rate of: {(fitting.Count == 0 ? "none of the six comparisons of Table 16" : string.Join(", ", fitting))}.{replication}");
    }
}
