using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>The objective of an absolute reward model, which predicts the score of a reply by itself (CRS Section 5.3, Tables 6 and
/// 7).</summary>
public sealed class AbsoluteObjective : IRewardObjective<RatedExample>
{
    private readonly AbsoluteLossSettings _loss;
    private readonly ScoreRanges? _ranges;

    /// <summary>Takes the settings.</summary>
    /// <param name="loss">The form of the loss.</param>
    /// <param name="ranges">Ranges of the label for which errors are reported apart; null for none.</param>
    /// <exception cref="ReproException">The settings contradict themselves.</exception>
    public AbsoluteObjective(AbsoluteLossSettings loss, ScoreRanges? ranges = null)
    {
        ArgumentNullException.ThrowIfNull(loss);
        loss.RequireFitting();

        (_loss, _ranges) = (loss, ranges);
    }

    /// <summary>The prediction that belongs to a raw output: the output itself, or its sigmoid.</summary>
    /// <param name="output">Raw output.</param>
    public double Prediction(double output) => _loss.Kind == AbsoluteLossKind.MeanSquared ? output : 1 / (1 + Math.Exp(-output));

    /// <inheritdoc/>
    public string? Problem(RatedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return !(example.Target >= 0 && example.Target <= 1) ? Invariant($"the score must be from 0 to 1, was {example.Target}")
            : example.Weight >= 0 && double.IsFinite(example.Weight) ? null
            : Invariant($"the weight must be finite and not negative, was {example.Weight}");
    }

    /// <inheritdoc/>
    public IReadOnlyList<ScoredTokens> Texts(RatedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return [ScoredTokens.Whole(example.Ids)];
    }

    /// <inheritdoc/>
    public double Count(IReadOnlyList<RatedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return examples.Count;
    }

    /// <inheritdoc/>
    public Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<RatedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(examples);
        var outputs = scores.squeeze(1);
        var targets = tensor(Targets(examples), outputs.dtype, outputs.device);
        var weights = tensor(examples.Select(example => example.Weight).ToArray(), outputs.dtype, outputs.device);
        return _loss.Kind switch
        {
            AbsoluteLossKind.MeanSquared => AbsoluteRewardLoss.MeanSquared(outputs, targets, weights, _loss.RangePenalty),
            AbsoluteLossKind.SigmoidMeanSquared => AbsoluteRewardLoss.SigmoidMeanSquared(outputs, targets, weights),
            AbsoluteLossKind.Logistic => AbsoluteRewardLoss.BinaryCrossEntropy(outputs, targets, weights),
            _ => throw new ReproException($"loss.kind {_loss.Kind} is not known."),
        };
    }

    /// <inheritdoc/>
    public Dictionary<string, double> Metrics(IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores)
    {
        var errors = AbsoluteErrors.Compute(Predictions(scores), Targets(examples));
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["mse"] = errors.MeanSquared,
            ["mae"] = errors.MeanAbsolute,
            ["rewards/mean"] = scores.Average(score => score[0]),
        };
    }

    /// <inheritdoc/>
    public Dictionary<string, double> Evaluate(
        IReadOnlyList<RatedExample> heldOut, IReadOnlyList<double[]> scores, IReadOnlyList<RatedExample> training)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        var metrics = Metrics(heldOut, scores);
        metrics["rows"] = heldOut.Count;
        var (targets, predictions, labels) = (Targets(heldOut), Predictions(scores), Targets(training));
        metrics["baseline/mean/mse"] = AbsoluteErrors.Compute([.. targets.Select(_ => labels.Average())], targets).MeanSquared;
        metrics["baseline/median/mae"] = AbsoluteErrors.Compute([.. targets.Select(_ => Descriptive.Median(labels))], targets).MeanAbsolute;
        if (targets.Length > 1 && targets.Distinct().Skip(1).Any() && predictions.Distinct().Skip(1).Any())
        {
            metrics["correlation"] = Correlation.Pearson(predictions, targets);
        }

        AddPairs(heldOut, predictions, metrics);
        if (_ranges is not null)
        {
            AddRanges(targets, predictions, labels, _ranges, metrics);
        }

        return metrics;
    }

    private static void AddRanges(
        double[] targets, double[] predictions, double[] training, ScoreRanges ranges, Dictionary<string, double> metrics)
    {
        foreach (var (range, errors) in AbsoluteErrors.PerRange(predictions, targets, ranges).Where(pair => pair.Value.Count > 0))
        {
            var name = range.ToString().ToLowerInvariant();
            metrics[$"mse/{name}"] = errors.MeanSquared;
            metrics[$"mae/{name}"] = errors.MeanAbsolute;
            metrics[$"rows/{name}"] = errors.Count;
        }

        var hits = predictions.Zip(targets).Count(pair => ranges.Of(pair.First) == ranges.Of(pair.Second));
        var interval = BinomialInterval.Wilson(hits, targets.Length);
        var majority = training.GroupBy(ranges.Of).OrderByDescending(group => group.Count()).First().Key;
        metrics["range_accuracy"] = (double)hits / targets.Length;
        metrics["range_accuracy/lower"] = interval.Lower;
        metrics["range_accuracy/upper"] = interval.Upper;
        metrics["baseline/majority/range_accuracy"] = (double)targets.Count(target => ranges.Of(target) == majority) / targets.Length;
    }

    /// <summary>Pairs of replies to one prompt whose scores differ: does the model order them, and does the longer reply?</summary>
    // Each pair of replies to one prompt, that with the greater target first; equal targets are no pair.
    private static IEnumerable<((RatedExample Example, double Score) Better, (RatedExample Example, double Score) Worse)> Pairs(
        (RatedExample Example, double Score)[] replies)
    {
        foreach (var better in replies)
        {
            foreach (var worse in replies.Where(reply => better.Example.Target > reply.Example.Target))
            {
                yield return (better, worse);
            }
        }
    }

    private static void AddPairs(IReadOnlyList<RatedExample> examples, double[] predictions, Dictionary<string, double> metrics)
    {
        var rows = examples.Zip(predictions).Where(row => row.First.Group is not null);
        var pairs = rows.GroupBy(row => row.First.Group).SelectMany(group => Pairs([.. group])).ToList();
        if (pairs.Count == 0)
        {
            return;
        }

        var accuracy = PairAccuracy.Compute(pairs.Select(pair => new[] { pair.Better.Score, pair.Worse.Score }));
        metrics["accuracy"] = accuracy.Accuracy;
        metrics["accuracy/lower"] = accuracy.Interval().Lower;
        metrics["accuracy/upper"] = accuracy.Interval().Upper;
        metrics["pairs"] = accuracy.Pairs;
        metrics["rewards/margins"] = accuracy.MeanMargin;
        var lengths = pairs.Select(pair => new double[] { pair.Better.Example.ReplyLength, pair.Worse.Example.ReplyLength });
        metrics["baseline/longer"] = PairAccuracy.Compute(lengths).AccuracyWithCoin;
    }

    private double[] Predictions(IReadOnlyList<double[]> scores) => [.. scores.Select(score => Prediction(score[0]))];

    private static double[] Targets(IReadOnlyList<RatedExample> examples) => [.. examples.Select(example => example.Target)];
}

/// <summary>The form of the loss of an absolute reward model.</summary>
public sealed record AbsoluteLossSettings : ICheckedSettings
{
    string? ICheckedSettings.Problem => RangePenalty == 0 || Kind == AbsoluteLossKind.MeanSquared
        ? null
        : $"loss.range_penalty has no meaning for {ConfigScalars.Print(Kind)}, whose predictions cannot leave 0 to 1";

    /// <summary>Which loss.</summary>
    public required AbsoluteLossKind Kind { get; init; }

    /// <summary>Price of one unit outside [0, 1] for <see cref="AbsoluteLossKind.MeanSquared"/>, not negative; 0 for the others, which
    /// cannot leave it.</summary>
    [AtLeast(0)]
    public double RangePenalty { get; init; }
}

/// <summary>The loss of an absolute reward model (CRS Tables 6 and 7).</summary>
public enum AbsoluteLossKind
{
    /// <summary>Squared error of the raw output, with a price on leaving [0, 1].</summary>
    MeanSquared,

    /// <summary>Squared error of the output's sigmoid.</summary>
    SigmoidMeanSquared,

    /// <summary>Cross entropy of the output's sigmoid.</summary>
    Logistic,
}

/// <summary>A reply with a score, as tokens.</summary>
/// <param name="Ids">Prompt and reply, token ids [time].</param>
/// <param name="Target">The score, from 0 to 1.</param>
/// <param name="ReplyLength">Tokens of the reply without the prompt, at least 1.</param>
public sealed record RatedExample(int[] Ids, double Target, int ReplyLength)
{
    /// <summary>Factor of the example's loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>What the replies to one prompt have in common; null where they are not to be compared.</summary>
    public string? Group { get; init; }
}
