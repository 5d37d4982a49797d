using Repro.Core.Adaptive;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Ppo;

/// <summary>PPO from a file of settings: policy, reference and reward models that are adapters share one base in memory.</summary>
public sealed class PpoStage : IStage
{
    // Of every response: policy and reference are read before the updates.
    private const int ForwardPasses = 2;

    /// <inheritdoc/>
    public string Name => "ppo";

    /// <inheritdoc/>
    public Type ConfigType => typeof(PpoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = Checked(config);
        return SampledStage.Build(own, own.Adaptive, parts => Trainer(own, parts), notes, cancellation, own.EvaluationPrompts);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = Checked(config);
        var ppo = own.Ppo;
        return SampledStage.Plan(own, own.Adaptive, ppo.Sampler, new Workload
        {
            BatchSize = ppo.BatchSize,
            MicroBatchSize = ppo.MicroBatchSize ?? ppo.MiniBatchSize,
            Epochs = ppo.Epochs,
            Updates = ppo.PpoEpochs,
            ForwardPasses = ForwardPasses,
            SampledTexts = 1,
        }, cancellation, own.EvaluationPrompts);
    }

    private static PpoConfig Checked(StageConfig config)
    {
        var own = (PpoConfig)config;
        return own.Model.TrainedWhole.Count == 0
            ? own
            : throw new ReproException("model.trained_whole: a policy shares these modules with its reference, so they cannot be trained.");
    }

    private static PpoTrainer Trainer(PpoConfig own, SampledParts parts) => new(
        parts.Policies,
        parts.Prompts,
        parts.Reward,
        own.Ppo with { Sampler = SampledStage.WithStop(own.Ppo.Sampler, own.StopToken, parts.Tokenizer) },
        own.Optimizer,
        parts.Streams,
        new PpoTrainerParts
        {
            Tokenizer = parts.Tokenizer,
            Schedule = own.Schedule,
            GradientCheckpointing = own.Model.GradientCheckpointing,
            EvaluationPrompts = parts.HeldOut,
            Adaptive = own.Adaptive is { } adaptive
                ? new AdaptivePpoMask(adaptive.Tokens, adaptive.PreferredBy, own.Ppo.Gamma, parts.TokenRewards)
                : null,
        });
}

/// <summary>What the file of PPO says; with <see cref="Adaptive"/> it is APPO.</summary>
public sealed record PpoConfig : SampledStageConfig
{
    /// <summary>Most held-out prompts that are evaluated on.</summary>
    [Within(1, 100_000)]
    public int EvaluationPrompts { get; init; } = 32;

    /// <summary>The numbers of PPO.</summary>
    [ConfigInline]
    public required PpoTrainingSettings Ppo { get; init; }

    /// <summary>Which tokens the surrogate is taken over; null for all.</summary>
    public AdaptivePpoSettings? Adaptive { get; init; }
}
