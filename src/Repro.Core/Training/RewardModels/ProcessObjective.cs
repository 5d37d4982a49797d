using Repro.Core.Batching;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// The objective of a process-supervised reward model: the output at the end of each step (or sentence) says whether the step is right (ADR
/// Section 2.1 and Appendix A).
/// </summary>
/// <param name="reduction">Whether steps or solutions weigh the same.</param>
public sealed class ProcessObjective(LossReduction reduction = LossReduction.TokenLevel) : IRewardObjective<SteppedExample>
{
    /// <inheritdoc/>
    public string? Problem(SteppedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return StepJudgements.Problem(example.Ends, example.Labels);
    }

    /// <inheritdoc/>
    public IReadOnlyList<ScoredTokens> Texts(SteppedExample example)
    {
        ArgumentNullException.ThrowIfNull(example);
        return [new ScoredTokens(example.Ids, example.Ends)];
    }

    /// <inheritdoc/>
    public double Count(IReadOnlyList<SteppedExample> examples) =>
        StepJudgements.Count(examples, example => example.Ends.Length, reduction);

    /// <inheritdoc/>
    public Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<SteppedExample> examples) =>
        StepJudgements.Loss(scores, counted, [.. examples.Select(example => example.Labels)], reduction);

    /// <inheritdoc/>
    public Dictionary<string, double> Metrics(IReadOnlyList<SteppedExample> examples, IReadOnlyList<double[]> scores) =>
        new(StringComparer.Ordinal)
        {
            ["accuracy"] = Accuracy(examples, scores).Accuracy,
            ["rewards/mean"] = scores.SelectMany(score => score).Average(),
        };

    /// <inheritdoc/>
    public Dictionary<string, double> Evaluate(
        IReadOnlyList<SteppedExample> heldOut, IReadOnlyList<double[]> scores, IReadOnlyList<SteppedExample> training)
    {
        var metrics = Metrics(heldOut, scores);
        StepJudgements.Evaluate(Accuracy(heldOut, scores), training.SelectMany(example => example.Labels), "steps", metrics);
        // Solutions with a wrong step: is the first one found, neither before nor after its place?
        var wrong = heldOut.Zip(scores).Where(pair => FirstWrong(pair.First) >= 0).ToList();
        if (wrong.Count > 0)
        {
            metrics["first_wrong_step/accuracy"] = wrong.Average(pair => FirstWrong(pair.First) == FirstWrong(pair.Second) ? 1.0 : 0.0);
            metrics["first_wrong_step/solutions"] = wrong.Count;
        }

        return metrics;
    }

    // By the labels, and by the logits of the model; -1 where every step is right.
    private static int FirstWrong(SteppedExample example) => Array.FindIndex(example.Labels, label => label < 0.5);

    private static int FirstWrong(double[] scores) => Array.FindIndex(scores, score => score <= 0);

    private static JudgementAccuracy Accuracy(IReadOnlyList<SteppedExample> examples, IReadOnlyList<double[]> scores) =>
        JudgementAccuracy.Compute(examples.Zip(
            scores, (example, own) => own.Select(StepJudgements.Probability).Zip(example.Labels)).SelectMany(steps => steps));
}

/// <summary>A solution whose steps are judged, as tokens.</summary>
/// <param name="Ids">Prompt and solution, token ids [time].</param>
/// <param name="Ends">Position of the last token of each judged step, rising.</param>
/// <param name="Labels">Probability that each of these steps is right, from 0 to 1.</param>
public sealed record SteppedExample(int[] Ids, int[] Ends, double[] Labels);

/// <summary>What process and outcome supervision share: cross entropy at some positions of each text.</summary>
internal static class StepJudgements
{
    internal static string? Problem(int[] ends, double[] labels) =>
        ends.Length != labels.Length ? $"{labels.Length} labels do not belong to {ends.Length} positions"
        : Array.FindIndex(labels, label => !(label >= 0 && label <= 1)) is >= 0 and var wrong
            ? Invariant($"labels must be from 0 to 1, found {labels[wrong]}")
        : null;

    internal static double Count<T>(IReadOnlyList<T> examples, Func<T, int> positions, LossReduction reduction) =>
        reduction == LossReduction.TokenLevel ? examples.Sum(positions) : examples.Count;

    /// <param name="scores">[texts, positions].</param>
    /// <param name="counted">[texts, positions].</param>
    /// <param name="labels">Of the counted positions of each text.</param>
    /// <param name="reduction">Over positions, or over texts.</param>
    internal static Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<double[]> labels, LossReduction reduction)
    {
        var width = (int)scores.shape[1];
        var padded = labels.SelectMany(row => row.Concat(Enumerable.Repeat(0.0, width - row.Length))).ToArray();
        var targets = tensor(padded, [labels.Count, width], scores.dtype, scores.device);
        return ProcessRewardLoss.BinaryCrossEntropy(scores, targets, counted, reduction);
    }

    internal static double Probability(double score) => 1 / (1 + Math.Exp(-score));

    internal static void Evaluate(
        JudgementAccuracy accuracy, IEnumerable<double> trainingLabels, string unit, Dictionary<string, double> metrics)
    {
        metrics[unit] = accuracy.Count;
        if (accuracy.Count > 0)
        {
            var interval = accuracy.Interval();
            metrics["accuracy/lower"] = interval.Lower;
            metrics["accuracy/upper"] = interval.Upper;
            var right = trainingLabels.Where(label => label != 0.5).Select(label => label > 0.5 ? 1.0 : 0.0).DefaultIfEmpty(1).Average();
            metrics["baseline/majority"] = accuracy.Constant(right >= 0.5);
        }
    }
}
