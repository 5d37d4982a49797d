using Repro.Core.Evaluation.RewardModels;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.RewardModels;

/// <summary>
/// Trains a process-supervised reward model: the output at the end of each step (or sentence) says whether the step is right (ADR Section 2.1 and
/// Appendix A).
/// </summary>
public sealed class ProcessRewardTrainer : RewardModelTrainer<SteppedExample>
{
    private readonly LossReduction _reduction;

    /// <summary>Prepares the training.</summary>
    /// <param name="model">The model; it is disposed with the trainer.</param>
    /// <param name="training">Solutions with judged steps; looked up by index, so that a list may make them when they are asked for.</param>
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

    private protected override IReadOnlyList<ScoredText> Texts(SteppedExample example) => [new ScoredText(example.Ids, example.Ends)];

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
