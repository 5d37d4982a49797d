using Repro.Core.Adaptive;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.Dpo;

/// <summary>Online DPO, plain or adaptive, from a file of settings.</summary>
public sealed class OnlineDpoStage : IStage
{
    /// <inheritdoc/>
    public string Name => "online-dpo";

    /// <inheritdoc/>
    public Type ConfigType => typeof(OnlineDpoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (OnlineDpoConfig)config;
        return SampledStage.Build(
            own,
            own.Adaptive,
            own.Online.Sampler,
            new PromptCounts(own.Online.BatchSize),
            parts =>
            {
                var settings = own.Online with { Sampler = SampledStage.WithStop(own.Online.Sampler, own.StopToken, parts.Tokenizer) };
                return new OnlineDpoTrainer(
                    parts.Policies,
                    parts.Prompts,
                    parts.Reward,
                    settings,
                    DpoPairLoss.Create(own.Loss, own.Adaptive),
                    own.Optimizer,
                    own.Schedule,
                    parts.Streams,
                    parts.Tokenizer,
                    parts.TokenRewards);
            },
            notes,
            cancellation);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (OnlineDpoConfig)config;
        // What does not fit the kind of loss is refused here as it is by a run.
        var online = own.Online;
        DpoTrainer.CheckMicroBatches(DpoPairLoss.Create(own.Loss, own.Adaptive), online.MicroBatchSize, online.BatchSize);
        return SampledStage.Plan(own, own.Adaptive, online.Sampler, new Workload
        {
            BatchSize = online.BatchSize,
            MicroBatchSize = online.MicroBatchSize,
            Epochs = online.Epochs,
            Texts = 2,
            ForwardPasses = 1,
            SampledTexts = online.PolicySamples + online.ReferenceSamples,
        }, cancellation);
    }
}

/// <summary>What the file of online DPO says; with <see cref="Adaptive"/> it is ADPO.</summary>
public sealed record OnlineDpoConfig : SampledStageConfig
{
    /// <summary>How pairs are made.</summary>
    [ConfigInline]
    public required OnlineDpoSettings Online { get; init; }

    /// <summary>The loss of a pair.</summary>
    public DpoLossSettings Loss { get; init; } = new();

    /// <summary>Which tokens count; null for all.</summary>
    public AdaptiveDpoSettings? Adaptive { get; init; }
}

/// <summary>How online DPO samples and learns.</summary>
public sealed record OnlineDpoSettings : ICheckedSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    [ConfigInline]
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Prompts of one step.</summary>
    [AtLeast(1)]
    public required int BatchSize { get; init; }

    /// <summary>Most pairs in one pass; null for all.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MicroBatchSize { get; init; }

    /// <summary>Passes over the prompts; the last, incomplete batch of a pass is dropped.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Responses that the policy writes to each prompt.</summary>
    [AtLeast(0)]
    public int PolicySamples { get; init; } = 1;

    /// <summary>Responses that the reference writes to each prompt.</summary>
    [AtLeast(0)]
    public int ReferenceSamples { get; init; } = 1;

    /// <summary>How much memory tables over the vocabulary may take.</summary>
    public HeadMemory HeadMemory { get; init; } = new();

    string? ICheckedSettings.Problem => PolicySamples + (long)ReferenceSamples < 2
        ? Invariant($"policy_samples and reference_samples are {PolicySamples} and {ReferenceSamples}; a pair needs two responses together")
        : null;

    internal void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatchSize ?? 1, 1, nameof(MicroBatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(PolicySamples);
        ArgumentOutOfRangeException.ThrowIfNegative(ReferenceSamples);
        this.RequireFitting();
    }
}
