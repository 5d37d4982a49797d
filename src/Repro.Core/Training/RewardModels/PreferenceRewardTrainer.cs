using Repro.Core.Batching;
using Repro.Core.Configuration;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// Trains a preference reward model on prompts with ranked replies (CRS Eq. 2.12, ADR Eq. 1): over all pairs of a prompt's replies, the
/// better one shall have the greater score.
/// </summary>
public sealed class PreferenceRewardTrainer : RewardModelTrainer<RankedExample>
{
    private readonly PreferenceLossSettings _loss;

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The model; it is disposed with the trainer.</param>
    /// <param name="training">Prompts with replies; looked up by index, so that a list may make them when they are asked for.</param>
    /// <param name="heldOut">The same for evaluation; may be empty.</param>
    /// <param name="settings">Batches, optimiser, seed.</param>
    /// <param name="loss">The form of the loss.</param>
    /// <exception cref="ReproException">There is nothing to train on, or the settings contradict themselves.</exception>
    public PreferenceRewardTrainer(
        TrainedScoreModel model,
        IReadOnlyList<RankedExample> training,
        IReadOnlyList<RankedExample> heldOut,
        RewardTrainingSettings settings,
        PreferenceLossSettings? loss = null)
        : base(model, training, heldOut, settings) => _loss = loss ?? new PreferenceLossSettings();

    private protected override string? Fault(RankedExample example) =>
        example.Texts.Count < 2 ? $"a prompt needs at least two replies, this one has {example.Texts.Count}"
        : example.ReplyLengths.Count != example.Texts.Count ? $"{example.ReplyLengths.Count} lengths do not belong to {example.Texts.Count} replies"
        : null;

    private protected override IReadOnlyList<ScoredTokens> Texts(RankedExample example) => [.. example.Texts.Select(ScoredTokens.Whole)];

    private protected override double Count(IReadOnlyList<RankedExample> examples) =>
        _loss.Weighting == GroupWeighting.PerGroup ? examples.Count : examples.Sum(example => example.Texts.Count * (example.Texts.Count - 1.0) / 2);

    private protected override Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<RankedExample> examples) =>
        RankingLoss.Groups(scores.squeeze(1), [.. examples.Select(example => example.Texts.Count)], _loss.ScoreDecay, _loss.Weighting);

    private protected override void Measure(IReadOnlyList<RankedExample> examples, IReadOnlyList<double[]> scores, Dictionary<string, double> metrics)
    {
        var pairs = PairAccuracy.Of(scores);
        metrics["accuracy"] = pairs.Accuracy;
        metrics["rewards/chosen"] = scores.Average(group => group[0]);
        metrics["rewards/rejected"] = scores.Average(group => group[^1]);
        metrics["rewards/margins"] = pairs.MeanMargin;
    }

    private protected override void Assess(
        IReadOnlyList<RankedExample> examples, IReadOnlyList<double[]> scores, IReadOnlyList<RankedExample> training, Dictionary<string, double> metrics)
    {
        Measure(examples, scores, metrics);
        var pairs = PairAccuracy.Of(scores);
        var (interval, longer) = (pairs.Interval(), PairAccuracy.Of(examples.Select(Lengths)).AccuracyWithCoin);
        metrics["accuracy/lower"] = interval.Lower;
        metrics["accuracy/upper"] = interval.Upper;
        metrics["pairs"] = pairs.Pairs;
        metrics["baseline/longer"] = longer;
        // Whichever length won more often in the training data, said of every pair: the best that a constant rule on length can know
        // beforehand.
        metrics["baseline/majority_length"] = PairAccuracy.Of(training.Select(Lengths)).AccuracyWithCoin >= 0.5 ? longer : 1 - longer;
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
/// <param name="ReplyLengths">Tokens of each reply without the prompt: what the rule of the longer reply goes by.</param>
public sealed record RankedExample(IReadOnlyList<int[]> Texts, IReadOnlyList<int> ReplyLengths);
