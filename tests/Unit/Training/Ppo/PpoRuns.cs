using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>Small PPO runs for tests.</summary>
internal static class PpoRuns
{
    internal static OptimizerSettings Adam(double rate) => new() { Kind = OptimizerKind.Adam, LearningRate = rate };

    /// <summary>Likes low token ids and short responses.</summary>
    internal static IRewardFunction Reward { get; } = new RuleReward(rollout => 3 - rollout.Response.Sum() - (0.1 * rollout.Prompt.Ids[0]));

    internal static PpoSettings Settings() => new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5] },
        BatchSize = 6,
        MiniBatchSize = 4,
        PpoEpochs = 2,
    };

    /// <summary>GRPO with every type of loss, and RLOO: three responses to each of two prompts a step.</summary>
    internal static IReadOnlyDictionary<string, GroupSettings> Groups { get; } = new Dictionary<string, GroupSettings>
    {
        ["grpo"] = Grpo(GrpoLossType.Grpo),
        ["bnpo"] = Grpo(GrpoLossType.Bnpo),
        ["dr_grpo"] = Grpo(GrpoLossType.DrGrpo),
        ["dapo"] = Grpo(GrpoLossType.Dapo),
        ["rloo"] = new RlooSettings
        {
            Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5] },
            BatchSize = 6,
            NumGenerations = 3,
            Beta = 0.1,
        },
    };

    internal static PpoTrainer OnOneBase(
        PolicyPair policies,
        PolicyGradientSettings settings,
        double rate = 0.02,
        IRewardFunction? reward = null,
        PpoTrainerParts? parts = null) =>
        new(policies, TinyPolicies.Prompts(14), reward ?? Reward, settings, Adam(rate), new RandomStreams(9), parts);

    private static GrpoSettings Grpo(GrpoLossType type) => new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5] },
        BatchSize = 6,
        NumGenerations = 3,
        Beta = 0.1,
        LossType = type,
    };

    /// <summary>All that a run changes, side by side.</summary>
    internal static double[] State(ITrainer trainer) =>
        [
            .. trainer.StateTensors().OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .SelectMany(pair => VectorComparison.Doubles(pair.Value)),
        ];

    /// <summary>The probability of each response under the policy, all prompts being the same.</summary>
    internal static double[] Probabilities(
        PolicyPair policies, RolloutPrompt prompt, IReadOnlyList<long[]> responses, SamplerSettings sampler, bool reference = false)
    {
        using var scope = NewDisposeScope();
        using var batch = RolloutMeasurement.Measure(
            policies, null, [.. responses.Select(response => new Rollout(prompt, response, true))], sampler);
        return VectorComparison.Doubles((reference ? batch.ReferenceLogProbs : batch.LogProbs).to(ScalarType.Float64).sum([1]).exp());
    }
}
