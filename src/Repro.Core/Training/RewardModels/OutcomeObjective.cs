using Repro.Core.Batching;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// The objective of an outcome-supervised reward model: one judgement on the whole reply, right or wrong, good or bad (ADR Section 2.1 and
/// Appendix A). Targets are probabilities of being right; the model is judged at the last token in any case.
/// </summary>
/// <param name="supervision">Where the model learns.</param>
/// <param name="reduction">Whether positions or replies weigh the same; they are one at <see cref="OutcomeSupervision.LastToken"/>.</param>
public sealed class OutcomeObjective(
    OutcomeSupervision supervision = OutcomeSupervision.LastToken, LossReduction reduction = LossReduction.TokenLevel)
    : IRewardObjective<RatedExample>
{
    /// <inheritdoc/>
    public string? Problem(RatedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return example.ReplyLength < 1 || example.ReplyLength > example.Ids.Length
                ? Invariant($"the reply has {example.ReplyLength} of {example.Ids.Length} tokens")
            : example.Weight != 1 ? Invariant($"outcomes have no weights, found {example.Weight}")
            : StepJudgements.Problem([0], [example.Target]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ScoredTokens> Texts(RatedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        var positions = Positions(example);
        return [new ScoredTokens(example.Ids, [.. Enumerable.Range(example.Ids.Length - positions, positions)])];
    }

    /// <inheritdoc/>
    public double Count(IReadOnlyList<RatedExample> examples) => StepJudgements.Count(examples, Positions, reduction);

    /// <inheritdoc/>
    public Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<RatedExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        var labels = examples.Select(example => Enumerable.Repeat(example.Target, Positions(example)).ToArray());
        return StepJudgements.Loss(scores, counted, [.. labels], reduction);
    }

    /// <inheritdoc/>
    public Dictionary<string, double> Metrics(IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores) =>
        new(StringComparer.Ordinal)
        {
            ["accuracy"] = Accuracy(examples, scores).Accuracy,
            ["rewards/mean"] = scores.Average(score => score[^1]),
        };

    /// <inheritdoc/>
    public Dictionary<string, double> Evaluate(
        IReadOnlyList<RatedExample> heldOut, IReadOnlyList<double[]> scores, IReadOnlyList<RatedExample> training)
    {
        var metrics = Metrics(heldOut, scores);
        StepJudgements.Evaluate(Accuracy(heldOut, scores), training.Select(example => example.Target), "replies", metrics);
        return metrics;
    }

    private static JudgementAccuracy Accuracy(IReadOnlyList<RatedExample> examples, IReadOnlyList<double[]> scores) =>
        JudgementAccuracy.Compute(examples.Zip(scores, (example, score) => (StepJudgements.Probability(score[^1]), example.Target)));

    private int Positions(RatedExample example) => supervision == OutcomeSupervision.LastToken ? 1 : example.ReplyLength;
}

/// <summary>Where an outcome-supervised reward model learns.</summary>
public enum OutcomeSupervision
{
    /// <summary>At the last token, where it is read.</summary>
    LastToken,

    /// <summary>At every token of the reply: the model learns to foresee the outcome.</summary>
    EveryToken,
}
