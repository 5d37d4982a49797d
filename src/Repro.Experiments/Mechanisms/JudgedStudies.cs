using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What random order does to the win rate of a judge with position bias, and repeated generation to the variance of points, in simulated
/// studies of 100 prompts. Design: <c>fixtures/designs/judging.yaml</c>.
/// </summary>
internal sealed class JudgedStudies : ISpecGroup
{
    private const int Prompts = 100;
    private const int BiasStudies = 100;
    private const int RunStudies = 400;
    private const double Accuracy = 0.8;
    private const double BetterShare = 0.6;
    private const double Bias = 0.1;

    /// <summary>The win rate of A that the judge would give without position bias.</summary>
    private const double Unbiased = (BetterShare * Accuracy) + ((1 - BetterShare) * (1 - Accuracy));

    private static readonly double[] Biases = [0, 0.1, 0.2, 0.3];
    private static readonly double[] PromptSpreads = [0, 0.5, 1, 3];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-M-position-bias", PositionBias), new("CRS-M-three-runs", ThreeRuns)];

    /// <summary>How the two responses of each comparison are ordered.</summary>
    private enum Order
    {
        Fixed,
        Coin,
        OneDraw,
        Both,
    }

    private static Evidence PositionBias(SpecContext context)
    {
        var evidence = context.Designed("judging", out var seeds);
        SeedComparison Excess(string name, Order order, double bias, PairedOutcome claimed) => new(
            name, [.. Enumerable.Range(1, seeds).Select(seed => ExcessWinRate(seed, order, bias))], new double[seeds], 0.02, claimed);
        var coin = Excess(
            "win rate with a coin for each comparison against the unbiased one", Order.Coin, Bias, PairedOutcome.NoLargerDifference);
        evidence.RequirePaired(
            Excess("win rate in fixed order against the unbiased one", Order.Fixed, Bias, PairedOutcome.FirstLarger), coin);
        evidence.Planted(Excess("no bias, fixed order", Order.Fixed, 0, PairedOutcome.Undecided))
            .Planted(Excess("both orders", Order.Both, Bias, PairedOutcome.NoLargerDifference));
        foreach (var bias in Biases)
        {
            var rates = new[] { Order.Fixed, Order.Coin, Order.OneDraw, Order.Both }.Select(order => Invariant(
                $"{Enumerable.Range(1, seeds).Average(seed => ExcessWinRate(seed, order, bias)):+0.000;-0.000;0.000}"));
            evidence.Value(Invariant($"excess win rate at bias {bias}: fixed, coin, one draw, both"), string.Join(" ", rates));
        }

        var residual = Residual();
        return evidence.Value("standard deviation of what one drawn order leaves", residual)
            .Reserve(
                "one study", Invariant($"in expectation: an order that is drawn once for {Prompts} prompts leaves a bias of standard ")
                    + Invariant($"deviation {residual:F3} in the win rate; judging both orders leaves none"))
            .Explain(
                Invariant($"A judge who adds {Bias} to the second place shifts the win rate by {ExcessWinRate(1, Order.Fixed, Bias):F3} ")
                    + Invariant($"in fixed order, by {coin.First.Average():F4} on average over {seeds * BiasStudies} studies with a coin. ")
                    + Invariant($"A single drawn order keeps a standard deviation of {residual:F3}."));
    }

    /// <summary>Mean win rate of A over the studies of a seed, less the unbiased one.</summary>
    private static double ExcessWinRate(int seed, Order order, double bias)
    {
        var random = new Xoshiro256((ulong)seed);
        bool[] drawn = [.. Enumerable.Range(0, Prompts).Select(_ => random.NextInt32(2) == 1)];
        var wins = 0.0;
        for (var study = 0; study < BiasStudies; study++)
        {
            for (var prompt = 0; prompt < Prompts; prompt++)
            {
                var better = random.NextDouble() < BetterShare;
                var second = order switch { Order.Fixed => true, Order.OneDraw => drawn[prompt], _ => random.NextInt32(2) == 1 };
                wins += order == Order.Both
                    ? (Win(better, true, bias, random) + Win(better, false, bias, random)) / 2
                    : Win(better, second, bias, random);
            }
        }

        return (wins / (BiasStudies * Prompts)) - Unbiased;
    }

    private static double Win(bool better, bool second, double bias, Xoshiro256 random) =>
        random.NextDouble() < Math.Clamp((better ? Accuracy : 1 - Accuracy) + (second ? bias : -bias), 0, 1) ? 1 : 0;

    /// <summary>Standard deviation over 2000 drawn orders of the expected excess, which is the bias times the surplus of second
    /// places.</summary>
    private static double Residual()
    {
        var random = new Xoshiro256(0);
        double[] excess = [.. Enumerable.Range(0, 2000).Select(
            _ => Bias * (Enumerable.Range(0, Prompts).Sum(_ => (2 * random.NextInt32(2)) - 1) / (double)Prompts))];
        return Descriptive.StandardDeviation(excess, 1);
    }

    private static Evidence ThreeRuns(SpecContext context)
    {
        var evidence = context.Designed("judging", out var seeds);
        SeedComparison Ratio(string name, Func<int, double> logRatio, double target, PairedOutcome claimed) => new(
            name, [.. Enumerable.Range(1, seeds).Select(logRatio)], [.. Enumerable.Repeat(target, seeds)], 0.18, claimed);
        var same = Ratio(
            "log variance ratio, the same prompts in every study, against log 3", seed => LogRatio(seed, 1, false, Three),
            Math.Log(3), PairedOutcome.NoLargerDifference);
        evidence.RequirePaired(same);
        evidence.Planted(Ratio("one generation against another, log variance ratio", seed => LogRatio(seed, 1, false, One), 0,
            PairedOutcome.Undecided));
        evidence.Planted(Ratio(
            "three times the same text, log variance ratio against log 3", seed => LogRatio(seed, 1, false, Copies), Math.Log(3),
            PairedOutcome.SecondLarger));
        var fresh = PromptSpreads.Select(spread => Ratio(
            Invariant($"log variance ratio, fresh prompts, s_b = {spread} s_w, against log 3"), seed => LogRatio(seed, spread, true, Three),
            Math.Log(3), PairedOutcome.NoLargerDifference)).ToList();
        var others = new List<string>();
        foreach (var (comparison, spread) in fresh.Zip(PromptSpreads))
        {
            evidence.Swept(comparison);
            if (comparison.Decide().Outcome != PairedOutcome.NoLargerDifference)
            {
                others.Add(Invariant($"{Math.Exp(comparison.First.Average()):F2} at s_b = {spread} s_w"));
            }
        }

        if (others.Count > 0)
        {
            evidence.Reserve(
                "prompts", $"with the same prompts; with fresh ones the variance falls by a factor of {string.Join(", ", others)} only");
        }

        var factors = string.Join(", ", fresh.Select(comparison => Invariant($"{Math.Exp(comparison.First.Average()):F2}")));
        return evidence.Explain(
            Invariant($"Three generations lower the variance of the mean points by a factor of {Math.Exp(same.First.Average()):F2} where ")
                + $"prompts are the same, and by {factors} with fresh prompts whose spread is "
                + $"{InvariantText.Join(", ", PromptSpreads)} times that of generations.");
    }

    private static double One(Xoshiro256 random) => random.NextNormal();

    private static double Three(Xoshiro256 random) => (random.NextNormal() + random.NextNormal() + random.NextNormal()) / 3;

    private static double Copies(Xoshiro256 random) => One(random);

    /// <summary>Logarithm of the variance over studies of mean points, single generations over another way to generate.</summary>
    private static double LogRatio(int seed, double promptSpread, bool fresh, Func<Xoshiro256, double> generation)
    {
        var random = new Xoshiro256((ulong)seed);
        var prompts = random.NextNormals(Prompts);
        var (single, other) = (new double[RunStudies], new double[RunStudies]);
        for (var study = 0; study < RunStudies; study++)
        {
            for (var prompt = 0; prompt < Prompts; prompt++)
            {
                var point = promptSpread * (fresh ? random.NextNormal() : prompts[prompt]);
                single[study] += (point + One(random)) / Prompts;
                other[study] += (point + generation(random)) / Prompts;
            }
        }

        return Math.Log(Descriptive.Variance(single, 1) / Descriptive.Variance(other, 1));
    }
}
