using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Experiments.Worlds;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>How often the rule decides where nothing is there; 5 % is promised.</summary>
/// <param name="Family">The experiment or simulation.</param>
/// <param name="Way">How it was found.</param>
/// <param name="Decided">Experiments in which a side led.</param>
/// <param name="Experiments">Experiments drawn.</param>
/// <param name="Seeds">Seeds of each.</param>
internal sealed record NullRate(string Family, string Way, int Decided, int Experiments, int Seeds)
{
    /// <summary>The share with the standard error of a binomial count.</summary>
    public override string ToString()
    {
        var share = (double)Decided / Experiments;
        return Invariant($"{100 * share:0.0} % (standard error {100 * Math.Sqrt(share * (1 - share) / Experiments):0.0})");
    }
}

/// <summary>
/// The rule of <see cref="PairedDecision"/> where nothing is there, in three ways: two halves of the seeds of one and the same arm, paired
/// at random; exact tabular worlds in which the arms cannot differ; drawn differences, for families whose seeds are too few for the first.
/// </summary>
internal static class NullCalibration
{
    private const int Experiments = 500;
    private const ulong Seed = 16;

    /// <summary>Half of the seeds of an arm against the other half, in many random pairings.</summary>
    /// <param name="family">The experiment.</param>
    /// <param name="arm">The arm and what is measured, in words.</param>
    /// <param name="values">One a seed: at least 16.</param>
    /// <exception cref="ArgumentException">Too few seeds.</exception>
    public static NullRate SameArm(string family, string arm, IReadOnlyList<double> values)
    {
        var pairs = values.Count / 2;
        if (pairs < 8)
        {
            throw new ArgumentException(Invariant($"At least 16 seeds were expected, were {values.Count}."), nameof(values));
        }

        var random = new Xoshiro256(Seed);
        double[] order = [.. values];
        var decided = 0;
        for (var experiment = 0; experiment < Experiments; experiment++)
        {
            random.Shuffle<double>(order);
            decided += Decides(order[..pairs], order[pairs..(2 * pairs)]) ? 1 : 0;
        }

        return new NullRate(family, Invariant($"{arm}, {values.Count} seeds against one another"), decided, Experiments, pairs);
    }

    /// <summary>Differences drawn from a distribution of mean 0.</summary>
    /// <param name="family">The families that it stands for.</param>
    /// <param name="name">The distribution in words.</param>
    /// <param name="seeds">Seeds of an experiment.</param>
    /// <param name="draw">Draws a difference.</param>
    public static NullRate Simulated(string family, string name, int seeds, Func<Xoshiro256, double> draw)
    {
        var random = new Xoshiro256(Seed);
        var decided = Enumerable.Range(0, Experiments).Count(_ =>
            Decides([.. Enumerable.Range(0, seeds).Select(_ => draw(random))], new double[seeds]));
        return new NullRate(family, $"drawn differences, {name}", decided, Experiments, seeds);
    }

    /// <summary>Exact optima of tabular worlds in which two rewards have equal spread, so that the weight cannot matter.</summary>
    /// <param name="experiments">How many.</param>
    public static NullRate Tabular(int experiments)
    {
        const int Seeds = 8;
        using var scope = NewDisposeScope();
        var differences = TabularWorld.Draw(experiments * Seeds, prompts: 8).Select(
            world => (First: world.LogKl(world.Mixture(1, 0, 1, 1), 0.5), Second: world.LogKl(world.Mixture(0, 0, 1, 1), 0.5))).ToList();
        var decided = differences.Chunk(Seeds).Count(seeds =>
            Decides([.. seeds.Select(seed => seed.First)], [.. seeds.Select(seed => seed.Second)]));
        return new NullRate("tabular", "worlds in which the weight cannot matter", decided, experiments, Seeds);
    }

    /// <summary>N(0, 1), Student's t with three degrees of freedom, and an exponential less its mean.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Xoshiro256, double> Draw)> Distributions =
    [
        ("normal", random => random.NextNormal()),
        ("Student's t with 3 degrees of freedom", random => random.NextNormal()
            / Math.Sqrt(random.NextNormals(3).Sum(value => value * value) / 3)),
        ("exponential", random => -Math.Log(1 - random.NextDouble()) - 1),
    ];

    private static bool Decides(double[] first, double[] second) =>
        PairedDecision.Decide(first, second, 0).Outcome is PairedOutcome.FirstLarger or PairedOutcome.SecondLarger;
}
