using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What ADR says that adaptive masks do to DPO, PPO and rejection sampling, judged by the trained policies of experiments E4 and E5 at
/// equal steps, at equal KL and at equal quality: a speed-up is not an improvement.
/// </summary>
internal sealed class AdaptiveTraining : ISpecGroup
{
    private const double WinMargin = 0.02;
    private const double QualityMargin = 0.01;
    private const double CopyMargin = 0.01;
    private const double LeastRise = 0.1;
    private const double LeastAgreement = 0.8;
    private const double Central = 0.25;

    private static readonly AdaptiveOffline Offline = new();
    private static readonly AdaptiveOnline Online = new();

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("ADR-WIN-DPO", context => TrainingRuns.Judge(context, [Offline], OfflineGate, WinDpo)),
        new("ADR-WIN-PPO", context => TrainingRuns.Judge(context, [Online], OnlineGate, WinPpo)),
        new("ADR-WIN-RS", context => TrainingRuns.Judge(context, [Online], OnlineGate, WinRejection)),
        new("ADR-FORGET", context => TrainingRuns.Judge(context, [Offline, Online], BothGates, Forget)),
        new("ADR-FIG5", context => TrainingRuns.Judge(context, [Offline, Online], BothGates, Monitored)),
    ];

    private static Evidence WinDpo(EvidenceBuilder evidence, TrainingRuns runs)
    {
        var plain = runs.Of(Arm(OfflineMethod.Dpo, Central));
        var adaptive = runs.Of(Arm(OfflineMethod.AdaptiveTokens, Central, 0.5));
        var wins = new Wins("adaptive DPO", adaptive, plain, [10, 20], "steps", AdaptiveOffline.Checkpoints);
        wins.Require(evidence);
        wins.AtEqualKl(evidence, runs.Start, 20);
        wins.AboutTenPoints(evidence, 20);
        wins.Reserve(evidence, "the mask as a weight of the pair", runs.Of(Arm(OfflineMethod.AdaptivePairs, Central, 0.5)), plain, 20);
        wins.Reserve(evidence, "token rewards with noise 2", runs.Of(Arm(OfflineMethod.AdaptiveTokens, Central, 2)), plain, 20);
        wins.Sweep(evidence, "token rewards of noise alone", runs.Of(Arm(OfflineMethod.AdaptiveTokens, Central, 0.5, 0)), plain, 20);
        var (most, mostPlain) = (runs.Of(Arm(OfflineMethod.AdaptiveTokens, 0.4, 0.5)), runs.Of(Arm(OfflineMethod.Dpo, 0.4)));
        wins.Planted(evidence, "0.4 of the tokens misplaced", most, mostPlain, 20, PairedOutcome.FirstLarger);
        var (none, nonePlain) = (runs.Of(Arm(OfflineMethod.AdaptiveTokens, 0, 0.5)), runs.Of(Arm(OfflineMethod.Dpo, 0)));
        wins.Planted(evidence, "no token misplaced", none, nonePlain, 20, PairedOutcome.Undecided);
        var opposite = runs.Of(Arm(OfflineMethod.AdaptiveTokens, Central, 0.5, -1));
        wins.Planted(evidence, "token rewards of the opposite sign", opposite, plain, 20, PairedOutcome.SecondLarger);
        return evidence.Explain(wins.Sentence("a quarter of the tokens misplaced and token rewards planted with noise 0.5")
            + Invariant($" With 0.4 misplaced it is {Points(Wins.Rates(most, mostPlain, 20))}, with none ")
            + Invariant($"{Points(Wins.Rates(none, nonePlain, 20))}; token rewards of the opposite sign give ")
            + Invariant($"{Points(Wins.Rates(opposite, plain, 20))}."));
    }

    private static Evidence WinPpo(EvidenceBuilder evidence, TrainingRuns runs) => WinOnline(
        evidence, runs, "adaptive PPO", OnlineMethod.AdaptivePpo, OnlineMethod.Ppo);

    private static Evidence WinRejection(EvidenceBuilder evidence, TrainingRuns runs) => WinOnline(
        evidence, runs, "adaptive rejection sampling", OnlineMethod.AdaptiveRejection, OnlineMethod.Rejection);

    private static Evidence WinOnline(EvidenceBuilder evidence, TrainingRuns runs, string name, OnlineMethod method,
        OnlineMethod plainMethod)
    {
        var (adaptive, plain) = (runs.Of(Arm(method)), runs.Of(Arm(plainMethod)));
        var wins = new Wins(name, adaptive, plain, [8, 16], "iterations", AdaptiveOnline.Checkpoints);
        wins.Require(evidence);
        wins.AtEqualKl(evidence, runs.Start, 16);
        wins.AboutTenPoints(evidence, 8);
        wins.Sweep(evidence, "token rewards of noise alone", runs.Of(Arm(method, 0)), plain, 8);
        var opposite = runs.Of(Arm(method, -1));
        wins.Planted(evidence, "token rewards of the opposite sign", opposite, plain, 8, PairedOutcome.SecondLarger);
        wins.Planted(evidence, "the plain form again", runs.Of(Arm(plainMethod, again: true)), plain, 8, PairedOutcome.Undecided);
        var trained = SeedStatistics.WinRates(plain, "step8/quality", runs.Start, "start/quality");
        evidence.Planted(new SeedComparison(
            "the plain form against the start policy", trained, SeedStatistics.Constant(0.5, trained.Length), WinMargin,
            PairedOutcome.FirstLarger));
        return evidence.Explain(wins.Sentence("token rewards planted with noise 0.5, which the plain form does not see")
            + Invariant($" Token rewards of the opposite sign give {Points(Wins.Rates(opposite, plain, 8))} after 8 iterations, the ")
            + "trained plain form "
            + Invariant($"{Points(trained)} against its start."));
    }

    private static Evidence Forget(EvidenceBuilder evidence, TrainingRuns runs)
    {
        var (offline, online) = (AdaptiveOffline.Checkpoints, AdaptiveOnline.Checkpoints);
        var (dpo, dpoMore) = (runs.Of(Arm(OfflineMethod.Dpo, Central)), runs.Of(Arm(OfflineMethod.Dpo, 0.4)));
        var (ppo, rejection) = (runs.Of(Arm(OnlineMethod.Ppo)), runs.Of(Arm(OnlineMethod.Rejection)));
        CopyLoss[] all =
        [
            new("adaptive DPO, 0.25 misplaced", runs.Of(Arm(OfflineMethod.AdaptiveTokens, Central, 0.5)), dpo, offline),
            new("adaptive DPO, 0.4 misplaced", runs.Of(Arm(OfflineMethod.AdaptiveTokens, 0.4, 0.5)), dpoMore, offline),
            new("adaptive PPO", runs.Of(Arm(OnlineMethod.AdaptivePpo)), ppo, online),
            new("adaptive rejection sampling", runs.Of(Arm(OnlineMethod.AdaptiveRejection)), rejection, online),
        ];
        foreach (var one in all)
        {
            evidence.Swept(one.AtEqualSteps());
            if (!HasTax(one.Tax(runs.Start)))
            {
                evidence.Reserve(one.Name, $"not judged, because training without masks loses less than the margin: "
                    + SeedEvidence.Describe(one.Tax(runs.Start).Decide())).Swept(one.AtEqualQuality(runs.Start));
            }
        }

        CopyLoss[] judged = [.. all.Where(one => HasTax(one.Tax(runs.Start)))];
        if (judged.Length == 0)
        {
            return evidence.Absent("a tax to lower", "no plain form loses the margin")
                .Explain("No plain form forgets enough to judge.");
        }

        evidence.RequireSomewhere([.. judged.Select(one => one.AtEqualQuality(runs.Start))]);
        var again = new CopyLoss("plain DPO on other pairs", runs.Of(Arm(OfflineMethod.DpoAgain, Central)), dpo, offline);
        var doubled = new CopyLoss("DPO with twice the rate", runs.Of(Arm(OfflineMethod.DpoDoubleRate, Central)), dpo, offline);
        evidence
            .Planted(again.AtEqualQuality(runs.Start) with { Claimed = PairedOutcome.Undecided })
            .Planted(new CopyLoss("plain PPO, the start policy in place of the masks", ppo, ppo, online).Tax(runs.Start))
            .Planted(doubled.AtEqualSteps() with { Claimed = PairedOutcome.FirstLarger });
        var found = judged.Select(one => one.AtEqualQuality(runs.Start)).Select(c => $"{c.Name}: {SeedEvidence.Describe(c.Decide())}");
        var taxes = all.Select(one => Invariant($"{one.Name.Replace("adaptive", "plain", StringComparison.Ordinal)} ")
            + Losses(one.Tax(runs.Start)));
        return evidence.Explain("What copying loses by the last checkpoint, in nats a token, mean and range over seeds: "
            + $"{string.Join(", ", taxes)}. "
            + $"Adaptive minus plain where it can be judged: {string.Join("; ", found)}.");
    }

    /// <summary>Whether a plain form loses at least the margin, in the mean over seeds: what loses less has nothing to lower.</summary>
    /// <param name="tax">The loss of copying before and after, the margin with it.</param>
    internal static bool HasTax(SeedComparison tax) => tax.Decide().Estimate <= -tax.Margin;

    private static string Losses(SeedComparison tax)
    {
        double[] losses = [.. tax.Second.Zip(tax.First, (after, before) => after - before)];
        return Invariant($"{losses.Average():0.####} ({losses.Min():0.###} to {losses.Max():0.###})");
    }

    private static Evidence Monitored(EvidenceBuilder evidence, TrainingRuns runs)
    {
        var agreement = new double[runs.Start.Count];
        var shuffled = new double[runs.Start.Count];
        foreach (var (place, seed) in runs.Seeds.Index())
        {
            var points = Points(runs, seed);
            double[] monitor = [.. points.Select(point => point.Monitor)], final = [.. points.Select(point => point.Final)];
            var order = Permutation.Draw(monitor.Length, seed);
            agreement[place] = Correlation.Spearman(monitor, final);
            shuffled[place] = Correlation.Spearman([.. order.Select(other => monitor[other])], final);
        }

        return evidence
            .RequirePaired(new SeedComparison(
                "rank correlation of monitor and final win rate", agreement, SeedStatistics.Constant(LeastAgreement, agreement.Length), 0,
                    PairedOutcome.FirstLarger))
            .Planted(new SeedComparison(
                "shuffled monitor against 0", shuffled, SeedStatistics.Constant(0, shuffled.Length), 0.1, PairedOutcome.Undecided))
            .Planted(new SeedComparison(
                "shuffled monitor against 0.8", shuffled, SeedStatistics.Constant(LeastAgreement, shuffled.Length), 0,
                PairedOutcome.SecondLarger))
            .Explain("Over arms and checkpoints the win rate against the start policy on 64 prompts and that on 512 others "
                + "have the rank correlation "
                + Invariant($"{agreement.Average():0.###}, from {agreement.Min():0.###} to {agreement.Max():0.###} over the seeds."));
    }

    private static List<(double Monitor, double Final)> Points(TrainingRuns runs, long seed)
    {
        var start = runs.Of(BaseModels.Cell(seed).Key);
        var points = new List<(double Monitor, double Final)>();
        foreach (var cell in Offline.Cells(seed).Concat(Online.Cells(seed)))
        {
            var run = runs.Of(cell.Key);
            var checkpoints = cell.Key.Experiment == Offline.Id ? AdaptiveOffline.Checkpoints : AdaptiveOnline.Checkpoints;
            points.AddRange(checkpoints.Select(step => Invariant($"step{step}")).Select(name => (
                Qualities.WinRate(run.Samples[name + "/monitor"], start.Samples["start/monitor"]),
                Qualities.WinRate(run.Samples[name + "/quality"], start.Samples["start/quality"]))));
        }

        return points;
    }

    private static string? OfflineGate(TrainingRuns runs) =>
        Gate("plain DPO with no misplaced token", SeedStatistics.Rise(runs, runs.Of(Arm(OfflineMethod.Dpo, 0)), 20));

    private static string? OnlineGate(TrainingRuns runs) =>
        Gate("PPO", SeedStatistics.Rise(runs, runs.Of(Arm(OnlineMethod.Ppo)), 16))
        ?? Gate("rejection sampling", SeedStatistics.Rise(runs, runs.Of(Arm(OnlineMethod.Rejection)), 16));

    private static string? BothGates(TrainingRuns runs) => OfflineGate(runs) ?? OnlineGate(runs);

    private static string? Gate(string arm, double rise) =>
        rise >= LeastRise ? null : Invariant($"{arm} raises quality by {rise:0.###}, at least {LeastRise} was expected");

    private static Func<long, Cell> Arm(OfflineMethod method, double share, double noise = 0, int truth = 1) =>
        seed => Offline.Cell(new OfflineArm(method, share, noise, truth), seed);

    private static Func<long, Cell> Arm(OnlineMethod method, int truth = 1, bool again = false) =>
        seed => Online.Cell(new OnlineArm(method, truth, again), seed);

    private static string Points(double[] rates) => Invariant($"{100 * (rates.Average() - 0.5):+0.0;-0.0;0.0} points");

    /// <summary>Win rates of an adaptive form against its plain form.</summary>
    private sealed class Wins(
        string name, IReadOnlyList<CellResult> adaptive, IReadOnlyList<CellResult> plain, IReadOnlyList<int> judged, string unit,
        IReadOnlyList<int> checkpoints)
    {
        private string _equalKl = string.Empty;

        internal static double[] Rates(IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second, int step) =>
            SeedStatistics.WinRates(first, Invariant($"step{step}/quality"), second, Invariant($"step{step}/quality"));

        internal void Require(EvidenceBuilder evidence)
        {
            evidence.RequireSomewhere([.. judged.Select(step =>
                Comparison(Invariant($"win rate after {step} {unit}"), adaptive, plain, step))]);
            evidence.Value($"win rate by {unit}, mean", SeedStatistics.ByCheckpoint(checkpoints, step => Rates(adaptive, plain, step)));
            evidence.Value(
                $"quality by {unit}, mean, adaptive", SeedStatistics.ByCheckpoint(checkpoints, step => Qualities(adaptive, step)));
            evidence.Value($"quality by {unit}, mean, plain", SeedStatistics.ByCheckpoint(checkpoints, step => Qualities(plain, step)));
        }

        internal void AtEqualKl(EvidenceBuilder evidence, IReadOnlyList<CellResult> start, int last)
        {
            var (first, second) = SeedStatistics.Matched(start, adaptive, plain, [.. checkpoints.Where(step => step <= last)], "kl",
                "quality");
            var comparison = new SeedComparison("quality at equal KL", first, second, QualityMargin, PairedOutcome.FirstLarger);
            var decision = comparison.Decide();
            evidence.Swept(comparison);
            _equalKl = decision.Outcome switch
            {
                PairedOutcome.FirstLarger => "better at equal KL too",
                PairedOutcome.SecondLarger => "worse at equal KL",
                PairedOutcome.NoLargerDifference => "no better at equal KL",
                _ => "not shown to be better at equal KL",
            };
            if (decision.Outcome != PairedOutcome.FirstLarger)
            {
                evidence.Reserve("at equal KL", $"{_equalKl}: quality {SeedEvidence.Describe(decision)}");
            }
        }

        internal void AboutTenPoints(EvidenceBuilder evidence, int step)
        {
            var interval = Comparison("win rate", adaptive, plain, step).Decide().TInterval;
            if (!(interval.Lower <= 0.1 && interval.Upper >= 0.1))
            {
                evidence.Reserve("about 10 points", Invariant($"after {step} {unit} the gain over 50 is ")
                    + Invariant($"{100 * interval.Lower:0.#} to {100 * interval.Upper:0.#} points; read as 55:45 the printed ten are 5; ")
                    + "a small world does not give the size");
            }
        }

        internal void Reserve(EvidenceBuilder evidence, string label, IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second,
            int step)
        {
            var comparison = Comparison(Invariant($"win rate after {step} {unit}, {label}"), first, second, step);
            evidence.Swept(comparison);
            if (comparison.Decide() is { Outcome: not PairedOutcome.FirstLarger } decision)
            {
                evidence.Reserve(label, $"{decision.Outcome}: {SeedEvidence.Describe(decision)}");
            }
        }

        internal void Sweep(EvidenceBuilder evidence, string label, IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second,
            int step) =>
            evidence.Swept(Comparison(Invariant($"win rate after {step} {unit}, {label}"), first, second, step));

        internal void Planted(
            EvidenceBuilder evidence, string label, IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second, int step,
                PairedOutcome truth) =>
            evidence.Planted(Comparison(Invariant($"win rate after {step} {unit}, {label}"), first, second, step) with { Claimed = truth });

        internal string Sentence(string world)
        {
            var gains = judged.Select(step => Invariant($"{Points(Rates(adaptive, plain, step))} after {step} {unit}"));
            return $"With {world}, {name} wins {string.Join(" and ", gains)} at equal steps, and is {_equalKl}.";
        }

        private static double[] Qualities(IReadOnlyList<CellResult> arm, int step) =>
            SeedStatistics.Values(arm, Invariant($"step{step}/quality"));

        private static SeedComparison Comparison(string label, IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second,
            int step) =>
            new(label, [.. Rates(first, second, step).Select(rate => rate - 0.5)], SeedStatistics.Constant(0, first.Count), WinMargin,
                PairedOutcome.FirstLarger);
    }

    /// <summary>The loss of copying under an adaptive form and its plain form.</summary>
    private sealed record CopyLoss(
        string Name, IReadOnlyList<CellResult> Adaptive, IReadOnlyList<CellResult> Plain, IReadOnlyList<int> Checkpoints)
    {
        private string Last => Invariant($"step{Checkpoints[^1]}/copy_loss");

        internal SeedComparison AtEqualQuality(IReadOnlyList<CellResult> start)
        {
            var (first, second) = SeedStatistics.Matched(start, Adaptive, Plain, Checkpoints, "quality", "copy_loss");
            return new SeedComparison($"copy loss at equal quality, {Name}", first, second, CopyMargin, PairedOutcome.SecondLarger);
        }

        internal SeedComparison AtEqualSteps() => new(
            $"copy loss at the last checkpoint, {Name}", SeedStatistics.Values(Adaptive, Last), SeedStatistics.Values(Plain, Last),
                CopyMargin,
            PairedOutcome.SecondLarger);

        internal SeedComparison Tax(IReadOnlyList<CellResult> start) => new(
            $"copy loss before and after {Name} without masks", SeedStatistics.Values(start, "start/copy_loss"),
                SeedStatistics.Values(Plain, Last),
            CopyMargin, PairedOutcome.SecondLarger);
    }
}
