using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Sft;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Sft;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class SftTrainerTests
{
    // The id that fills padding too: a mask that came from comparing ids would lose it.
    private const int End = 0;
    private const int ShortPrompt = 5;
    private const int LongPrompt = 6;
    private const int ShortLength = 2;
    private const int LongLength = 3;
    private const int Quarters = 4;

    private static readonly RandomStreams _streams = new(11);

    /// <summary>
    /// The first of two symbols comes three times in four, and a symbol is followed by itself three times in four; the prompt says how many
    /// symbols come before the end. The data hold every text as often as the grammar says, so that no loss can be below the grammar's
    /// entropy.
    /// </summary>
    [Fact]
    public void Trap3_the_end_token_is_learnt_and_the_loss_reaches_the_entropy_of_a_grammar()
    {
        var rows = Grammar();
        var symbol = -(0.75 * Math.Log(0.75)) - (0.25 * Math.Log(0.25));
        var entropy = (ShortLength + LongLength) * symbol / (ShortLength + 1 + LongLength + 1);
        using var trainer = Trainer(Model(), rows, new BatchSettings { BatchSize = rows.Count }, epochs: 300, learningRate: 3e-3);
        for (var step = 0; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None).Metrics["loss"].Should().BeGreaterThan(entropy - 1e-5);
        }

        // Logits within 0.1 of the truth lie in a range of 0.2, and then the divergence is at most 0.2^2 / 8 (Hoeffding's lemma).
        trainer.Evaluate(CancellationToken.None)["loss"].Should().BeInRange(entropy - 1e-5, entropy + (0.2 * 0.2 / 8));

        using var folder = new TemporaryFolder();
        trainer.Export(folder.Path);
        using var model = LanguageModel.Load(folder.Path);
        var settings = new GenerationSettings
        {
            MaxNewTokens = 12,
            Sample = true,
            TopP = 0.98,
            StopTokens = [End],
            SequencesPerPrompt = 20,
            Seed = 3,
        };
        Lengths(model, ShortPrompt, settings).Should().OnlyContain(length => length == ShortLength + 1);
        Lengths(model, LongPrompt, settings).Should().OnlyContain(length => length == LongLength + 1);
    }

    [Fact]
    public void Trap7_parts_of_a_batch_add_up_to_the_whole_batch()
    {
        var rows = Ragged(8);
        var whole = FirstStep(rows, new BatchSettings { BatchSize = 8 }, LossNormalization.WholeBatch);
        foreach (var (micro, grouped) in new (int?, bool)[] { (1, false), (4, false), (3, false), (3, true), (null, true) })
        {
            var parts = FirstStep(rows, new BatchSettings { BatchSize = 8, MicroBatchSize = micro }, LossNormalization.WholeBatch, grouped);
            parts.Loss.Should().BeApproximately(whole.Loss, 1e-6);
            TrainingRuns.Distance(parts.Gradient, whole.Gradient).Should().BeLessThan(1e-6);
        }

        var means = FirstStep(rows, new BatchSettings { BatchSize = 8, MicroBatchSize = 1 }, LossNormalization.MicroBatches);
        Math.Abs(means.Loss - whole.Loss)
            .Should().BeGreaterThan(1e-2, "the mean of means is another number; the comparison must be able to fail");
    }

    [Fact]
    public void Live_tensors_stay_flat()
    {
        using var trainer = Trainer(
            Model(), Ragged(8), new BatchSettings { BatchSize = 4, MicroBatchSize = 2 }, epochs: 500, learningRate: 1e-3);
        trainer.TotalSteps.Should().Be(1000);
        var (first, last) = TrainingRuns.LiveTensorsOver(trainer, 1000);
        last.Should().Be(first);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_run_is_the_uninterrupted_one(bool checkpointing)
    {
        SftTrainer Fresh() => Trainer(
            Model(settings =>
                settings with
                {
                    Lora = new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"], Dropout = 0.2 },
                    TrainedWhole = ["lm_head"],
                    GradientCheckpointing = checkpointing,
                }),
            Ragged(9), new BatchSettings { BatchSize = 4, MicroBatchSize = 2 }, epochs: 3, learningRate: 1e-2, maximumLength: 4);
        using var whole = Fresh();
        using var resumed = Fresh();
        for (var step = 0; step < 9; step++)
        {
            if (step == 4)
            {
                TrainingRuns.Copy(whole, resumed);
            }

            whole.Step(step, CancellationToken.None);
        }

        randn(5).Dispose();
        for (var step = 4; step < 9; step++)
        {
            resumed.Step(step, CancellationToken.None);
        }

        TrainingRuns.Distance(TrainingRuns.Snapshot(whole), TrainingRuns.Snapshot(resumed)).Should().Be(0);
    }

    [Fact]
    public void A_step_happens_whole_or_not_at_all()
    {
        var model = Model();
        using var trainer = Trainer(
            model, Ragged(8), new BatchSettings { BatchSize = 8, MicroBatchSize = 2 }, epochs: 3, learningRate: 1e-2);
        trainer.Step(0, CancellationToken.None);
        var (before, values) = (TrainingRuns.Snapshot(trainer), trainer.StateValues().ToJsonString());
        using (var cancelled = new CancellationTokenSource())
        {
            cancelled.Cancel();
            trainer.Invoking(t => t.Step(1, cancelled.Token)).Should().Throw<OperationCanceledException>();
        }

        Spoil(model, double.NaN);
        trainer.Invoking(t => t.Step(1, CancellationToken.None)).Should().Throw<ReproException>().WithMessage("*step 2*NaN*");
        Spoil(model, before["parameter.model.embed_tokens.weight"][7 * 16]);
        TrainingRuns.Distance(TrainingRuns.Snapshot(trainer), before).Should().Be(0);
        trainer.StateValues().ToJsonString().Should().Be(values);
        model.TrainedParameters().Should().OnlyContain(entry => HasNoGradient(entry.Parameter));
    }

    [Fact]
    public void Long_rows_are_cut_and_what_teaches_nothing_is_refused()
    {
        var row = new TokenRow([.. Enumerable.Range(0, 30)], [.. Enumerable.Range(0, 30).Select(place => place >= 3)]);
        using var trainer = Trainer(Model(), [row], new BatchSettings { BatchSize = 1 }, epochs: 1, learningRate: 1e-3, maximumLength: 8);
        trainer.Step(0, CancellationToken.None).Metrics.Should().Contain("tokens", 8).And.Contain("tokens/loss", 5);
        void Refused(TokenRow wrong, BatchSettings batch, string message)
        {
            using var model = Model();
            FluentActions.Invoking(() => Trainer(model, [row, wrong], batch, epochs: 1, learningRate: 1e-3, maximumLength: 8))
                .Should().Throw<ReproException>().WithMessage(message);
        }

        Refused(new TokenRow([1, 2], [true, false]), new BatchSettings { BatchSize = 1 }, "Training row 1 has no token that carries loss*");
        Refused(
            new TokenRow([.. new int[30]], [.. Enumerable.Range(0, 30).Select(place => place >= 8)]), new BatchSettings { BatchSize = 1 },
            "*among its first 8*");
        Refused(row, new BatchSettings { BatchSize = 0 }, "batch_size*0*");
        Refused(row, new BatchSettings { BatchSize = 1, MicroBatchSize = 0 }, "micro_batch_size*0*");
    }

    private static bool HasNoGradient(Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is null;
    }

    private static void Spoil(TrainedModel model, double value)
    {
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        model.Language.BaseParameters()["model.embed_tokens.weight"][7, 0].fill_(value);
    }

    private static (double Loss, Dictionary<string, double[]> Gradient) FirstStep(
        IReadOnlyList<TokenRow> rows, BatchSettings batch, LossNormalization normalisation, bool grouped = false)
    {
        using var trainer = Trainer(Model(), rows, batch, epochs: 1, learningRate: 1e-3, normalisation: normalisation, grouped: grouped);
        var loss = trainer.Step(0, CancellationToken.None).Metrics["loss"];
        return (loss, TrainingRuns.FirstGradient(trainer));
    }

    private static SftTrainer Trainer(
        TrainedModel model, IReadOnlyList<TokenRow> rows, BatchSettings batch, int epochs, double learningRate, int? maximumLength = null,
        LossNormalization normalisation = LossNormalization.WholeBatch, bool grouped = true)
    {
        var settings = new SftSettings
        {
            Batch = batch,
            Epochs = epochs,
            MaxLength = maximumLength,
            RandomWindowProbability = 0.5,
            LossNormalization = normalisation,
            GroupLengths = grouped,
        };
        return new(
            model, rows, rows, settings, new OptimizerSettings { LearningRate = learningRate }, new ScheduleSettings(), _streams);
    }

    private static TrainedModel Model(Func<ModelSettings, ModelSettings>? change = null) =>
        TrainingRuns.Fresh(TinyModels.Config(ModelArchitecture.Llama) with { InitializerRange = 0.1 }, _streams, change);

    private static IEnumerable<int> Lengths(LanguageModel model, int prompt, GenerationSettings settings) =>
        TextGenerator.Generate(model, [[prompt]], settings).Responses.Select(response => response.Length);

    // Rows of 2 to 9 tokens, the first third of each a prompt.
    private static List<TokenRow> Ragged(int count) =>
        [.. Enumerable.Range(0, count).Select(row => new TokenRow(
            [.. Enumerable.Range(0, 2 + row).Select(place => ((row * 7) + (place * 3)) % 40)],
            [.. Enumerable.Range(0, 2 + row).Select(place => place > row / 3)]))];

    private static List<TokenRow> Grammar() =>
    [
        .. Enumerable.Repeat(Texts(ShortPrompt, ShortLength), (int)Math.Pow(Quarters, LongLength - ShortLength)).SelectMany(texts => texts),
        .. Texts(LongPrompt, LongLength),
    ];

    /// <summary>Every way through the quarters, each as likely as any other.</summary>
    private static List<TokenRow> Texts(int prompt, int length)
    {
        var texts = new List<TokenRow>();
        for (var way = 0; way < Math.Pow(Quarters, length); way++)
        {
            int[] ids = [prompt, .. new int[length], End];
            for (var (place, rest) = (1, way); place <= length; place++, rest /= Quarters)
            {
                var before = place == 1 ? 1 : ids[place - 1];
                ids[place] = rest % Quarters < 3 ? before : 3 - before;
            }

            texts.Add(new TokenRow(ids, [.. ids.Select((_, place) => place > 0)]));
        }

        return texts;
    }
}
