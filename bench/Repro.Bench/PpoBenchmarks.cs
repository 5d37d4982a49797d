using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Rollouts;

namespace Repro.Bench;

/// <summary>
/// PPO iterations: 16 sampled responses, a reward model of the same size, the reference on the policy's base, 4 epochs in mini-batches of
/// 4. Sizes and lengths are those of bench/ppo.py. No response ends early, so that both sides do the same work.
/// </summary>
internal static class PpoBenchmarks
{
    private const int Responses = 16;

    public static IEnumerable<Benchmark> All =>
    [
        new(
            "ppo_small", 1, true,
            () => Iteration(layers: 4, width: 256, heads: 8, groups: 4, inner: 688, vocabulary: 8192, longest: 48)) { TimedRuns = 3 },
        new(
            "ppo_large", 1, true,
            () => Iteration(layers: 8, width: 512, heads: 8, groups: 4, inner: 1376, vocabulary: 32000, longest: 24)) { TimedRuns = 1 },
    ];

    private static Action Iteration(int layers, int width, int heads, int groups, int inner, int vocabulary, int longest)
    {
        var config = new ModelConfig
        {
            Architecture = ModelArchitecture.Llama,
            VocabularySize = vocabulary,
            HiddenSize = width,
            IntermediateSize = inner,
            Layers = layers,
            Heads = heads,
            KeyValueHeads = groups,
            HeadSize = width / heads,
            MaximumPositions = 1024,
            NormEpsilon = 1e-5,
        };
        var model = LanguageModel.Create(config, seed: 1);
        model.Adapters.Add("policy", new LoraSettings { Rank = 16, Alpha = 32, Targets = ["q_proj", "v_proj"] }, 2);
        var judge = ScoreModel.Create(config, seed: 3);
        var settings = new PpoSettings
        {
            Sampler = new SamplerSettings { MaxNewTokens = longest, StopTokens = [] },
            BatchSize = Responses,
            MiniBatchSize = 4,
            Epochs = 1000,
        };
        var trainer = new PpoTrainer(
            PolicyPair.SharedBase(TrainedModel.InMemory(model, "policy")),
            [.. Enumerable.Range(0, Responses).Select(row => Prompt(vocabulary, longest - (row * 5 % (longest / 2)), row))],
            new ModelReward(judge, RewardInput.AsSampled, rowsPerPass: Responses),
            settings,
            new OptimizerSettings { Kind = OptimizerKind.Adam, LearningRate = 1.41e-5 },
            new RandomStreams(1));
        var step = 0L;
        return () => trainer.Step(step++, CancellationToken.None);
    }

    private static RolloutPrompt Prompt(int vocabulary, int length, int seed)
    {
        var random = new Random(seed);
        return new RolloutPrompt([.. Enumerable.Range(0, length).Select(_ => (long)random.Next(vocabulary))]);
    }
}
