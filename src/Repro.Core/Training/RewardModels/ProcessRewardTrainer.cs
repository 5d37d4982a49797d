using Repro.Core.Batching;
using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// Trains a process-supervised reward model: the output at the end of each step (or sentence) says whether the step is right (ADR
/// Section 2.1 and Appendix A).
/// </summary>
public sealed class ProcessRewardTrainer : RewardModelTrainer<SteppedExample>
{
    private readonly LossReduction _reduction;

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The model; it is disposed with the trainer.</param>
    /// <param name="training">Solutions with judged steps; looked up by index, so that a list may make them when they are asked
    /// for.</param>
    /// <param name="heldOut">The same for evaluation; may be empty.</param>
    /// <param name="settings">Batches, optimiser, seed.</param>
    /// <param name="reduction">Whether steps or solutions weigh the same.</param>
    /// <exception cref="ReproException">There is nothing to train on, or the settings contradict themselves.</exception>
    public ProcessRewardTrainer(
        TrainedScoreModel model,
        IReadOnlyList<SteppedExample> training,
        IReadOnlyList<SteppedExample> heldOut,
        RewardTrainingSettings settings,
        LossReduction reduction = LossReduction.TokenLevel)
        : base(model, training, heldOut, settings) => _reduction = reduction;

    private protected override string? Fault(SteppedExample example) => StepJudgements.Fault(example.Ends, example.Labels);

    private protected override IReadOnlyList<ScoredTokens> Texts(SteppedExample example) => [new ScoredTokens(example.Ids, example.Ends)];

    private protected override double Count(IReadOnlyList<SteppedExample> examples) => StepJudgements.Count(examples, example => example.Ends, _reduction);

    private protected override Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<SteppedExample> examples) =>
        StepJudgements.Loss(scores, counted, [.. examples.Select(example => example.Labels)], _reduction);

    private protected override void Measure(IReadOnlyList<SteppedExample> examples, IReadOnlyList<double[]> scores, Dictionary<string, double> metrics)
    {
        metrics["accuracy"] = Accuracy(examples, scores).Accuracy;
        metrics["rewards/mean"] = scores.SelectMany(score => score).Average();
    }

    private protected override void Assess(
        IReadOnlyList<SteppedExample> examples, IReadOnlyList<double[]> scores, IReadOnlyList<SteppedExample> training, Dictionary<string, double> metrics)
    {
        Measure(examples, scores, metrics);
        StepJudgements.Assess(Accuracy(examples, scores), training.SelectMany(example => example.Labels), "steps", metrics);
        // Solutions with a wrong step: is the first one found, neither before nor after its place?
        var wrong = examples.Zip(scores).Where(pair => pair.First.Labels.Any(label => label < 0.5)).ToList();
        if (wrong.Count > 0)
        {
            metrics["first_wrong_step/accuracy"] =
                wrong.Average(pair => Array.FindIndex(pair.First.Labels, label => label < 0.5) == Array.FindIndex(pair.Second, score => score <= 0) ? 1.0 : 0.0);
            metrics["first_wrong_step/solutions"] = wrong.Count;
        }
    }

    private static JudgementAccuracy Accuracy(IReadOnlyList<SteppedExample> examples, IReadOnlyList<double[]> scores) =>
        JudgementAccuracy.Of(examples.Zip(scores).SelectMany(pair => pair.Second.Select(StepJudgements.Probability).Zip(pair.First.Labels)));
}

/// <summary>A solution whose steps are judged, as tokens.</summary>
/// <param name="Ids">Prompt and solution, token ids [time].</param>
/// <param name="Ends">Position of the last token of each judged step, rising.</param>
/// <param name="Labels">Probability that each of these steps is right, from 0 to 1.</param>
public sealed record SteppedExample(int[] Ids, int[] Ends, double[] Labels);

/// <summary>What process and outcome supervision share: cross entropy at some places of each text.</summary>
internal static class StepJudgements
{
    internal static string? Fault(int[] ends, double[] labels) =>
        ends.Length != labels.Length ? $"{labels.Length} labels do not belong to {ends.Length} places"
        : labels.Any(label => !(label >= 0 && label <= 1)) ? Invariant($"labels must be from 0 to 1, found {labels.First(label => !(label >= 0 && label <= 1))}")
        : null;

    internal static double Count<T>(IReadOnlyList<T> examples, Func<T, int[]> ends, LossReduction reduction) =>
        reduction == LossReduction.TokenLevel ? examples.Sum(example => ends(example).Length) : examples.Count;

    /// <param name="scores">[texts, places].</param>
    /// <param name="counted">[texts, places].</param>
    /// <param name="labels">Of the counted places of each text.</param>
    /// <param name="reduction">Over places, or over texts.</param>
    internal static Tensor Loss(Tensor scores, Tensor counted, IReadOnlyList<double[]> labels, LossReduction reduction)
    {
        var width = (int)scores.shape[1];
        var padded = labels.SelectMany(row => row.Concat(Enumerable.Repeat(0.0, width - row.Length))).ToArray();
        return ProcessRewardLoss.BinaryCrossEntropy(scores, tensor(padded, [labels.Count, width], scores.dtype, scores.device), counted, reduction);
    }

    internal static double Probability(double score) => 1 / (1 + Math.Exp(-score));

    internal static void Assess(JudgementAccuracy accuracy, IEnumerable<double> trainingLabels, string unit, Dictionary<string, double> metrics)
    {
        metrics[unit] = accuracy.Count;
        if (accuracy.Count > 0)
        {
            var interval = accuracy.Interval();
            metrics["accuracy/lower"] = interval.Lower;
            metrics["accuracy/upper"] = interval.Upper;
            metrics["baseline/majority"] = accuracy.Constant(trainingLabels.Where(label => label != 0.5).Select(label => label > 0.5 ? 1.0 : 0.0).DefaultIfEmpty(1).Average() >= 0.5);
        }
    }
}
