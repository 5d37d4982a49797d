using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// The objective of a preference reward model on prompts with ranked replies (CRS Eq. 2.12, ADR Eq. 1): over all pairs of a prompt's
/// replies, the better one shall have the greater score. Replies of one rank are a tie and no pair.
/// </summary>
/// <param name="loss">The form of the loss; null for its defaults.</param>
public sealed class PreferenceObjective(PreferenceLossSettings? loss = null) : IRewardObjective<RankedExample>
{
    private readonly PreferenceLossSettings _loss = loss ?? new PreferenceLossSettings();

    /// <inheritdoc/>
    public string? Problem(RankedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example.Texts.Count < 2 ? $"a prompt needs at least two replies, this one has {example.Texts.Count}"
            : example.ReplyLengths.Count != example.Texts.Count
                ? $"{example.ReplyLengths.Count} lengths do not belong to {example.Texts.Count} replies"
            : example.Ranks.Count != example.Texts.Count ? $"{example.Ranks.Count} ranks do not belong to {example.Texts.Count} replies"
            : !example.Ranks.SequenceEqual(example.Ranks.Order()) ? "its ranks fall, and the best reply comes first"
            : example.Ranks[0] == example.Ranks[^1] ? "all its replies have one rank" : null;
    }

    /// <inheritdoc/>
    public IReadOnlyList<ScoredTokens> Texts(RankedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return [.. example.Texts.Select(ScoredTokens.Whole)];
    }

    /// <inheritdoc/>
    public double Count(IReadOnlyList<RankedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return _loss.Weighting == GroupWeighting.PerGroup
            ? examples.Count
            : examples.Sum(Pairs);
    }

    /// <inheritdoc/>
    public Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<RankedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(examples);
        int[] sizes = [.. examples.Select(example => example.Texts.Count)];
        int[] ranks = [.. examples.SelectMany(example => example.Ranks)];
        return RankingLoss.Groups(scores.squeeze(1), sizes, _loss.ScoreDecay, _loss.Weighting, ranks);
    }

    /// <inheritdoc/>
    public Dictionary<string, double> Metrics(IReadOnlyList<RankedExample> examples, IReadOnlyList<double[]> scores)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var pairs = Accuracy(examples, scores);
        return new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["accuracy"] = pairs.Accuracy,
            ["rewards/chosen"] = scores.Average(group => group[0]),
            ["rewards/rejected"] = scores.Average(group => group[^1]),
            ["rewards/margins"] = pairs.MeanMargin,
        };
    }

    /// <inheritdoc/>
    public Dictionary<string, double> Evaluate(
        IReadOnlyList<RankedExample> heldOut, IReadOnlyList<double[]> scores, IReadOnlyList<RankedExample> training)
    {
        ArgumentNullException.ThrowIfNull(heldOut);
        ArgumentNullException.ThrowIfNull(training);
        var metrics = Metrics(heldOut, scores);
        var pairs = Accuracy(heldOut, scores);
        var (interval, longer) = (pairs.Interval(), Accuracy(heldOut, heldOut.Select(Lengths)).AccuracyWithCoin);
        metrics["accuracy/lower"] = interval.Lower;
        metrics["accuracy/upper"] = interval.Upper;
        metrics["pairs"] = pairs.Pairs;
        metrics["baseline/longer"] = longer;
        // The rule that prefers the longer or always the shorter reply, whichever was right more often in the training data.
        var longerWins = Accuracy(training, training.Select(Lengths)).AccuracyWithCoin >= 0.5;
        metrics["baseline/majority_length"] = longerWins ? longer : 1 - longer;
        return metrics;
    }

    private static PairAccuracy Accuracy(IReadOnlyList<RankedExample> examples, IEnumerable<IReadOnlyList<double>> scores) =>
        PairAccuracy.ComputeRanked(scores.Zip(examples, (own, example) => (own, example.Ranks)));

    private static double Pairs(RankedExample example)
    {
        var pairs = 0;
        for (var better = 0; better < example.Ranks.Count; better++)
        {
            pairs += example.Ranks.Skip(better + 1).Count(rank => rank > example.Ranks[better]);
        }

        return pairs;
    }

    private static double[] Lengths(RankedExample example) => [.. example.ReplyLengths.Select(length => (double)length)];
}

/// <summary>The form of the loss of a preference reward model.</summary>
public sealed record PreferenceLossSettings
{
    /// <summary>Weight of the L2 term of the scores, not negative; see <see cref="RankingLoss.Groups"/>.</summary>
    [AtLeast(0)]
    public double ScoreDecay { get; init; }

    /// <summary>Whether prompts or pairs weigh the same.</summary>
    public GroupWeighting Weighting { get; init; } = GroupWeighting.PerGroup;
}

/// <summary>A prompt with ranked replies, as tokens.</summary>
/// <param name="Texts">Prompt and reply of each, token ids [time]; at least two, the best reply first.</param>
/// <param name="ReplyLengths">Tokens of each reply without the prompt: for the rule that prefers the longer reply.</param>
public sealed record RankedExample(IReadOnlyList<int[]> Texts, IReadOnlyList<int> ReplyLengths)
{
    /// <summary>Rank of each reply, not falling: equal ranks are a tie, from which nothing is learned. Without it each reply is better than
    /// the next.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [.. Enumerable.Range(0, Texts.Count)];
}
