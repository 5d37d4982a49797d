using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;
using Repro.Core.Text;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>An outcome reward model from a file of settings. Solutions count as right or wrong, rated replies by their score.</summary>
public sealed class OutcomeRewardStage : RewardModelStage<OutcomeRewardConfig, RatedExample>
{
    /// <inheritdoc/>
    public override string Name => "orm";

    private protected override (IReadOnlyList<RatedExample> Train, IReadOnlyList<RatedExample> HeldOut) Rows(
        OutcomeRewardConfig config, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config);
        var solutions = config.Data.Where(set => DataFormats.Find(set.Format).Offers<StepwiseSolution>()).ToList();
        var ratings = config.Data.Except(solutions).ToList();
        var (train, heldOut) = (new List<RatedExample>(), new List<RatedExample>());
        if (solutions.Count > 0)
        {
            var found = StageData.Load<StepwiseSolution>(solutions, cancellation);
            train.AddRange(found.Train.Where(row => row.IsRight is not null).Select(rows.Outcome));
            heldOut.AddRange(found.HeldOut.Where(row => row.IsRight is not null).Select(rows.Outcome));
        }

        if (ratings.Count > 0 || solutions.Count == 0)
        {
            var found = StageData.Load<RatedReply>(ratings, cancellation);
            train.AddRange(found.Train.Select(rows.Rated));
            heldOut.AddRange(found.HeldOut.Select(rows.Rated));
        }

        return (train, heldOut);
    }

    private protected override IReadOnlyList<int> Texts(RatedExample example) => [example.Ids.Length];

    private protected override ITrainer Trainer(
        OutcomeRewardConfig config, TrainedScoreModel model, IReadOnlyList<RatedExample> train, IReadOnlyList<RatedExample> heldOut) =>
        new OutcomeRewardTrainer(model, train, heldOut, config.Training, config.Supervision, config.Reduction);
}
