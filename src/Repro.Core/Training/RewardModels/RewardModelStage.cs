using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RewardModels;

/// <summary>What the stages of all kinds of reward models have in common.</summary>
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
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (TConfig)config;
        var model = TrainedScoreModel.Load(own.Model, new RandomStreams(own.Seed));
        try
        {
            var (train, heldOut) = Rows(own, model.Tokenizer, cancellation);
            return Trainer(own, model, train, heldOut);
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
        var plan = new PlanBuilder();
        var model = plan.Model(own.Model);
        var tokenizer = plan.Tokenizer(own.Model, model);
        if (tokenizer is null || model is null)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        var rows = plan.Look("data", () =>
        {
            var found = Rows(own, tokenizer, cancellation);
            return (found, Invariant($"{found.Train.Count:N0} rows to train on, {found.HeldOut.Count:N0} held out"));
        });
        if (rows.Train is not { Count: > 0 } train)
        {
            return plan.Build(null, own.Model, 0, null);
        }

        var (mean, longest) = StageData.Lengths(plan, train, example => Texts(example).Sum());
        var texts = Texts(train[0]).Count;
        var parallel = Math.Min(own.Batch.MicroBatchSize ?? own.Batch.BatchSize, own.Batch.BatchSize);
        var steps = (long)Math.Ceiling(own.Epochs * Math.Ceiling((double)train.Count / own.Batch.BatchSize));
        return plan.Build(model with { Labels = 1 }, own.Model, steps, new Workload((long)parallel * texts, longest / texts, mean * own.Batch.BatchSize), scoreHead: true);
    }

    /// <summary>Rows made from the data sets.</summary>
    private protected abstract (IReadOnlyList<TExample> Train, IReadOnlyList<TExample> HeldOut) Rows(TConfig config, TextTokenizer tokenizer, CancellationToken cancellation);

    /// <summary>Lengths of the texts of an example.</summary>
    private protected abstract IReadOnlyList<int> Texts(TExample example);

    private protected abstract ITrainer Trainer(TConfig config, TrainedScoreModel model, IReadOnlyList<TExample> train, IReadOnlyList<TExample> heldOut);
}

/// <summary>What the files of all kinds of reward models say.</summary>
public abstract record RewardModelConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>How prompt and reply are cut to length.</summary>
    [ConfigInline]
    public PairTruncation Length { get; init; } = new();

    /// <summary>Examples of one step and of one forward pass.</summary>
    [ConfigInline]
    public required BatchSettings Batch { get; init; }

    /// <summary>How often the data are gone through.</summary>
    [Within(0, 1e6, AboveMinimum = true, Instead = "run.maximum_steps ends a run early")]
    public double Epochs { get; init; } = 1;

    /// <summary>Batches are padded to a multiple of this.</summary>
    [Within(1, 4096)]
    public int PadToMultipleOf { get; init; } = 16;

    /// <summary>Whether the prompt of an example goes through the model once for all of its replies, where that is less work.</summary>
    public bool SharePrompts { get; init; } = true;

    internal RewardTrainingSettings Training => new()
    {
        Optimizer = Optimizer,
        Schedule = Schedule,
        Batch = Batch,
        Epochs = Epochs,
        Seed = Seed,
        PadToMultipleOf = PadToMultipleOf,
        SharePrompts = SharePrompts,
    };
}
