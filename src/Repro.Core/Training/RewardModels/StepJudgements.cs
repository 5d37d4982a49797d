using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

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
