using Repro.Core.Data.Records;
using Repro.Core.Text;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>A preference reward model from a file of settings.</summary>
public sealed class PreferenceRewardStage : RewardModelStage<PreferenceRewardConfig, RankedExample>
{
    /// <inheritdoc/>
    public override string Name => "rm-preference";

    private protected override (IReadOnlyList<RankedExample> Train, IReadOnlyList<RankedExample> HeldOut) Rows(
        PreferenceRewardConfig config, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var rows = new RewardRows(tokenizer, config);
        var (train, heldOut) = StageData.Load<PreferenceGroup>(config.Data, cancellation);
        return (new LazyRows<PreferenceGroup, RankedExample>(train, rows.Ranked), new LazyRows<PreferenceGroup, RankedExample>(heldOut, rows.Ranked));
    }

    private protected override IReadOnlyList<int> Texts(RankedExample example) => [.. example.Texts.Select(text => text.Length)];

    private protected override ITrainer Trainer(
        PreferenceRewardConfig config, TrainedScoreModel model, IReadOnlyList<RankedExample> train, IReadOnlyList<RankedExample> heldOut) =>
        new PreferenceRewardTrainer(model, train, heldOut, config.Training, config.Loss);
}
