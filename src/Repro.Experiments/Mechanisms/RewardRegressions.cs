using System.Globalization;
using Repro.Core.Data;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Losses;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// What weights and under-sampling do to a regression of scores from a noisy feature, and the L2 term to the distance of a pair, with the
/// losses and the balancing that train the reward models of CRS. Design: <c>fixtures/designs/regressions.yaml</c>.
/// </summary>
internal sealed class RewardRegressions : ISpecGroup
{
    private const int TrainingRows = 1200;
    private const int TestRows = 3000;
    private const double FeatureNoise = 0.3;
    private const double Margin = 0.01;
    private const double Decay = 0.001;

    // The root of sigmoid(-d) = Decay d / 2, as the design has it.
    private const double StationaryDistance = 5.8342;

    private static readonly ScoreRanges Ranges = new() { Low = 0.4, High = 0.9 };

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        new("CRS-M-weighted-shift", WeightedShift),
        new("CRS-M-resample", UnderSampling),
        new("CRS-M-pair-scale", PairDistance),
    ];

    private static Evidence WeightedShift(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = context.Designed("regressions", out var seeds);
        var world = new ScoreWorld(seeds, NoisyFeature);
        RangeErrors Fit(double weight, int hidden = 0) => world.Fit(rows => WeightLow(rows, weight), hidden, context.Cancellation);
        var (plain, weighted) = (Fit(1), Fit(3.9));
        var (plainNet, weightedNet) = (Fit(1, 8), Fit(3.9, 8));
        evidence.RequirePaired([.. Shifts("linear", weighted, plain), .. Shifts("net", weightedNet, plainNet)]);
        var swept = Fit(2.2);
        foreach (var comparison in Shifts("linear, weight 2.2", swept, plain))
        {
            evidence.Swept(comparison);
        }

        var exact = new ScoreWorld(seeds, LogitOfLabel);
        var noiseless = new SeedComparison(
            "no noise and a model that can be right, mean prediction",
            exact.Fit(rows => WeightLow(rows, 3.9), 0, context.Cancellation).Mean,
            exact.Fit(rows => rows, 0, context.Cancellation).Mean, Margin, PairedOutcome.Undecided);
        evidence.Planted(noiseless);
        evidence.Planted(new SeedComparison("weight 100, mean prediction", Fit(100).Mean, plain.Mean, Margin, PairedOutcome.SecondLarger));
        evidence.Planted(
            new SeedComparison("weight 1 / 3.9, mean prediction", Fit(1 / 3.9).Mean, plain.Mean, Margin, PairedOutcome.FirstLarger));
        return evidence.Explain(
            $"With weight 3.9 on labels up to 0.4 the linear model has {Changed(plain, weighted)}; the net "
                + $"{Changed(plainNet, weightedNet)}. Without noise the mean prediction moves by "
                + Invariant($"{noiseless.First.Average() - noiseless.Second.Average():+0.0000;-0.0000;0.0000}."));
    }

    private static string Changed(RangeErrors plain, RangeErrors weighted) =>
        Invariant($"a mean prediction of {weighted.Mean.Average():F3} instead of {plain.Mean.Average():F3}, an error of ")
            + Invariant($"{weighted.Low.Average():F3} instead of {plain.Low.Average():F3} on low labels and of ")
            + Invariant($"{weighted.High.Average():F3} instead of {plain.High.Average():F3} on high ones");

    private static IEnumerable<SeedComparison> Shifts(string model, RangeErrors weighted, RangeErrors plain) =>
    [
        new($"{model}: mean prediction, weighted against plain", weighted.Mean, plain.Mean, Margin, PairedOutcome.SecondLarger),
        new($"{model}: error of low labels, weighted against plain", weighted.Low, plain.Low, Margin, PairedOutcome.SecondLarger),
        new($"{model}: error of high labels, weighted against plain", weighted.High, plain.High, Margin, PairedOutcome.FirstLarger),
    ];

    private static Evidence UnderSampling(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = context.Designed("regressions", out var seeds);
        var world = new ScoreWorld(seeds, NoisyFeature);
        RangeErrors Fit(Func<IReadOnlyList<RatedReply>, IReadOnlyList<RatedReply>> balance) => world.Fit(balance, 0, context.Cancellation);
        var plain = Fit(rows => rows);
        var sampled = Fit(rows => ScoreSampling.UnderSampleMiddle(rows, Ranges, 5, rows.Count(IsMiddle) / 3 / 5, 0));
        var weighted = Fit(rows => LossWeights.AtBothEnds(rows, Ranges, 3));
        SeedComparison[] balanced = [.. Balanced("under-sampled", sampled, plain), .. Balanced("ends weighted", weighted, plain)];
        evidence.RequirePaired(balanced);
        evidence.Planted(new SeedComparison(
            "weight 1 at both ends, error of low labels", Fit(rows => LossWeights.AtBothEnds(rows, Ranges, 1)).Low, plain.Low, Margin,
            PairedOutcome.Undecided));
        evidence.Planted(new SeedComparison(
            "weight 1 / 3 at both ends, error of low labels", Fit(rows => LossWeights.AtBothEnds(rows, Ranges, 1.0 / 3)).Low, plain.Low,
            Margin, PairedOutcome.FirstLarger));
        return evidence.Explain(
            $"Errors of low, middle and high labels: plain {plain}, with a third of the middle {sampled}, with weight 3 at both ends "
                + $"{weighted}. Errors are lower at the ends and higher in the middle in {SeedEvidence.WithClaimedSign(balanced)} "
                + "combinations of way, range and seed.");
    }

    private static IEnumerable<SeedComparison> Balanced(string arm, RangeErrors balanced, RangeErrors plain) =>
    [
        new($"{arm}: error of low labels against plain", balanced.Low, plain.Low, Margin, PairedOutcome.SecondLarger),
        new($"{arm}: error of middle labels against plain", balanced.Middle, plain.Middle, Margin, PairedOutcome.FirstLarger),
        new($"{arm}: error of high labels against plain", balanced.High, plain.High, Margin, PairedOutcome.SecondLarger),
    ];

    private static bool IsMiddle(RatedReply row) => Ranges.Of(row.Score!.Value) == ScoreRange.Between;

    private static IReadOnlyList<RatedReply> WeightLow(IReadOnlyList<RatedReply> rows, double weight) =>
        [.. rows.Select(row => row with { Weight = row.Score <= Ranges.Low ? weight : 1 })];

    private static double NoisyFeature(double label, Xoshiro256 random) => label + (FeatureNoise * random.NextNormal());

    private static double LogitOfLabel(double label, Xoshiro256 random)
    {
        var inside = Math.Clamp(label, 0.001, 0.999);
        return Math.Log(inside / (1 - inside));
    }

    private static Evidence PairDistance(SpecContext context)
    {
        using var scope = NewDisposeScope();
        var evidence = context.Designed("regressions", out var seeds);
        var start = new Xoshiro256(1).NextNormals(2 * seeds);
        double[] first = [.. start.Chunk(2).Select(pair => pair[0] - pair[1])];
        var largest = 0.0;
        foreach (var (steps, distances) in Descend(start, 0, 1, [100, 1000, 3000], context.Cancellation))
        {
            evidence.Value(Invariant($"mean distance after {steps} steps without decay"), distances.Average());
            var expected = first.Select(distance => Math.Log((2.0 * steps) + Math.Exp(distance)));
            largest = Math.Max(largest, distances.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second)));
        }

        var (_, decayed) = Descend(start, Decay, 50, [1000], context.Cancellation).Single();
        var (optimum, wrong) = (Stationary(Decay), Stationary(2 * Decay));
        double[] far = [10, 20, 30];
        return evidence.Value("distance at which the gradient is 0 with decay 0.001", optimum)
            .Value($"{WrongVariant.Prefix}decay not halved", WrongVariant.Caught(Math.Abs(wrong - StationaryDistance) > 1e-3 ? 1 : 0, 1))
            .Require("without decay the distance grows as log(2 t + e^d0)", largest <= 0.02, "steps 100, 1000, 3000, all seeds")
            .Require("without decay the gradient still drives apart", far.All(d => Slope(d, 0) < 0), "distances 10, 20, 30")
            .RequireWithin(
                Invariant($"with decay {Decay} the optimum is {StationaryDistance}"), Math.Abs(optimum - StationaryDistance), 1e-3)
            .RequireWithin("and is reached from every start", decayed.Max(d => Math.Abs(d - optimum)), 1e-3)
            .Explain(
                Invariant($"Without the L2 term the distance of a pair stays within {largest:F4} of log(2 t + e^d0) for 3000 steps; with ")
                    + Invariant($"{Decay / 2} (s_w^2 + s_l^2) it ends at {optimum:F4}, where sigmoid(-d) = {Decay / 2} d."));
    }

    /// <summary>Gradient descent on free scores, a pair a seed, each with its own step.</summary>
    /// <returns>The distance of every pair after each number of steps.</returns>
    private static List<(int Steps, double[] Distances)> Descend(
        double[] start, double decay, double rate, int[] until, CancellationToken cancellation)
    {
        var scores = tensor(start, ScalarType.Float64).requires_grad_();
        int[] sizes = [.. Enumerable.Repeat(2, start.Length / 2)];
        var results = new List<(int Steps, double[] Distances)>();
        for (var step = 1; step <= until[^1]; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var loss = RankingLoss.Groups(scores, sizes, decay) * sizes.Length;
            loss.backward();
            using (no_grad())
            {
                scores.sub_(scores.grad! * rate);
                scores.grad!.zero_();
            }

            if (until.Contains(step))
            {
                var pairs = scores.detach().view(-1, 2);
                results.Add((step, (pairs.select(1, 0) - pairs.select(1, 1)).data<double>().ToArray()));
            }
        }

        return results;
    }

    /// <summary>Where the slope of the loss in the distance is 0, by bisection.</summary>
    private static double Stationary(double decay)
    {
        var (low, high) = (0.0, 50.0);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Slope(middle, decay) < 0 ? (middle, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Derivative of the library's loss of one pair at scores d / 2 and -d / 2.</summary>
    private static double Slope(double distance, double decay)
    {
        using var scope = NewDisposeScope();
        var d = tensor(distance, ScalarType.Float64).requires_grad_();
        RankingLoss.Groups(stack([d / 2, -d / 2]), [2], decay).backward();
        return d.grad!.ToDouble();
    }

    /// <summary>Mean prediction and mean absolute error by range of the label, one value a seed.</summary>
    private sealed record RangeErrors(double[] Mean, double[] Low, double[] Middle, double[] High)
    {
        public override string ToString() => Invariant($"{Low.Average():F3} / {Middle.Average():F3} / {High.Average():F3}");
    }

    /// <summary>Rows of all seeds, and regressions on them. The seeds are fitted side by side: their parameters and losses do not mix, and
    /// Adam does not depend on the scale of the loss.</summary>
    private sealed class ScoreWorld
    {
        private const int Steps = 400;

        private readonly List<IReadOnlyList<RatedReply>> _rows = [];
        private readonly List<double[]> _features = [];
        private readonly Tensor _testFeatures;
        private readonly Tensor _testLabels;

        public ScoreWorld(int seeds, Func<double, Xoshiro256, double> feature)
        {
            List<double> testFeatures = [], testLabels = [];
            for (var seed = 1; seed <= seeds; seed++)
            {
                var random = new Xoshiro256((ulong)seed);
                var (labels, group) = (Labels(TrainingRows, random), Invariant($"{seed}"));
                _rows.Add([.. labels.Select((label, i) => new RatedReply(
                    new Origin("simulated", group, Invariant($"{i}")), [], string.Empty, new Dictionary<string, double>(), label))]);
                _features.Add([.. labels.Select(label => feature(label, random))]);
                var fresh = Labels(TestRows, random);
                testLabels.AddRange(fresh);
                testFeatures.AddRange(fresh.Select(label => feature(label, random)));
            }

            _testFeatures = tensor(testFeatures.ToArray(), ScalarType.Float64).view(seeds, TestRows);
            _testLabels = tensor(testLabels.ToArray(), ScalarType.Float64).view(seeds, TestRows);
        }

        /// <summary>Fits a model to balanced rows of each seed.</summary>
        /// <param name="balance">Thins out or weighs the rows of a seed; as many remain for each seed.</param>
        /// <param name="hidden">Hidden units; 0 for the linear model.</param>
        /// <param name="cancellation">Checked before each step.</param>
        public RangeErrors Fit(
            Func<IReadOnlyList<RatedReply>, IReadOnlyList<RatedReply>> balance, int hidden, CancellationToken cancellation)
        {
            using var scope = NewDisposeScope();
            var rows = _rows.Select(balance).ToList();
            Tensor Of(Func<int, RatedReply, double> value) => tensor(
                rows.SelectMany((own, seed) => own.Select(row => value(seed, row))).ToArray(), ScalarType.Float64).view(rows.Count, -1);
            var features = Of((seed, row) => _features[seed][int.Parse(row.Origin.Item, CultureInfo.InvariantCulture)]);
            var (labels, weights) = (Of((_, row) => row.Score!.Value).flatten(), Of((_, row) => row.Weight).flatten());
            var parameters = Parameters(rows.Count, hidden);
            using var optimizer = optim.Adam(parameters, 0.05);
            for (var step = 0; step < Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                AbsoluteRewardLoss.SigmoidMeanSquared(Logits(features, parameters).flatten(), labels, weights).backward();
                optimizer.step();
            }

            using var noGradient = no_grad();
            return Errors(Logits(_testFeatures, parameters).sigmoid());
        }

        private static double[] Labels(int count, Xoshiro256 random)
        {
            var (low, high) = (count * 4104 / 38852, count * 7787 / 38852);
            double Between(double from, double to) => from + ((to - from) * random.NextDouble());
            return [.. Enumerable.Range(0, count).Select(
                i => i < low ? Between(0, Ranges.Low) : i < low + high ? Between(Ranges.High, 1) : Between(Ranges.Low, Ranges.High))];
        }

        private static List<Parameter> Parameters(int seeds, int hidden)
        {
            var random = new Xoshiro256(0);
            Parameter New(params long[] shape) => new(tensor(
                random.NextNormals((int)shape.Aggregate((a, b) => a * b)), ScalarType.Float64).view(shape) * 0.5);
            return hidden == 0 ? [New(seeds, 1), New(seeds, 1)]
                : [New(seeds, 1, hidden), New(seeds, 1, hidden), New(seeds, 1, hidden), New(seeds, 1)];
        }

        private static Tensor Logits(Tensor features, List<Parameter> parameters) => parameters.Count == 2
            ? (features * parameters[0]) + parameters[1]
            : (((features.unsqueeze(-1) * parameters[0]) + parameters[1]).tanh() * parameters[2]).sum(-1) + parameters[3];

        private RangeErrors Errors(Tensor predictions)
        {
            var errors = (predictions - _testLabels).abs();
            double[] Within(Tensor chosen) => ((errors * chosen).sum(1) / chosen.sum(1)).data<double>().ToArray();
            var (low, high) = (_testLabels.le(Ranges.Low).to(ScalarType.Float64), _testLabels.ge(Ranges.High).to(ScalarType.Float64));
            return new RangeErrors(predictions.mean([1]).data<double>().ToArray(), Within(low), Within(1 - low - high), Within(high));
        }
    }
}
