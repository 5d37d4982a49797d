using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.RewardModels;

/// <summary>Tiny models and data for the trainers of reward models.</summary>
internal static class RewardTask
{
    internal static readonly LoraSettings Lora = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"], Dropout = 0.2 };

    /// <summary>Draws a small model.</summary>
    internal static TrainedScoreModel Model(
        TemporaryFolder folder, LoraSettings? lora = null, ScalarType dtype = ScalarType.Float32, bool checkpointing = false,
        double range = 0.3)
    {
        ModelConfigFile.Write(
            Path.Combine(folder.Path, ModelConfigFile.Name),
            TinyModels.Config(ModelArchitecture.Llama) with { InitializerRange = range, PadToken = 2 });
        var settings = new ModelSettings
        {
            Path = folder.Path,
            Fresh = true,
            Lora = lora,
            Dtype = dtype,
            GradientCheckpointing = checkpointing,
        };
        return TrainedScoreModel.Load(settings, new RandomStreams(5));
    }

    internal static RewardRun Settings(int rows, int? microRows = null, double rate = 1e-2, double epochs = 1000) => new(
        new RewardTrainingSettings
        {
            Batch = new BatchSettings { BatchSize = rows, MicroBatchSize = microRows },
            Epochs = epochs,
            PadToMultipleOf = 4,
        },
        new OptimizerSettings { LearningRate = rate, MaximumGradientNorm = 1 });

    /// <summary>One trainer of each kind on ragged random rows.</summary>
    internal static IReadOnlyDictionary<string, Func<TrainedScoreModel, RewardRun, ITrainer>> Kinds { get; } =
        new Dictionary<string, Func<TrainedScoreModel, RewardRun, ITrainer>>
        {
            ["preference"] = (model, run) => run.Trainer(model, new PreferenceObjective(new() { ScoreDecay = 0.001 }), Ranked(), Ranked()),
            ["preference by pair"] = (model, run) =>
                run.Trainer(model, new PreferenceObjective(new() { Weighting = Core.Losses.GroupWeighting.PerPair }), Ranked(), Ranked()),
            ["absolute"] = (model, run) =>
                run.Trainer(model, new AbsoluteObjective(new() { Kind = AbsoluteLossKind.Logistic }), Rated(true), Rated(true)),
            ["process"] = (model, run) => run.Trainer(model, new ProcessObjective(), Stepped(), Stepped()),
            ["process by solution"] = (model, run) =>
                run.Trainer(model, new ProcessObjective(Core.Losses.LossReduction.SampleLevel), Stepped(), Stepped()),
            ["outcome"] = (model, run) => run.Trainer(model, new OutcomeObjective(), Rated(), Rated()),
            ["outcome at every token"] = (model, run) =>
                run.Trainer(model, new OutcomeObjective(OutcomeSupervision.EveryToken), Rated(), Rated()),
        };

    internal static int[] Text(Random random, int least, int most) =>
        [.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => random.Next(3, 40))];

    internal static List<RankedExample> Ranked()
    {
        var random = new Random(11);
        return [.. new[] { 2, 4, 3, 2, 4, 2, 3, 2 }.Select(count =>
        {
            // A prompt of its own for each group; one reply is empty, one goes on where another ends.
            var prompt = Text(random, 3, 9);
            List<int[]> texts =
            [
                [.. prompt, .. Text(random, 1, 6)], prompt,
                .. Enumerable.Range(2, count - 2).Select(_ => (int[])[.. prompt, .. Text(random, 1, 6)]),
            ];
            return new RankedExample(texts, [.. texts.Select(text => text.Length)]);
        })];
    }

    internal static List<RatedExample> Rated(bool weighted = false)
    {
        var random = new Random(12);
        return [.. Enumerable.Range(0, 8).Select(row =>
        {
            var text = Text(random, 3, 11);
            return new RatedExample(text, row / 7.0, random.Next(1, text.Length))
            {
                Weight = weighted ? 1 + (row % 3) : 1,
                Group = Invariant($"{row / 3}"),
            };
        })];
    }

    internal static List<SteppedExample> Stepped()
    {
        var random = new Random(13);
        return [.. Enumerable.Range(0, 8).Select(_ =>
        {
            var text = Text(random, 4, 12);
            var ends = Enumerable.Range(0, text.Length).Where(place => place == text.Length - 1 || random.Next(3) == 0).ToArray();
            return new SteppedExample(text, ends, [.. ends.Select(_ => (double)random.Next(2))]);
        })];
    }
}

/// <summary>How a test trains a reward model.</summary>
/// <param name="Settings">How training goes over the examples.</param>
/// <param name="Optimizer">The optimizer.</param>
internal sealed record RewardRun(RewardTrainingSettings Settings, OptimizerSettings Optimizer)
{
    private const long Seed = 3;

    /// <summary>The learning-rate schedule.</summary>
    internal ScheduleSettings Schedule { get; init; } = new();

    internal RewardModelTrainer<T> Trainer<T>(
        TrainedScoreModel model, IRewardObjective<T> objective, IReadOnlyList<T> training, IReadOnlyList<T> heldOut) =>
        new(model, objective, training, heldOut, Settings, Optimizer, Schedule, new RandomStreams(Seed));
}
