using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Dpo;

/// <summary>Preference optimisation on given pairs from a file of settings. The reference is the model as it is before training.</summary>
public sealed class DpoStage : IStage
{
    /// <inheritdoc/>
    public string Name => "dpo";

    /// <inheritdoc/>
    public Type ConfigType => typeof(DpoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (DpoConfig)config;
        var streams = new RandomStreams(own.Seed);
        var model = TrainedModel.Load(own.Model, streams);
        ReferencePolicy? reference = null;
        RewardModelLoader? judges = null;
        try
        {
            var (train, heldOut) = Pairs(own, model.Tokenizer, cancellation);
            own.Adaptive?.Check();
            var loss = AdaptivePairLoss.Of(own.Loss, own.Adaptive);
            reference = loss.NeedsReference ? ReferencePolicy.Initial(model, streams) : null;
            judges = reference is null ? null : Judges(own, reference);
            var trainer = new DpoTrainer(
                model, reference, train, heldOut, own.Training, loss, own.Optimizer, own.Schedule, streams,
                    judges?.TokenRewards(own.Adaptive));
            return judges is null ? trainer : new OwningTrainer(trainer, [judges]);
        }
        catch
        {
            judges?.Dispose();
            reference?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (DpoConfig)config;
        // Numbers that do not fit the kind of loss are refused here as they are by a run.
        _ = new DpoPairLoss(own.Loss);
        var plan = new PlanBuilder(own);
        RewardModelLoader.Check(plan, own.Adaptive);
        plan.Check("loss", () => (own.Loss, Loss(own)));
        var pairs = plan.Data(tokenizer =>
        {
            var found = Pairs(own, tokenizer, cancellation);
            return (found.Train, Invariant($"{found.Train.Count:N0} pairs to train on, {found.HeldOut.Count:N0} held out"));
        });
        var needsReference = DpoPairLoss.HasReference(own.Loss.Kind);
        var shared = !needsReference || ((own.Model.Lora is not null || own.Model.Adapter is not null) && own.Model.TrainedWhole.Count == 0);
        var separateRewardModel = own.Adaptive?.RewardModel is { } folder && !RewardModelLoader.IsAdapter(folder);
        return plan.Build(pairs, pair => pair.Tokens, new Workload
        {
            BatchSize = own.Training.Batch.BatchSize,
            MicroBatchSize = own.Training.Batch.MicroBatchSize,
            Epochs = own.Training.Epochs,
            Texts = 2,
            ForwardPasses = needsReference ? 1 : 0,
            HeadMemory = own.Training.HeadMemory,
            Models = (shared ? 1 : 2) + (separateRewardModel ? 1 : 0),
        });
    }

    // What the loss is, or why it cannot be.
    private static string Loss(DpoConfig own)
    {
        var loss = AdaptivePairLoss.Of(own.Loss, own.Adaptive);
        DpoTrainer.Check(own.Training, loss);
        var name = ConfigScalars.Print(own.Loss.Kind) + (own.Adaptive is null ? string.Empty : ", adaptive");
        return $"{name}, {(loss.NeedsReference ? "with a reference" : "without a reference")}";
    }

    private static RewardModelLoader? Judges(DpoConfig own, ReferencePolicy reference)
    {
        if (own.Adaptive?.RewardModel is not { } folder)
        {
            return null;
        }

        return own.Training.PrecomputeReference && !reference.SharesBase && RewardModelLoader.IsAdapter(folder)
            ? throw new ReproException("precompute_reference frees the reference, which adaptive.reward_model stands on: leave it out, or name a whole score model.")
            : new RewardModelLoader(reference.Parts.Model, own.Model.Dtype);
    }

    private static (IReadOnlyList<TokenPair> Train, IReadOnlyList<TokenPair> HeldOut) Pairs(DpoConfig own, TextTokenizer tokenizer, CancellationToken cancellation)
    {
        var form = new PairRows(tokenizer, ChatForms.Template(own.Template), own.MaxLength, own.MaxPromptLength);
        var (train, heldOut) = StageData.Load<PreferenceGroup>(own.Data, cancellation);
        return ([.. train.SelectMany(form.Pairs)], [.. heldOut.SelectMany(form.Pairs)]);
    }
}

/// <summary>What the file of preference optimisation on given pairs says; with <see cref="Adaptive"/> it is ADPO.</summary>
public sealed record DpoConfig : StageConfig
{
    /// <summary>The data sets, all of their rows together.</summary>
    public required IReadOnlyList<DatasetSettings> Data { get; init; }

    /// <summary>How conversations are written.</summary>
    public ChatForm Template { get; init; }

    /// <summary>Most tokens of prompt and response; null for any length.</summary>
    [AtLeast(1, Instead = "null is no limit")]
    public int? MaxLength { get; init; } = 1024;

    /// <summary>Where a text is too long, the last tokens of the prompt that remain.</summary>
    [Within(1, 1 << 24)]
    public int MaxPromptLength { get; init; } = 512;

    /// <summary>The loss of a pair.</summary>
    public DpoLossSettings Loss { get; init; } = new();

    /// <summary>Which tokens count; null for all. With it the stage is ADPO on given pairs.</summary>
    public AdaptiveDpoSettings? Adaptive { get; init; }

    /// <summary>How training goes over the pairs.</summary>
    [ConfigInline]
    public required DpoSettings Training { get; init; }
}
