using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Policies;
using Repro.Core.Training.RejectionSampling;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Training.Ppo;
using Repro.Tests.Unit.Training.Rollouts;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>Small runs of the trainers that sample and rank.</summary>
internal static class OnlineRuns
{
    internal static RandomStreams Streams { get; } = new(9);

    internal static TrainedModel Model(TemporaryFolder folder, ModelConfig config, LoraSettings? lora)
    {
        ModelConfigFile.Write(Path.Combine(folder.Path, ModelConfigFile.Name), config, false);
        return TrainedModel.Load(new ModelSettings { Path = folder.Path, Fresh = true, Lora = lora }, Streams);
    }

    internal static OnlineDpoSettings DpoSettings() => new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5] },
        BatchSize = 4,
        PolicySamples = 2,
        ReferenceSamples = 1,
    };

    internal static RejectionSamplingSettings RsSettings() => new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5] },
        BatchSize = 4,
        Samples = 3,
        Beta = 0.5,
    };

    internal static OnlineDpoTrainer Dpo(
        TrainedModel model, OnlineDpoSettings settings, IPairLoss? loss = null, double rate = 0.02, IRewardFunction? reward = null,
        IReadOnlyList<RolloutPrompt>? prompts = null, IRewardModel? judge = null) =>
        new(
            PolicyPair.FromStart(model, Streams), prompts ?? TinyPolicies.Prompts(14), reward ?? PpoRuns.Reward, settings,
            loss ?? Plain(), PpoRuns.Adam(rate), new ScheduleSettings(), Streams, tokenRewards: judge);

    internal static RejectionSamplingTrainer Rs(
        TrainedModel model, RejectionSamplingSettings settings, AdaptiveTokens? adaptive = null, IRewardModel? judge = null,
        double rate = 0.02, IRewardFunction? reward = null, IReadOnlyList<RolloutPrompt>? prompts = null) =>
        new(
            PolicyPair.FromStart(model, Streams), prompts ?? TinyPolicies.Prompts(14), reward ?? PpoRuns.Reward, settings,
            PpoRuns.Adam(rate), new ScheduleSettings(), Streams, adaptive: adaptive, tokenRewards: judge);

    internal static DpoPairLoss Plain(double beta = 0.3) => new(new DpoLossSettings { Beta = beta });
}
