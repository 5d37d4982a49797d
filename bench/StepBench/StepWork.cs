using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.RewardModels;
using Repro.Core.Training.Sft;

namespace Repro.Bench;

/// <summary>Training steps on random tokens. Sizes and lengths are those of bench/steps.py.</summary>
internal static class StepWork
{
    private const int Steps = 100_000;

    private static readonly RandomStreams _streams = new(1);

    /// <summary>The trainer of a name such as <c>sft_small</c>.</summary>
    public static ITrainer Make(string name)
    {
        var parts = name.Split('_');
        var (config, rows, longest) = parts[1] switch
        {
            "small" => (Config(4, 256, 8, 4, 688, 8192), 8, 256),
            "large" => (Config(8, 512, 8, 4, 1376, 32000), 4, 384),
            _ => throw new ArgumentException($"There is no size {parts[1]}."),
        };
        return parts[0] switch
        {
            "sft" => new SftTrainer(
                Model(config),
                [.. Enumerable.Range(0, rows).Select(row => Row(config, Length(row, longest), Length(row, longest) / 2, row))], [],
                new SftSettings { Batch = new BatchSettings { BatchSize = rows }, Epochs = Steps }, Optimizer, new ScheduleSettings(),
                _streams),
            "dpo" => new DpoTrainer(
                PolicyPair.SecondModel(Model(config), () => Model(config).Language),
                [.. Enumerable.Range(0, rows / 2).Select(row => Pair(config, longest, row))], [],
                new DpoSettings { Batch = new BatchSettings { BatchSize = rows / 2 }, Epochs = Steps },
                new DpoPairLoss(new DpoLossSettings()), Optimizer, new ScheduleSettings(), _streams),
            "rm" => new RewardModelTrainer<RankedExample>(
                WithConfig(config, settings => TrainedScoreModel.Load(settings, _streams)),
                new PreferenceObjective(new() { ScoreDecay = 0.001 }),
                [.. Enumerable.Range(0, rows / 2).Select(row => Ranked(config, longest, row))], [],
                new RewardTrainingSettings { Batch = new BatchSettings { BatchSize = rows / 2 }, Epochs = Steps }, Optimizer,
                new ScheduleSettings(), _streams),
            _ => throw new ArgumentException($"There is no step {parts[0]}."),
        };
    }

    private static OptimizerSettings Optimizer => new() { LearningRate = 1e-5, WeightDecay = 0.01, MaximumGradientNorm = 1 };

    private static ModelConfig Config(int layers, int width, int heads, int groups, int inner, int vocabulary) => new()
    {
        Architecture = ModelArchitecture.Llama,
        VocabularySize = vocabulary,
        HiddenSize = width,
        IntermediateSize = inner,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = groups,
        HeadSize = width / heads,
        MaximumPositions = 2048,
        NormEpsilon = 1e-5,
    };

    private static TrainedModel Model(ModelConfig config) => WithConfig(config, settings => TrainedModel.Load(settings, _streams));

    private static T WithConfig<T>(ModelConfig config, Func<ModelSettings, T> load)
    {
        var folder = Directory.CreateTempSubdirectory("repro-bench-").FullName;
        ModelConfigFile.Write(Path.Combine(folder, ModelConfigFile.Name), config);
        var model = load(new ModelSettings { Path = folder, Fresh = true });
        Directory.Delete(folder, recursive: true);
        return model;
    }

    // From three eighths of the longest up, in no order.
    private static int Length(int row, int longest) => longest - (row * 37 % (longest * 5 / 8));

    private static TokenRow Row(ModelConfig config, int length, int prompt, int seed)
    {
        var random = new Random(seed);
        return new TokenRow(
            [.. Enumerable.Range(0, length).Select(_ => random.Next(config.VocabularySize))],
            [.. Enumerable.Range(0, length).Select(place => place >= prompt)]);
    }

    private static TokenPair Pair(ModelConfig config, int longest, int row)
    {
        var length = Length(row, longest);
        var prompt = length * 5 / 8;
        var (chosen, other) = (Row(config, length, prompt, row), Row(config, length - (length / 8), prompt, row + 1000));
        return new TokenPair(chosen, new TokenRow([.. chosen.Ids[..prompt], .. other.Ids[prompt..]], other.CompletionMask));
    }

    private static RankedExample Ranked(ModelConfig config, int longest, int row)
    {
        var pair = Pair(config, longest, row);
        return new RankedExample([[.. pair.Chosen.Ids], [.. pair.Rejected.Ids]], [pair.Chosen.Ids.Length, pair.Rejected.Ids.Length]);
    }
}
