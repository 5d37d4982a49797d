using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>CRS sections 5.4, 6.1 and 6.3: what the curves of PPO runs show. Runs with the same seed are compared step by step; three
/// seeds or more give a t interval over seeds, fewer one within the first run, with a reservation.</summary>
internal sealed class PpoClaims(RunCollection runs) : ISpecGroup
{
    private const string Abs = "abs@0.02";
    private const string Bounded = "abs-bounded@0.02";
    private const string Preference = "preference@0.02";
    private const string LooseKl = "preference@0.01";
    private const string TightKl = "preference@0.15";

    private static readonly string[] ByWeight = [Abs, "crs-0.25@0.02", "crs-0.625@0.02", Preference];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-S5.4-300-steps", Steps),
        new("CRS-F20-kl-lower-coef", LowerCoefficient),
        new("CRS-F21-length", BoundedLength),
        new("CRS-F22-kl-weight", KlByWeight),
        new("CRS-F22-23-conclusion", AbsoluteIsSteady),
        new("CRS-F23a-reward", HigherCoefficientReward),
        new("CRS-F23b-kl", HigherCoefficientKl),
        new("CRS-F26-kl-negative", SecondLoraKl),
        new("CRS-F26-length", SecondLoraLength),
    ];

    private Evidence Steps(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        foreach (var found in evidence.Require(Abs, Bounded))
        {
            foreach (var run in found)
            {
                evidence.Builder.Value($"steps of {run.Name}", run.Steps)
                    .Require($"{run.Name} ran for more than 300 steps", run.Steps > 300, Invariant($"{run.Steps} steps"));
                evidence.Say(Invariant($"{run.Name} ran for {run.Steps} steps."));
            }
        }

        return evidence.Explain();
    }

    private Evidence LowerCoefficient(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        Difference(evidence, LooseKl, Preference, RunMeasure.Level("KL at the end", RunSeries.Kl), Side.Above);
        Each(evidence, evidence.Require(LooseKl)[0], RunMeasure.Slope("slope of KL", RunSeries.Kl), Side.Above);
        return evidence.Explain();
    }

    private Evidence BoundedLength(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        Difference(evidence, Bounded, Abs, RunMeasure.Level("response length at the end", RunSeries.Length), Side.Below);
        return evidence.Explain();
    }

    // The order of four runs is that of three neighbours.
    private Evidence KlByWeight(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        _ = evidence.Require(ByWeight);
        for (var i = 1; i < ByWeight.Length && !evidence.IsMissing; i++)
        {
            Difference(evidence, ByWeight[i], ByWeight[i - 1], RunMeasure.Level("KL at the end", RunSeries.Kl), Side.Above,
                ByWeight.Length - 1);
        }

        return evidence.Explain();
    }

    // Section 6.1 draws its conclusion from Figures 22 and 23b together: absolute feedback alone steadies training more than a preference
    // reward does even where that has the larger coefficient. Figure 22 has the absolute run, at 0.02; all that Figure 23b adds to it is
    // the preference run at 0.15. So the absolute run at 0.02 is claimed to be steadier than the preference run at 0.15. Read as a
    // comparison at 0.02, the sentence would need Figure 22 alone; that is the easier one and is shown where the run is there.
    private Evidence AbsoluteIsSteady(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var steady = RunMeasure.Change("change of KL a step", RunSeries.Kl);
        Difference(evidence, Abs, TightKl, steady, Side.Below);
        foreach (var run in new[] { Abs, TightKl, Preference }.SelectMany(runs.Roles.Runs))
        {
            if (!evidence.IsMissing && steady.Of(run) is { } estimate)
            {
                evidence.UseFile(run.MetricFile);
                evidence.Builder.Value($"{steady.Name}, {run.Name}", estimate.Value);
                evidence.Say(Invariant($"In {run.Name} KL changes by {estimate.Value:G4} a step."));
            }
        }

        return evidence.Explain();
    }

    private Evidence HigherCoefficientReward(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        Difference(evidence, TightKl, Preference, RunMeasure.Slope("slope of the mean score", RunSeries.Score), Side.Below);
        return evidence.Explain();
    }

    private Evidence HigherCoefficientKl(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        Difference(evidence, TightKl, Preference, RunMeasure.Level("KL at the end", RunSeries.Kl), Side.Below);
        Difference(evidence, TightKl, Preference, RunMeasure.Change("change of KL a step", RunSeries.Kl), Side.Below);
        return evidence.Explain();
    }

    private Evidence SecondLoraKl(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        var found = SecondLora(evidence);
        Each(evidence, found, RunMeasure.Start("KL at the start", RunSeries.Kl), Side.Below);
        Each(evidence, found, RunMeasure.Slope("slope of KL", RunSeries.Kl), Side.Below);
        return evidence.Explain();
    }

    private Evidence SecondLoraLength(SpecContext context)
    {
        var evidence = new RunEvidence(context, runs);
        Each(evidence, SecondLora(evidence), RunMeasure.Slope("slope of the response length", RunSeries.Length), Side.Above);
        if (!evidence.IsMissing)
        {
            evidence.Limit("meaning", "whether the text is meaningless at the end is not measured");
        }

        return evidence.Explain();
    }

    private List<UserRun> SecondLora(RunEvidence evidence)
    {
        var found = runs.Runs.Where(run => run.Stage == "ppo" && runs.Roles.Of(run)?.Contains('@') == true
            && runs.Roles.IsSecondLora(run)).ToList();
        if (found.Count == 0)
        {
            evidence.Missing("PPO run with LoRA on a merged LoRA model", "make gpu-crs-sft, then "
                + PaperSettings.Command(Preference, runs.Folder) + " with MODEL=runs/crs/sft/final");
        }

        found.ForEach(run => evidence.Use(run, runs.Roles.Of(run)!, secondLora: true));
        return found;
    }

    // Pairs of runs with the same seed; without any, the first run of each role.
    private static void Difference(RunEvidence evidence, string first, string second, RunMeasure measure, Side claimed, int tests = 1)
    {
        var found = evidence.Require(first, second);
        if (evidence.IsMissing)
        {
            return;
        }

        var pairs = found[0].Join(found[1], run => run.Seed, run => run.Seed, (a, b) => (a, b)).ToList();
        if (pairs.Count == 0)
        {
            pairs.Add((found[0][0], found[1][0]));
            evidence.Limit("seeds", $"{first} and {second} have no seed in common");
        }

        Decide(evidence, $"{measure.Name}, {first} minus {second}", [.. pairs.Select(pair => measure.Of(pair.a, pair.b))], claimed, tests);
    }

    private static void Each(RunEvidence evidence, IReadOnlyList<UserRun> found, RunMeasure measure, Side claimed)
    {
        if (!evidence.IsMissing)
        {
            Decide(evidence, measure.Name, [.. found.Select(measure.Of)], claimed, 1);
        }
    }

    private static void Decide(RunEvidence evidence, string name, RunEstimate?[] estimates, Side claimed, int tests)
    {
        if (estimates.Any(estimate => estimate is null))
        {
            evidence.Builder.Undecided(name, "a run has too few steps with this metric: three at least");
            evidence.Say($"For the {name} a run has too few steps.");
            return;
        }

        evidence.Decide(
            name, [.. estimates.Select(estimate => estimate!.Value)], level => (estimates[0]!.Value, estimates[0]!.Interval(level)),
            "t over parts of one run", new(claimed, 0, tests));
    }
}

/// <summary>A number taken from a run, or from the difference of two runs with the same seed.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Prepare">What is done to the curve of a run before two are compared.</param>
/// <param name="Statistic">The number; null where the curve is too short.</param>
internal sealed record RunMeasure(
    string Name, string Metric,
    Func<IReadOnlyList<(long Step, double Value)>, IReadOnlyList<(long Step, double Value)>> Prepare,
    Func<IReadOnlyList<(long Step, double Value)>, RunEstimate?> Statistic)
{
    /// <summary>Mean of the last steps.</summary>
    public static RunMeasure Level(string name, string metric) => new(name, metric, curve => curve, RunSeries.Level);

    /// <summary>Mean of the first steps.</summary>
    public static RunMeasure Start(string name, string metric) =>
        new(name, metric, curve => [.. curve.Take(RunSeries.LastSteps)], RunSeries.Mean);

    /// <summary>Slope a step.</summary>
    public static RunMeasure Slope(string name, string metric) => new(name, metric, curve => curve, RunSeries.Slope);

    /// <summary>Mean change from step to step.</summary>
    public static RunMeasure Change(string name, string metric) => new(name, metric, RunSeries.Changes, RunSeries.Mean);

    /// <summary>The number of a run.</summary>
    public RunEstimate? Of(UserRun run) => Statistic(Prepare(RunSeries.Read(run, Metric)));

    /// <summary>That of the difference of two runs.</summary>
    public RunEstimate? Of(UserRun first, UserRun second) =>
        Statistic(RunSeries.Difference(Prepare(RunSeries.Read(first, Metric)), Prepare(RunSeries.Read(second, Metric))));
}
