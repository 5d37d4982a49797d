using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>A stage that trains reward models of one kind; a kind says how rows become examples, and its objective.</summary>
/// <typeparam name="TConfig">The settings.</typeparam>
/// <typeparam name="TExample">What one row is, as tokens.</typeparam>
public abstract class RewardModelStage<TConfig, TExample> : IStage
    where TConfig : RewardModelConfig
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public Type ConfigType => typeof(TConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (TConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedScoreModel.Load(own.Model, streams);
        try
        {
            model.UseTemplate(own.Template);
            var (train, heldOut) = Rows(own, model.Tokenizer, notes, cancellation);
            CheckLengths(own, model.Body.Config, train.Concat(heldOut));
            return new RewardModelTrainer<TExample>(
                model, Objective(own), train, heldOut, own.Training, own.Optimizer, own.Schedule, streams);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (TConfig)config;
        var (plan, objective) = (new PlanBuilder(own), Objective(own));
        plan.Template(own.Template);
        var rows = plan.Data(tokenizer =>
        {
            var (train, heldOut) = Rows(own, tokenizer, plan.Notes, cancellation);
            CheckLengths(own, plan.Model!, train.Concat(heldOut));
            return (train, Invariant($"{train.Count:N0} rows to train on, {heldOut.Count:N0} held out"));
        });
        return plan.Build(rows, example => Tokens(objective.Texts(example)), new Workload
        {
            BatchSize = own.Training.Batch.BatchSize,
            MicroBatchSize = own.Training.Batch.MicroBatchSize,
            Epochs = own.Training.Epochs,
            Texts = rows.Count > 0 ? objective.Texts(rows[0]).Count : 1,
            ScoreHead = true,
        });
    }

    private static int Tokens(IReadOnlyList<ScoredTokens> texts) => texts.Sum(text => text.Ids.Length);

    private static int Longest(IReadOnlyList<ScoredTokens> texts) => texts.Max(text => text.Ids.Length);

    private void CheckLengths(TConfig own, ModelConfig model, IEnumerable<TExample> rows)
    {
        var objective = Objective(own);
        TextLengths.Check(model, own.Length.MaxLength, rows, row => Longest(objective.Texts(row)), "lower max_length");
    }

    /// <summary>Examples made from the data sets.</summary>
    private protected abstract (IReadOnlyList<TExample> Train, IReadOnlyList<TExample> HeldOut) Rows(
        TConfig config, TextTokenizer tokenizer, ReadNotes notes, CancellationToken cancellation);

    /// <summary>What is scored, and the loss on the scores.</summary>
    private protected abstract IRewardObjective<TExample> Objective(TConfig config);
}

/// <summary>What the files of all kinds of reward models say.</summary>
public abstract record RewardModelConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written; null for the model's own template, or <c>chatml</c> where it has none.</summary>
    public ChatForm? Template { get; init; }

    /// <summary>How prompt and reply are cut to length.</summary>
    [ConfigInline]
    public PairTruncation Length { get; init; } = new();

    /// <summary>How training goes over the examples.</summary>
    [ConfigInline]
    public required RewardTrainingSettings Training { get; init; }
}
