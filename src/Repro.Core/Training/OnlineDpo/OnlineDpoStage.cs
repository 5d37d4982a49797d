using Repro.Core.Training.Adaptive;
using Repro.Core.Training.Stages;

namespace Repro.Core.Training.OnlineDpo;

/// <summary>Online DPO, plain or adaptive, from a file of settings.</summary>
public sealed class OnlineDpoStage : IStage
{
    /// <inheritdoc/>
    public string Name => "online-dpo";

    /// <inheritdoc/>
    public Type ConfigType => typeof(OnlineDpoConfig);

    /// <inheritdoc/>
    public ITrainer Build(StageConfig config, CancellationToken cancellation)
    {
        var own = (OnlineDpoConfig)config;
        return SampledStage.Build(
            own,
            own.Adaptive,
            parts =>
            {
                var settings = own.Online with { Sampler = SampledStage.WithStop(own.Online.Sampler, own.StopToken, parts.Tokenizer) };
                return new OnlineDpoTrainer(
                    parts.Model, parts.Reference, parts.Prompts, parts.Reward, settings, AdaptivePairLoss.Of(own.Loss, own.Adaptive), own.Optimizer, own.Schedule, parts.Streams, parts.Tokenizer, parts.TokenRewards);
            },
            cancellation);
    }

    /// <inheritdoc/>
    public StagePlan Plan(StageConfig config, CancellationToken cancellation)
    {
        var own = (OnlineDpoConfig)config;
        var online = own.Online;
        var rows = 2 * Math.Min(online.MicroPairs ?? online.Prompts, online.Prompts);
        return SampledStage.Plan(own, own.Adaptive, new SampledWork(online.Sampler, online.Prompts, online.PromptEpochs, online.PolicySamples + online.ReferenceSamples, 2, rows), cancellation);
    }
}
