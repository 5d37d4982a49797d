using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Core.Training.Sft;
using static TorchSharp.torch;

namespace Repro.GpuProbe;

/// <summary>The trainers of the library on random tokens: LoRA of rank 16 on every linear layer, AdamW, one batch again and
/// again.</summary>
internal sealed class Stages(ProbeOptions options, string folder)
{
    private const string Adapter = "policy";

    private readonly RandomStreams _streams = new(1);
    private readonly Random _random = new(7);
    private readonly ModelConfig _config = ProbeModel.Config(options.Size);

    /// <summary>Every token of every row carries loss.</summary>
    internal ITrainer Sft() => new SftTrainer(
        Model(),
        [.. Enumerable.Range(0, options.Rows).Select(_ => Row(Ids(options.Length), 0))],
        [],
        new SftSettings { Batch = Batch(options.Rows), Epochs = options.Steps + 1, Shuffle = false, HeadMemory = Head() },
        Optimizer(),
        new ScheduleSettings(),
        _streams);

    /// <summary>As many pairs as rows; prompt and response are a quarter of the length each, so that a pair has as many tokens as a
    /// row.</summary>
    internal ITrainer Dpo()
    {
        var model = Model();
        return new DpoTrainer(
            PolicyPair.SharedBase(model),
            [.. Enumerable.Range(0, options.Rows).Select(_ => Pair())],
            [],
            new DpoSettings { Batch = Batch(options.Rows), Epochs = options.Steps + 1, Shuffle = false, HeadMemory = Head() },
            new DpoPairLoss(new DpoLossSettings { Beta = 0.1 }),
            Optimizer(),
            new ScheduleSettings(),
            _streams);
    }

    /// <summary>Responses of a fixed length to random prompts, with a reward of their tokens' sum; one epoch of updates in two
    /// mini-batches.</summary>
    internal ITrainer Ppo()
    {
        return new PpoTrainer(
            PolicyPair.SharedBase(Model()),
            [.. Enumerable.Range(0, options.Responses).Select(_ => new RolloutPrompt([.. Ids(options.Prompt).Select(id => (long)id)]))],
            new RuleReward(rollout => rollout.Response.Sum() % 100 / 100.0),
            new PpoSettings
            {
                Sampler = new SamplerSettings { MaxNewTokens = options.New, StopTokens = [] },
                BatchSize = options.Responses,
                MiniBatchSize = Math.Max(1, options.Responses / 2),
                MicroBatchSize = Math.Max(1, options.Responses / 4),
                PpoEpochs = 1,
                Epochs = options.Steps + 1,
            },
            Optimizer(),
            _streams,
            new PpoTrainerParts { GradientCheckpointing = !options.KeepActivations });
    }

    private static BatchSettings Batch(int rows) => new() { BatchSize = rows };

    private static HeadMemory Head() => new(ChunkBytes: 1L << 30, KeptBytes: 0);

    private static OptimizerSettings Optimizer() => new() { LearningRate = 1e-4, MaximumGradientNorm = 1 };

    private static TokenRow Row(int[] ids, int prompt) => new(ids, [.. ids.Select((_, place) => place >= prompt)]);

    private TrainedModel Model()
    {
        ModelConfigFile.Write(Path.Combine(folder, ModelConfigFile.Name), _config);
        return TrainedModel.Load(
            new ModelSettings
            {
                Path = folder,
                Fresh = true,
                Dtype = ScalarType.BFloat16,
                Device = options.Device,
                Lora = new LoraSettings { Rank = 16, Alpha = 32, Targets = ["all-linear"] },
                GradientCheckpointing = !options.KeepActivations,
            },
            _streams,
            Adapter);
    }

    private TokenPair Pair()
    {
        var part = Math.Max(2, options.Length / 4);
        var prompt = Ids(part);
        TokenRow Side() => Row([.. prompt, .. Ids(part)], part);
        return new TokenPair(Side(), Side());
    }

    private int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => _random.Next(_config.VocabularySize))];
}
