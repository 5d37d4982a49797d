using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>A stage that trains reward models of one kind; a kind says how rows become examples, and its objective.</summary>
/// <typeparam name="TConfig">The settings.</typeparam>
/// <typeparam name="TExample">What one row is, as tokens.</typeparam>
public abstract class RewardModelStage<TConfig, TExample> : DatasetStage<TConfig, TExample>
    where TConfig : RewardModelConfig
{
    /// <inheritdoc/>
    public override ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (TConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedScoreModel.Load(own.Model, streams);
        try
        {
            var (train, heldOut) = Rows(own, model, notes, cancellation);
            return new RewardModelTrainer<TExample>(
                model, Objective(own), train, heldOut, own.Training, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private protected override TrainedDecoder Shapes(ModelSettings model) => TrainedScoreModel.Shapes(model);

    private protected override Workload Work(TConfig own, IReadOnlyList<TExample> rows) => new()
    {
        BatchSize = own.Training.Batch.BatchSize,
        MicroBatchSize = own.Training.Batch.MicroBatchSize,
        Epochs = own.Training.Epochs,
        Texts = rows.Count > 0 ? Objective(own).Texts(rows[0]).Count : 1,
        ScoreHead = true,
    };

    private protected override int LongestText(TConfig own, TExample example) => Objective(own).Texts(example).Max(text => text.Ids.Length);

    private protected override int Tokens(TConfig own, TExample example) => Objective(own).Texts(example).Sum(text => text.Ids.Length);

    /// <summary>What is scored, and the loss on the scores.</summary>
    private protected abstract IRewardObjective<TExample> Objective(TConfig config);
}

/// <summary>What the files of all kinds of reward models say.</summary>
public abstract record RewardModelConfig : DatasetStageConfig
{
    /// <summary>How prompt and reply are cut to length.</summary>
    [ConfigInline]
    public PairTruncation Length { get; init; } = new();

    /// <summary>How training goes over the examples.</summary>
    [ConfigInline]
    public required RewardTrainingSettings Training { get; init; }

    internal override int? LongestRow => Length.MaxLength;
}
