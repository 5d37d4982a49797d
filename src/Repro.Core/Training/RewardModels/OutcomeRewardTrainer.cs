using Repro.Core.Batching;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// Trains an outcome-supervised reward model: one judgement on the whole reply, right or wrong, good or bad (ADR Section 2.1 and Appendix
/// A). Targets are probabilities of being right.
/// </summary>
public sealed class OutcomeRewardTrainer : RewardModelTrainer<RatedExample>
{
    private readonly OutcomeSupervision _supervision;
    private readonly LossReduction _reduction;

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The model; it is disposed with the trainer.</param>
    /// <param name="training">Replies with outcomes; looked up by index, so that a list may make them when they are asked for.</param>
    /// <param name="heldOut">The same for evaluation; may be empty.</param>
    /// <param name="settings">Batches, optimiser, seed.</param>
    /// <param name="supervision">Where the model learns; it is judged at the last token in any case.</param>
    /// <param name="reduction">Whether places or replies weigh the same; they are one at
    /// <see cref="OutcomeSupervision.LastToken"/>.</param>
    /// <exception cref="ReproException">There is nothing to train on, or the settings contradict themselves.</exception>
    public OutcomeRewardTrainer(
        TrainedScoreModel model,
        IReadOnlyList<RatedExample> training,
        IReadOnlyList<RatedExample> heldOut,
        RewardTrainingSettings settings,
        OutcomeSupervision supervision = OutcomeSupervision.LastToken,
        LossReduction reduction = LossReduction.TokenLevel)
        : base(model, training, heldOut, settings) => (_supervision, _reduction) = (supervision, reduction);

    private protected override string? Fault(RatedExample example) =>
        example.ReplyLength < 1 || example.ReplyLength > example.Ids.Length ? Invariant($"the reply has {example.ReplyLength} of {example.Ids.Length} tokens")
        : example.Weight != 1 ? Invariant($"outcomes have no weights, found {example.Weight}")
        : StepJudgements.Fault([0], [example.Target]);

    private protected override IReadOnlyList<ScoredTokens> Texts(RatedExample example) => [new ScoredTokens(example.Ids, Places(example))];

    private protected override double Count(IReadOnlyList<RatedExample> examples) => StepJudgements.Count(examples, Places, _reduction);

    private protected override Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<RatedExample> examples) =>
        StepJudgements.Loss(scores, counted, [.. examples.Select(example => Places(example).Select(_ => example.Target).ToArray())], _reduction);

    private protected override void Measure(IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores, Dictionary<string, double> metrics)
    {
        metrics["accuracy"] = Accuracy(examples, scores).Accuracy;
        metrics["rewards/mean"] = scores.Average(score => score[^1]);
    }

    private protected override void Assess(
        IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores, IReadOnlyList<RatedExample> training, Dictionary<string, double> metrics)
    {
        Measure(examples, scores, metrics);
        StepJudgements.Assess(Accuracy(examples, scores), training.Select(example => example.Target), "replies", metrics);
    }

    private static JudgementAccuracy Accuracy(IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores) =>
        JudgementAccuracy.Of(examples.Zip(scores, (example, score) => (StepJudgements.Probability(score[^1]), example.Target)));

    private int[] Places(RatedExample example)
    {
        var count = _supervision == OutcomeSupervision.LastToken ? 1 : example.ReplyLength;
        return [.. Enumerable.Range(example.Ids.Length - count, count)];
    }
}

/// <summary>Where an outcome-supervised reward model learns.</summary>
public enum OutcomeSupervision
{
    /// <summary>At the last token, where it is read.</summary>
    LastToken,

    /// <summary>At every token of the reply: the model learns to foresee the outcome.</summary>
    EveryToken,
}
