using Repro.Core.Data.Records;
using Repro.Core.Text;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>A process reward model from a file of settings.</summary>
public sealed class ProcessRewardStage : RewardModelStage<ProcessRewardConfig, SteppedExample>
{
    /// <inheritdoc/>
    public override string Name => "prm";

    private protected override (IReadOnlyList<SteppedExample> Train, IReadOnlyList<SteppedExample> HeldOut) Rows(
        ProcessRewardConfig config, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config);
        var (train, heldOut) = StageData.Load<StepwiseSolution>(config.Data, cancellation);

        // Prompts that fill the whole length, and solutions that nobody rated, leave no step to learn from.
        IReadOnlyList<SteppedExample> Made(IReadOnlyList<StepwiseSolution> solutions) =>
            [.. solutions.Select(solution => rows.Stepped(solution, config.NeutralLabel)).Where(example => example.Ends.Length > 0)];
        return (Made(train), Made(heldOut));
    }

    private protected override IReadOnlyList<int> Texts(SteppedExample example) => [example.Ids.Length];

    private protected override ITrainer Trainer(
        ProcessRewardConfig config, TrainedScoreModel model, IReadOnlyList<SteppedExample> train, IReadOnlyList<SteppedExample> heldOut) =>
        new ProcessRewardTrainer(model, train, heldOut, config.Training, config.Reduction);
}
