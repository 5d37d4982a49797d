using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;
using Repro.Core.Data.Sampling;
using Repro.Core.Text;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>An absolute reward model from a file of settings.</summary>
public sealed class AbsoluteRewardStage : RewardModelStage<AbsoluteRewardConfig, RatedExample>
{
    /// <inheritdoc/>
    public override string Name => "rm-absolute";

    private protected override (IReadOnlyList<RatedExample> Train, IReadOnlyList<RatedExample> HeldOut) Rows(
        AbsoluteRewardConfig config, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config);
        var (train, heldOut) = StageData.Load<RatedReply>(config.Data, cancellation);
        if (config.Augmentation is { } set)
        {
            var added = Dataset.Load<RatedReply>(set, cancellation: cancellation).Train;
            train = config.Balance?.Apply(train, added) ?? [.. train, .. added];
        }
        else
        {
            train = config.Balance?.Apply(train) ?? train;
        }

        return (new LazyRows<RatedReply, RatedExample>(train, rows.Rated), new LazyRows<RatedReply, RatedExample>(heldOut, rows.Rated));
    }

    private protected override IReadOnlyList<int> Texts(RatedExample example) => [example.Ids.Length];

    private protected override ITrainer Trainer(
        AbsoluteRewardConfig config, TrainedScoreModel model, IReadOnlyList<RatedExample> train, IReadOnlyList<RatedExample> heldOut)
    {
        var balance = config.Balance ?? new ScoreBalance();
        return new AbsoluteRewardTrainer(
            model, train, heldOut, config.Training, config.Loss, new Evaluation.RewardModels.ScoreRanges { Low = balance.Low, High = balance.High });
    }
}
