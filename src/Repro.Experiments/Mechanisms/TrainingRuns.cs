using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// The finished runs that a claim is judged by, from <c>fixtures/results</c>. A run counts only where its key, which has the version of the
/// code and every parameter in it, is that of today.
/// </summary>
internal sealed class TrainingRuns
{
    /// <summary>Name of the finding that says that runs are not there.</summary>
    public const string Missing = "trained models";

    private readonly IReadOnlyList<ExperimentResults> _results;

    private TrainingRuns(IReadOnlyList<ExperimentResults> results, IReadOnlyList<IExperiment> experiments, SeedSet seeds)
    {
        _results = results;
        Seeds = [.. seeds.Seeds.Where(seed => experiments.SelectMany(experiment => experiment.Cells(seed))
            .All(cell => Find(cell.Key) is not null))];
    }

    /// <summary>The seeds of which every run is there, in order.</summary>
    public IReadOnlyList<long> Seeds { get; }

    /// <summary>Judges a claim by runs, or says which command makes them.</summary>
    /// <param name="context">What the spec reads.</param>
    /// <param name="experiments">The experiments, base models apart; each has a design of its name.</param>
    /// <param name="gate">Says in words why the world is too small or too hard to judge by; null where it is not.</param>
    /// <param name="judge">Writes the findings and ends the evidence.</param>
    public static Evidence Judge(
        SpecContext context, IReadOnlyList<IExperiment> experiments, Func<TrainingRuns, string?> gate,
        Func<EvidenceBuilder, TrainingRuns, Evidence> judge)
    {
        var evidence = context.Evidence();
        foreach (var experiment in experiments)
        {
            evidence.RestOn(context.Design(experiment.Id), context.Claim, $"design of {experiment.Id}");
        }

        if (Find(context, experiments) is not { } runs)
        {
            var command = Command(experiments, context.Seeds);
            return evidence.Absent(Missing, $"{command} trains them").Explain($"The runs are not there: {command} makes them.");
        }

        return gate(runs) is { } reason
            ? evidence.Absent("a world that can be learned", reason).Explain($"The world is too small or too hard to judge by: {reason}.")
            : judge(evidence, runs);
    }

    /// <summary>The runs of experiments and the base models; null where whole seeds are too few.</summary>
    /// <param name="context">What the spec reads.</param>
    /// <param name="experiments">The experiments, base models apart.</param>
    public static TrainingRuns? Find(SpecContext context, IReadOnlyList<IExperiment> experiments) =>
        Find(context.Seeds, context.Results, experiments);

    /// <summary>The same from anywhere.</summary>
    /// <param name="seeds">The seeds.</param>
    /// <param name="results">The text of the results of an experiment by its id; null where there are none.</param>
    /// <param name="experiments">The experiments, base models apart.</param>
    public static TrainingRuns? Find(SeedSet seeds, Func<string, string?> results, IReadOnlyList<IExperiment> experiments)
    {
        IExperiment[] all = [new BaseExperiment(), .. experiments];
        var runs = new TrainingRuns(
            [.. all.Select(one => ExperimentResults.Read(results(one.Id), $"fixtures/{seeds.Key("results", one.Id)}.json"))], all, seeds);
        return runs.Seeds.Count >= seeds.Fewest ? runs : null;
    }

    /// <summary>The command that makes the runs of experiments.</summary>
    /// <param name="experiments">The experiments, base models apart.</param>
    /// <param name="seeds">Their seeds.</param>
    public static string Command(IReadOnlyList<IExperiment> experiments, SeedSet seeds) =>
        $"repro mechanisms {(seeds == SeedSet.Fixture ? string.Empty : $"--{seeds.Folder} ")}--only B "
            + $"{string.Join(" ", experiments.Select(experiment => $"--only {experiment.Id}"))} --write";

    /// <summary>The runs of an arm, one a seed.</summary>
    /// <param name="cell">The run of a seed.</param>
    public IReadOnlyList<CellResult> Of(Func<long, Cell> cell) => [.. Seeds.Select(seed => Find(cell(seed).Key)!)];

    /// <summary>The run of a key.</summary>
    public CellResult Of(CellKey key) => Find(key)!;

    /// <summary>The start policies, one a seed.</summary>
    public IReadOnlyList<CellResult> Start => Of(BaseModels.Cell);

    private CellResult? Find(CellKey key) => _results.Select(results => results.Find(key)).FirstOrDefault(found => found is not null);
}

/// <summary>Statistics of runs, one number a seed.</summary>
internal static class SeedStatistics
{
    /// <summary>A measurement of each seed.</summary>
    public static double[] Values(IReadOnlyList<CellResult> runs, string name) => [.. runs.Select(run => run.Values[name])];

    /// <summary>The same number for every seed.</summary>
    /// <param name="value">The number.</param>
    /// <param name="seeds">How many.</param>
    public static double[] Constant(double value, int seeds) => [.. Enumerable.Repeat(value, seeds)];

    /// <summary>The share of prompts at which the first arm writes the truly better response, a tie being half.</summary>
    public static double[] WinRates(IReadOnlyList<CellResult> first, string firstName, IReadOnlyList<CellResult> second,
        string secondName) =>
        [.. first.Zip(second, (a, b) => Qualities.WinRate(a.Samples[firstName], b.Samples[secondName]))];

    /// <summary>
    /// One measurement of both arms where they have come equally far by another one, such as quality at equal KL: as far as the arm that
    /// comes less far, between checkpoints in proportion.
    /// </summary>
    /// <param name="start">The start policies, which are the first checkpoint.</param>
    /// <param name="first">Runs of the first arm.</param>
    /// <param name="second">Runs of the second arm.</param>
    /// <param name="checkpoints">Steps or iterations to consider.</param>
    /// <param name="by">What is matched.</param>
    /// <param name="of">What is compared.</param>
    public static (double[] First, double[] Second) Matched(
        IReadOnlyList<CellResult> start, IReadOnlyList<CellResult> first, IReadOnlyList<CellResult> second, IReadOnlyList<int> checkpoints,
        string by, string of)
    {
        var (firsts, seconds) = (new double[start.Count], new double[start.Count]);
        for (var seed = 0; seed < start.Count; seed++)
        {
            var one = Curve(start[seed], first[seed], checkpoints, by, of);
            var other = Curve(start[seed], second[seed], checkpoints, by, of);
            var place = Math.Min(one.Max(point => point.X), other.Max(point => point.X));
            (firsts[seed], seconds[seed]) = (At(one, place), At(other, place));
        }

        return (firsts, seconds);
    }

    /// <summary>The value of a curve where it first reaches a place.</summary>
    /// <param name="curve">Points in the order of training.</param>
    /// <param name="place">At most the largest x.</param>
    internal static double At(IReadOnlyList<(double X, double Y)> curve, double place)
    {
        for (var point = 0; point < curve.Count; point++)
        {
            var (x, y) = curve[point];
            if (x >= place)
            {
                var before = curve[Math.Max(0, point - 1)];
                return x == before.X ? y : before.Y + ((y - before.Y) * (place - before.X) / (x - before.X));
            }
        }

        throw new ArgumentException("The curve does not reach this place.", nameof(place));
    }

    private static List<(double X, double Y)> Curve(CellResult start, CellResult run, IReadOnlyList<int> checkpoints, string by,
        string of) =>
    [
        (start.Values["start/" + by], start.Values["start/" + of]),
        .. checkpoints.Select(step => (run.Values[Invariant($"step{step}/{by}")], run.Values[Invariant($"step{step}/{of}")])),
    ];

    /// <summary>Means over seeds by checkpoint, for the eye: <c>10: 0.57, 20: 0.64</c>.</summary>
    public static string ByCheckpoint(IReadOnlyList<int> checkpoints, Func<int, double[]> values) =>
        string.Join(", ", checkpoints.Select(step => Invariant($"{step}: {values(step).Average():0.###}")));

    /// <summary>Rises of mean quality from the start policies.</summary>
    public static double Rise(TrainingRuns runs, IReadOnlyList<CellResult> arm, int step) =>
        Values(arm, Invariant($"step{step}/quality")).Average() - Values(runs.Start, "start/quality").Average();
}
