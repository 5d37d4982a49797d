using Repro.Core.Training.Adaptive;
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
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (RejectionSamplingConfig)config;
        return SampledStage.Build(
            own,
            own.Adaptive,
            parts => new RejectionSamplingTrainer(
                parts.Model,
                parts.Reference,
                parts.Prompts,
                parts.Reward,
                own.Rejection with { Sampler = SampledStage.WithStop(own.Rejection.Sampler, own.StopToken, parts.Tokenizer) },
                own.Optimizer,
                own.Schedule,
                parts.Streams,
                parts.Tokenizer,
                own.Adaptive is { } adaptive ? new AdaptiveTokens(adaptive.Tokens) : null,
                parts.TokenRewards),
            cancellation);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (RejectionSamplingConfig)config;
        var rejection = own.Rejection;
        var rows = Math.Min(rejection.MicroBatch ?? rejection.Prompts, rejection.Prompts);
        return SampledStage.Plan(own, own.Adaptive, new SampledWork(rejection.Sampler, rejection.Prompts, rejection.PromptEpochs, rejection.Samples, 1, rows), cancellation);
    }
}
