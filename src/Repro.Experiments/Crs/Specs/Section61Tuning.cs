using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Facts.Comparisons;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 6.1: the share of the data that the tuning runs use.</summary>
internal sealed class Section61Tuning : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-S6.1-tuning-steps", Check)];

    private static Evidence Check(SpecContext context)
    {
        var settings = context.Artifact<TableFacts>("derived/config_values.csv");
        var numbers = context.Artifact<TableFacts>("derived/notebook_numbers.csv");
        var batch = (int)settings.Number("key", "batch_size", "value");
        var fraction = settings.Number("key", "train_fraction", "value");
        var lastStep = numbers.Number("key", "rl_last_step_number", "value");
        var instances = context.Printed("instances").AsInput();
        var share = context.Printed("share_of_section_5_1_3").AsRateInput();
        var prompts = share * instances;
        var steps = prompts / batch;
        var finalSteps = Math.Floor(fraction * instances / batch);
        return context.Evidence()
            .Compare("share", context.Printed("value"), 100 * prompts / instances)
            .Value("tuning_prompts", prompts)
            .Value("tuning_steps", steps)
            .Value("final_steps", finalSteps)
            .Sample("instances", (int)instances)
            .Require("a whole number of steps", steps == Math.Floor(steps))
            .Require(
                "the same instances and batch size give the recorded number of steps of the final runs",
                finalSteps == lastStep,
                Invariant($"{fraction} x {instances} / {batch} = {fraction * instances / batch}, recorded {lastStep}"))
            .Absent("tuning runs", "nothing released shows how many prompts or steps the tuning runs took; their logs would settle it")
            .Explain(
                Invariant($"Section 5.1.3 takes {100 * share:F0}% of {instances} instances, ")
                    + Invariant($"which is {prompts:F0} prompts or {steps:F0} steps of {batch}; ")
                    + Invariant($"for the final runs the same numbers with the released fraction {fraction} give {finalSteps:F0} whole ")
                    + Invariant(
                        $"steps, and the released notebook counts {lastStep:F0}. Step counts of the tuning runs are not released."));
    }
}

/// <summary>CRS Table 10: GPT-4 win rates of the five weights of the combined reward against each other on the 50 tuning prompts.</summary>
internal sealed class Table10Tuning : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. TuningPairs.Select((pair, i) => new Spec($"CRS-T10-{pair.First}-vs-{pair.Second}", c => Cell(c, i))),
        new("CRS-T10-mean-0625", c => Mean(c, "0625")),
        new("CRS-T10-mean-025", c => Mean(c, "025")),
        new("CRS-T10-order", Order),
        new("CRS-T10-complement", Complement),
        new("CRS-T10-significance", Significance),
    ];

    private static string RowOf(string weight) => $"crs_rlhf_{weight}";

    private static (int Wins, int Total) Count(SpecContext context, (string First, string Second) pair) =>
        WinRates.Count(context.Judgements(Tuning(pair.First, pair.Second)), PairwiseFacts.Reference);

    private static Evidence Cell(SpecContext context, int index)
    {
        var (first, second) = TuningPairs[index];
        var table = context.Table("crs/table-10");
        var count = Count(context, TuningPairs[index]);
        var evidence = context.Evidence()
            .Compare("win_rate", table[RowOf(first), RowOf(second)], WinRates.Percent(count))
            .Compare("reverse_win_rate", table[RowOf(second), RowOf(first)], WinRates.Percent((count.Total - count.Wins, count.Total)))
            .Value("wins", count.Wins)
            .ByPlace(context.Judgements(Tuning(first, second)), PairwiseFacts.Reference)
            .Share("judgements", count);
        if (ShareEvidence.NeededFor80PercentPower(count) is { } needed)
        {
            evidence.Value("judgements_for_80_percent_power", needed);
        }

        return evidence.Explain(
            $"Weight 0.{first[1..]} wins {ShareEvidence.Describe(count)} against weight 0.{second[1..]}.");
    }

    private static Evidence Mean(SpecContext context, string weight)
    {
        var mean = PrintedMatrix.RowMean(context.Table("crs/table-10"), RowOf(weight));
        return context.Evidence()
            .Compare("mean_win_rate", context.Printed("mean"), mean)
            .Explain(Invariant($"The printed cells of weight 0.{weight[1..]} have the mean {mean:F1}%."));
    }

    private static Evidence Order(SpecContext context)
    {
        var means = PrintedMatrix.RowMeans(context.Table("crs/table-10")).OrderByDescending(m => m.Value).ToList();
        var evidence = context.Evidence();
        foreach (var (row, mean) in means)
        {
            evidence.Value(row, mean);
        }

        return evidence
            .Require("0.625 has the best mean", means[0].Key == RowOf("0625") && means[0].Value > means[1].Value)
            .Require("0.25 has the second best mean", means[1].Key == RowOf("025") && means[1].Value > means[2].Value)
            .Explain($"Row means in falling order: {string.Join(", ", means.Select(m => Invariant($"{m.Key} {m.Value:F1}%")))}.");
    }

    private static Evidence Complement(SpecContext context)
    {
        var evidence = context.Evidence();
        var sums = PrintedMatrix.MirrorSums(context.Table("crs/table-10"));
        foreach (var (first, second, sum) in sums)
        {
            evidence.Value($"{first}+{second}", sum).Require($"{first} and {second} add up to 100", sum == 100);
        }

        return evidence.Explain(
            $"The {sums.Count} pairs of mirror cells add up to {InvariantText.Join(", ", sums.Select(s => s.Sum).Distinct())}.");
    }

    private static Evidence Significance(SpecContext context)
    {
        var (wins, total) = Count(context, ("025", "0625"));
        (int Wins, int Total) winner = (total - wins, total);
        var family = ShareEvidence.Family("Table 10", TuningPairs.Select(pair => Count(context, pair)));
        var place = Array.IndexOf(TuningPairs, ("025", "0625"));
        var evidence = context.Evidence()
            .Compare("win_rate", context.Printed("winner"), WinRates.Percent(winner))
            .Value("wins", winner.Wins)
            .Share("judgements", winner)
            .RequireLead("exact binomial test of the two finalists", winner.Wins, wins, family, place);
        if (ShareEvidence.NeededFor80PercentPower(winner) is { } needed)
        {
            evidence.Value("judgements_for_80_percent_power", needed);
        }

        return evidence.Explain(Invariant($"Weight 0.625 wins {ShareEvidence.Describe(winner)} against weight 0.25; after Holm over the ")
            + Invariant($"{family.PValues.Count} comparisons of the table p is {family.Adjusted[place]:G3}."));
    }
}
