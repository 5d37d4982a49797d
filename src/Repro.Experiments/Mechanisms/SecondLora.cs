using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>Whether a second LoRA can be trained on a merged first one, judged by the trained models of E3.</summary>
internal sealed class SecondLora : ISpecGroup
{
    private const double Margin = 0.05;
    private const double LeastFall = 0.1;

    private static readonly DoubleLora Experiment = new();
    private static readonly LoraArm Claimed = new(FirstTraining.MergedLora, SecondTraining.Lora);
    private static readonly LoraArm FullSecond = new(FirstTraining.MergedLora, SecondTraining.Full);
    private static readonly LoraArm FourBit = new(FirstTraining.FourBitLora, SecondTraining.Lora);

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
        [new("CRS-F26-mech-lora", context => TrainingRuns.Judge(context, [Experiment], Gate, WellPosed))];

    private static Evidence WellPosed(EvidenceBuilder evidence, TrainingRuns runs)
    {
        double[] second = Loss(runs, Claimed), full = Loss(runs, FullSecond), fourBit = Loss(runs, FourBit);
        var kept = Loss(runs, new LoraArm(FirstTraining.KeptLora, SecondTraining.Lora));
        var start = Values(runs, Claimed, "second/start");
        var diverged = Diverged(second, start);
        evidence.Require("no second LoRA diverges at its chosen rate", diverged == 0, Invariant($"{diverged} of {second.Length} diverge"));
        evidence.RequireSomewhere(
            new SeedComparison("second LoRA against the first trained on", second, kept, Margin, PairedOutcome.NoLargerDifference),
            new SeedComparison("second LoRA against a full second training", second, full, Margin, PairedOutcome.NoLargerDifference));
        foreach (var (name, arm) in new[]
        {
            ("LoRA after full training", new LoraArm(FirstTraining.Full, SecondTraining.Lora)),
            ("full after full training", new LoraArm(FirstTraining.Full, SecondTraining.Full)),
            ("4 bits", FourBit),
        })
        {
            evidence.Swept(new SeedComparison(
                $"{name} against the second LoRA", Loss(runs, arm), second, Margin, PairedOutcome.NoLargerDifference));
        }

        double[] exact = Values(runs, FourBit, "first/end"), rounded = Values(runs, FourBit, "first/merged");
        evidence.Swept(new SeedComparison(
            "loss of the first form, merged weights rounded to 4 bits against before", rounded, exact, Margin, PairedOutcome.FirstLarger));
        evidence.Value("4 bits, diverged runs", (long)Diverged(fourBit, Values(runs, FourBit, "second/start")));
        foreach (var rate in DoubleLora.Rates)
        {
            evidence.Value(
                Invariant($"loss at rate {rate}"),
                Invariant($"second LoRA {Values(runs, Claimed, Invariant($"rate{rate}/loss")).Average():0.###}, ")
                    + Invariant($"full {Values(runs, FullSecond, Invariant($"rate{rate}/loss")).Average():0.###}"));
        }

        var wild = Values(runs, Claimed, Invariant($"rate{DoubleLora.WildRate}/loss"));
        return evidence
            .Planted(new SeedComparison(
                "another draw of the second LoRA", Loss(runs, Claimed with { Again = true }), second, Margin, PairedOutcome.Undecided))
            .Planted(new SeedComparison("no second training, which is rank 0", start, second, Margin, PairedOutcome.FirstLarger))
            .Planted(new SeedComparison(
                "second LoRA at rate 1 against a full second training", wild, full, Margin, PairedOutcome.FirstLarger))
            .Explain(Invariant($"Loss of the second form, from {start.Average():0.###} nats a token: second LoRA ")
                + Invariant($"{second.Average():0.###}, the first LoRA trained on {kept.Average():0.###}, full training ")
                + Invariant($"{full.Average():0.###}; {diverged} of {second.Length} diverge. Merging into 4 bits costs ")
                + Invariant($"{rounded.Average() - exact.Average():0.###} nats of the first form; a second LoRA on it ends at ")
                + Invariant($"{fourBit.Average():0.###}."));
    }

    private static string? Gate(TrainingRuns runs)
    {
        var first = Values(runs, Claimed, "first/start").Average() - Values(runs, Claimed, "first/end").Average();
        var second = Values(runs, FullSecond, "second/start").Average() - Loss(runs, FullSecond).Average();
        return Math.Min(first, second) >= LeastFall ? null
            : Invariant($"the first LoRA lowers its loss by {first:0.###} and the full second training its own by {second:0.###}, at ")
                + Invariant($"least {LeastFall} was expected of both");
    }

    // At the rate that is best on other rows than those that are judged.
    private static double[] Loss(TrainingRuns runs, LoraArm arm) =>
    [
        .. runs.Of(seed => Experiment.Cell(arm, seed)).Select(run =>
        {
            var best = DoubleLora.Rates.MinBy(rate => run.Values[Invariant($"rate{rate}/choice")]);
            return run.Values[Invariant($"rate{best}/loss")];
        }),
    ];

    private static int Diverged(double[] end, double[] start) => end.Zip(start).Count(pair => pair.First > pair.Second);

    private static double[] Values(TrainingRuns runs, LoraArm arm, string name) =>
        SeedStatistics.Values(runs.Of(seed => Experiment.Cell(arm, seed)), name);
}
