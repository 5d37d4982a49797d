using Repro.Core.Adaptive;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.RejectionSampling;

/// <summary>Rejection sampling, plain or adaptive, from a file of settings.</summary>
public sealed class RejectionSamplingStage : IStage
{
    /// <inheritdoc/>
    public string Name => "rs";

    /// <inheritdoc/>
    public Type ConfigType => typeof(RejectionSamplingConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, ReadNotes notes, CancellationToken cancellation)
    {
        var own = (RejectionSamplingConfig)config;
        return SampledStage.Build(
            own,
            own.Adaptive,
            own.Rejection.Sampler,
            new PromptCounts(own.Rejection.BatchSize),
            parts => new RejectionSamplingTrainer(
                parts.Policies,
                parts.Prompts,
                parts.Reward,
                own.Rejection with { Sampler = SampledStage.WithStop(own.Rejection.Sampler, own.StopToken, parts.Tokenizer) },
                own.Optimizer,
                own.Schedule,
                parts.Streams,
                parts.Tokenizer,
                own.Adaptive is { } adaptive ? new AdaptiveTokens(adaptive.Tokens) : null,
                parts.TokenRewards),
            notes,
            cancellation);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (RejectionSamplingConfig)config;
        var rejection = own.Rejection;
        return SampledStage.Plan(own, own.Adaptive, rejection.Sampler, new Workload
        {
            BatchSize = rejection.BatchSize,
            MicroBatchSize = rejection.MicroBatchSize,
            Epochs = rejection.Epochs,
            ForwardPasses = 1,
            SampledTexts = rejection.Samples,
            TruncatedRows = rejection.Sampler.Truncates ? rejection.BatchSize : 0,
        }, cancellation);
    }
}

/// <summary>What the file of rejection sampling says; with <see cref="Adaptive"/> it is ARS.</summary>
public sealed record RejectionSamplingConfig : SampledStageConfig
{
    /// <summary>How responses are accepted and trained on.</summary>
    [ConfigInline]
    public required RejectionSamplingSettings Rejection { get; init; }

    /// <summary>Which tokens count; null for all.</summary>
    public AdaptiveSamplingSettings? Adaptive { get; init; }
}

/// <summary>How rejection sampling samples and learns.</summary>
public sealed record RejectionSamplingSettings
{
    /// <summary>The distribution that responses are drawn from.</summary>
    [ConfigInline]
    public required SamplerSettings Sampler { get; init; }

    /// <summary>Prompts of one step.</summary>
    [AtLeast(1)]
    public required int BatchSize { get; init; }

    /// <summary>Responses to each prompt, of which the best is accepted.</summary>
    [AtLeast(1)]
    public required int Samples { get; init; }

    /// <summary>The least score of an accepted response; null accepts the best one in any case.</summary>
    public double? LeastScore { get; init; }

    /// <summary>Most accepted responses in one pass; null for all.</summary>
    [AtLeast(1, Instead = "leave the key out for no limit")]
    public int? MicroBatchSize { get; init; }

    /// <summary>Passes over the prompts; the last, incomplete batch of a pass is dropped.</summary>
    [AtLeast(1, Instead = "run.maximum_steps ends a run early")]
    public int Epochs { get; init; } = 1;

    /// <summary>Weight of the KL to the reference.</summary>
    [AtLeast(0)]
    public double Beta { get; init; } = 1;

    internal void Check()
    {
        Sampler.Check();
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Samples, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(MicroBatchSize ?? 1, 1, nameof(MicroBatchSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(Epochs, 1);
        TensorChecks.NotNegative(Beta, nameof(Beta));
    }
}
