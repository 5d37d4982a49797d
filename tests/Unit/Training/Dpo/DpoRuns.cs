using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>Small runs of DPO on random weights.</summary>
internal static class DpoRuns
{
    internal static readonly RandomStreams Streams = new(13);
    internal static readonly LoraSettings Lora = new() { Rank = 2, Alpha = 4, Targets = ["all-linear"] };

    internal static DpoTrainer Trainer(
        int rows, int? micro = null, int epochs = 1, bool precompute = false, double dropout = 0, DpoLossSettings? loss = null,
            double learningRate = 1e-3, bool grouped = true, IPairLoss? own = null,
        ScoreModel? judge = null)
    {
        var model = Model(settings => settings with { Lora = Lora with { Dropout = dropout } });
        var pairs = Enumerable.Range(0, 8).Select(Ragged).ToList();
        own ??= new DpoPairLoss(loss ?? new DpoLossSettings());
        return new DpoTrainer(
            own.NeedsReference ? PolicyPair.SharedBase(model) : PolicyPair.WithoutReference(model), pairs, pairs,
                new DpoSettings
                {
                    Batch = new BatchSettings { BatchSize = rows, MicroBatchSize = micro },
                    Epochs = epochs,
                    PrecomputeReference = precompute,
                    GroupLengths = grouped
                },
            own, new OptimizerSettings { LearningRate = learningRate }, new ScheduleSettings(), Streams, judge);
    }

    internal static TrainedModel Model(Func<ModelSettings, ModelSettings>? change = null) =>
        TrainingRuns.Fresh(TinyModels.Config(ModelArchitecture.Llama) with { InitializerRange = 0.1 }, Streams, change);

    internal static TokenPair Ragged(int number)
    {
        int[] prompt = [.. Enumerable.Range(0, 3 + number).Select(place => ((number * 7) + (place * 3)) % 40)];
        TokenRow Row(int length, int first) => new(
            [.. prompt, .. Enumerable.Range(0, length).Select(place => (first + (place * 5)) % 40)],
            [.. prompt.Select(_ => false), .. Enumerable.Repeat(true, length)]);
        return new TokenPair(Row(1 + (number % 3), 11), Row(1 + (number % 4), 23));
    }
}
