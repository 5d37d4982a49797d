using Repro.Core;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Kto;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Kto;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class KtoTrainerTests
{
    private static readonly RandomStreams _streams = new(13);

    private static readonly RandomStreams _otherStreams = new(14);

    private static readonly KtoSettings _settings = new() { Batch = new BatchSettings { BatchSize = 4 }, Shuffle = false };

    private static readonly KtoLossSettings _weighted = new() { Beta = 0.5, DesirableWeight = 1.25, UndesirableWeight = 0.75 };

    /// <summary>
    /// By hand, where policy and reference are the same: every log-ratio is 0 and so is the reference point, so that a desirable row costs
    /// 1 - sigmoid(0) = 1/2 times its weight and an undesirable one the same. Three desirable rows of weight 2 and one undesirable of
    /// weight 0.5 give (3 * 2 * 1/2 + 0.5 * 1/2) / 4 = 3.25 / 4 = 0.8125.
    /// </summary>
    [Theory]
    [InlineData(KtoLossKind.Kto)]
    [InlineData(KtoLossKind.ApoZeroUnpaired)]
    public void The_first_loss_is_half_of_the_mean_weight(KtoLossKind kind)
    {
        var rows = Rows(4, number => number != 2);
        using var trainer = Trainer(rows, _settings, new KtoLossSettings { Kind = kind, DesirableWeight = 2, UndesirableWeight = 0.5 });

        var metrics = trainer.Step(0, CancellationToken.None).Metrics;

        metrics["loss"].Should().BeApproximately(0.8125, 1e-6);
        metrics["kl"].Should().BeApproximately(0, 1e-6);
        metrics["rewards/margins"].Should().BeApproximately(0, 1e-6);
    }

    /// <summary>
    /// TRL's arithmetic written out once more, from tables over the whole vocabulary and with the gradients of autograd: row i of the batch
    /// has its own completion, and its prompt with the completion of row i - 1 gives the reference point.
    /// </summary>
    [Theory]
    [InlineData(KtoLossKind.Kto)]
    [InlineData(KtoLossKind.ApoZeroUnpaired)]
    public void Loss_and_gradient_are_those_of_the_formula(KtoLossKind kind)
    {
        var (rows, loss) = (Rows(4, number => number % 3 == 0), _weighted with { Kind = kind });
        using var trainer = Trainer(rows, _settings, loss, reference: Other);
        var (expected, point, gradient) = ByTables(rows, loss);
        if (kind == KtoLossKind.Kto)
        {
            point.Should().BeGreaterThan(0.01, "a point that is clamped would hide mistakes in it");
        }

        var metrics = trainer.Step(0, CancellationToken.None).Metrics;

        metrics["loss"].Should().BeApproximately(expected, 1e-5);
        metrics["kl"].Should().BeApproximately(point, 1e-4);
        var found = TrainingRuns.FirstGradient(trainer);
        foreach (var (name, values) in gradient)
        {
            found["mean." + name].Zip(values, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5, name);
        }

        gradient.Values.SelectMany(values => values).Max(Math.Abs).Should().BeGreaterThan(1e-3);
    }

    [Fact]
    public void Parts_of_a_batch_add_up_to_the_whole_batch()
    {
        (double Loss, Dictionary<string, double[]> Gradient) First(int? micro, bool grouped)
        {
            var settings = _settings with { Batch = new BatchSettings { BatchSize = 8, MicroBatchSize = micro }, GroupLengths = grouped };
            using var trainer = Trainer(Mixed(8), settings, _weighted, reference: Other);
            return (trainer.Step(0, CancellationToken.None).Metrics["loss"], TrainingRuns.FirstGradient(trainer));
        }

        var whole = First(null, grouped: false);
        foreach (var (micro, grouped) in new (int?, bool)[] { (1, false), (3, false), (4, true), (null, true) })
        {
            var parts = First(micro, grouped);
            parts.Loss.Should().BeApproximately(whole.Loss, 1e-6);
            TrainingRuns.Distance(parts.Gradient, whole.Gradient).Should().BeLessThan(1e-6);
        }
    }

    [Fact]
    public void Desirable_completions_rise_and_undesirable_ones_fall()
    {
        var rows = Mixed(8);
        using var trainer = Trainer(rows, _settings with { Epochs = 10 }, new KtoLossSettings(), heldOut: rows, learningRate: 3e-3);
        var first = trainer.Step(0, CancellationToken.None).Metrics["loss"];
        for (var step = 1; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        trainer.Evaluate(CancellationToken.None)["loss"].Should().BeLessThan(first);
        var metrics = trainer.Evaluate(CancellationToken.None);
        metrics["rewards/chosen"].Should().BePositive();
        metrics["rewards/rejected"].Should().BeNegative();
        metrics["rewards/margins"].Should().BeApproximately(metrics["rewards/chosen"] - metrics["rewards/rejected"], 1e-12);
    }

    [Fact]
    public void A_batch_of_one_kind_has_no_numbers_of_the_other()
    {
        using var trainer = Trainer(Rows(4, _ => true), _settings, new KtoLossSettings());

        trainer.Step(0, CancellationToken.None).Metrics.Keys.Should().Contain("rewards/chosen")
            .And.NotContain(["rewards/rejected", "rewards/margins"]);
    }

    /// <summary>The last batch of five rows by two has one row; its own completion would make its own log-ratio the reference
    /// point.</summary>
    [Fact]
    public void A_batch_of_one_row_is_compared_with_the_row_before_it_in_the_data()
    {
        var rows = Rows(5, number => number % 2 == 0);
        var settings = _settings with { Batch = new BatchSettings { BatchSize = 2 } };
        using var trainer = Trainer(rows, settings, _weighted, reference: Other, learningRate: 1e-30);
        var (_, point, _) = ByTables([rows[4]], _weighted, before: rows[3]);

        trainer.Step(0, CancellationToken.None);
        trainer.Step(1, CancellationToken.None);
        trainer.Step(2, CancellationToken.None).Metrics["kl"].Should().BeApproximately(point, 1e-4);
        trainer.TotalSteps.Should().Be(3);
    }

    [Fact]
    public void A_resumed_run_is_the_uninterrupted_one()
    {
        KtoTrainer Run()
        {
            var settings = _settings with { Epochs = 3, Shuffle = true, Batch = new BatchSettings { BatchSize = 4, MicroBatchSize = 2 } };
            var lora = new LoraSettings { Rank = 2, Alpha = 4, Targets = ["all-linear"], Dropout = 0.2 };
            return Trainer(Mixed(8), settings, _weighted, lora: lora);
        }

        using var whole = Run();
        using var resumed = Run();
        for (var step = 0; step < 6; step++)
        {
            if (step == 3)
            {
                TrainingRuns.Copy(whole, resumed);
            }

            var report = whole.Step(step, CancellationToken.None);
            if (step >= 3)
            {
                resumed.Step(step, CancellationToken.None).Metrics.Should().Equal(report.Metrics);
            }
        }

        TrainingRuns.Distance(TrainingRuns.Snapshot(whole), TrainingRuns.Snapshot(resumed)).Should().Be(0);
    }

    [Fact]
    public void Live_tensors_stay_flat()
    {
        using var trainer = Trainer(Mixed(8), _settings with { Epochs = 100 }, _weighted);

        var (first, last) = TrainingRuns.LiveTensorsOver(trainer, 200);

        last.Should().Be(first);
    }

    [Fact]
    public void Every_setting_does_something()
    {
        var rows = Rows(8, number => number % 2 == 0, longer: 8);
        List<double> Run(KtoSettings settings, KtoLossSettings loss)
        {
            using var trainer = Trainer(rows, settings, loss, heldOut: rows, reference: Other, learningRate: 1e-2);
            var (first, second) = (trainer.Step(0, CancellationToken.None), trainer.Step(1, CancellationToken.None));
            return [trainer.TotalSteps, .. first.Metrics.Values, .. second.Metrics.Values];
        }

        SettingsCoverage.Check(
            _settings with
            {
                Batch = new BatchSettings { BatchSize = 4 },
                Epochs = 2,
                Shuffle = true,
                MaxLength = 60,
                MaxPromptLength = 40,
            },
            new Dictionary<string, Func<KtoSettings, KtoSettings>>
            {
                [nameof(KtoSettings.Batch)] = settings => settings with { Batch = new BatchSettings { BatchSize = 8 } },
                [nameof(KtoSettings.Epochs)] = settings => settings with { Epochs = 3 },
                [nameof(KtoSettings.Shuffle)] = settings => settings with { Shuffle = false },
                [nameof(KtoSettings.MaxLength)] = settings => settings with { MaxLength = 50 },
                [nameof(KtoSettings.MaxPromptLength)] = settings => settings with { MaxPromptLength = 20 },
                [nameof(KtoSettings.GroupLengths)] = settings => settings with { GroupLengths = false },
            },
            settings => Run(settings, _weighted),
            // Memory changes no result, see HeadLogProbsTests.
            nameof(KtoSettings.HeadMemory));
        SettingsCoverage.Check(
            _weighted,
            new Dictionary<string, Func<KtoLossSettings, KtoLossSettings>>
            {
                [nameof(KtoLossSettings.Kind)] = loss => loss with { Kind = KtoLossKind.ApoZeroUnpaired },
                [nameof(KtoLossSettings.Beta)] = loss => loss with { Beta = 0.6 },
                [nameof(KtoLossSettings.DesirableWeight)] = loss => loss with { DesirableWeight = 1 },
                [nameof(KtoLossSettings.UndesirableWeight)] = loss => loss with { UndesirableWeight = 1 },
            },
            loss => Run(_settings with { Epochs = 2 }, loss));
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        void Refused(IReadOnlyList<KtoRow> rows, KtoSettings settings, string message) =>
            FluentActions.Invoking(() => Trainer(rows, settings, new KtoLossSettings())).Should().Throw<ReproException>()
                .WithMessage(message);
        Refused([], _settings, "There are no training rows*");
        Refused(Rows(1, _ => true), _settings, "There is one training row; two were expected*");
        Refused([.. Rows(2, _ => true), new KtoRow([1, 2], [], true)], _settings, "The training row 2 has an empty completion*");
        Refused([new KtoRow([], [3], true), .. Rows(2, _ => true)], _settings, "The training row 0 has an empty completion*");
        Refused(Rows(2, _ => true), _settings with { MaxLength = 8, MaxPromptLength = 8 },
            "max_prompt_length must be from 1 to below max_length (8), was 8.");
    }

    // The mean loss, the reference point and the gradients of the batch, all of it without padding and without fused log-probabilities.
    private static (double Loss, double Point, Dictionary<string, double[]> Gradient) ByTables(
        IReadOnlyList<KtoRow> rows, KtoLossSettings settings, KtoRow? before = null)
    {
        using var scope = NewDisposeScope();
        using var policy = Model(_streams);
        using var reference = Model(_otherStreams);
        Tensor LogRatio(int[] prompt, int[] completion)
        {
            long[] ids = [.. prompt.Concat(completion).Select(id => (long)id)];
            var tokens = tensor(ids).reshape(1, ids.Length);
            var completionMask = tensor(ids.Select((_, place) => place >= prompt.Length).ToArray()).reshape(1, ids.Length);
            var all = ones_like(tokens, ScalarType.Bool);
            Tensor Sum(TrainedModel model) => SequenceLogProbs.Sum(model.Language.Logits(tokens, all), tokens, completionMask);
            return Sum(policy) - Sum(reference).detach();
        }

        var kl = 0.0;
        var total = zeros(1);
        for (var row = 0; row < rows.Count; row++)
        {
            var other = before ?? rows[(row + rows.Count - 1) % rows.Count];
            kl += LogRatio(rows[row].Prompt, other.Completion).item<float>() / rows.Count;
        }

        var point = settings.Kind == KtoLossKind.Kto ? Math.Max(0, kl) : 0;
        foreach (var row in rows)
        {
            var ratio = LogRatio(row.Prompt, row.Completion);
            var loss = row.Desirable
                ? settings.DesirableWeight * (1 - sigmoid(settings.Beta * (ratio - point)))
                : settings.UndesirableWeight * (1 - sigmoid(settings.Beta * (point - ratio)));
            total += loss / rows.Count;
        }

        total.backward();
        var gradients = policy.TrainedParameters().ToDictionary(pair => pair.Name, pair => VectorComparison.Doubles(pair.Parameter.grad!));
        return (total.item<float>(), point, gradients);
    }

    private static LanguageModel Other() => Model(_otherStreams).Language;

    private static List<KtoRow> Mixed(int count) => Rows(count, number => number % 2 == 0);

    private static List<KtoRow> Rows(int count, Func<int, bool> desirable, int longer = 2) =>
        [.. Enumerable.Range(0, count).Select(number => new KtoRow(
        [.. Enumerable.Range(0, 3 + (longer * number)).Select(place => ((number * 7) + (place * 3)) % 40)],
        [.. Enumerable.Range(0, 1 + (number % 4)).Select(place => (11 + (number * 5) + (place * 5)) % 40)],
        desirable(number)))];

    private static TrainedModel Model(RandomStreams streams, LoraSettings? lora = null) => TrainingRuns.Fresh(
        TinyModels.Config(ModelArchitecture.Llama) with { InitializerRange = 0.1 }, streams, settings => settings with { Lora = lora });

    private static KtoTrainer Trainer(
        IReadOnlyList<KtoRow> rows, KtoSettings settings, KtoLossSettings loss, IReadOnlyList<KtoRow>? heldOut = null,
        Func<LanguageModel>? reference = null, double learningRate = 1e-3, LoraSettings? lora = null)
    {
        var policy = Model(_streams, lora);
        var policies = lora is not null
            ? PolicyPair.SharedBase(policy)
            : PolicyPair.SecondModel(policy, reference ?? (() => Model(_streams).Language));
        var optimizer = new OptimizerSettings { LearningRate = learningRate };
        try
        {
            return new KtoTrainer(policies, rows, heldOut ?? [], settings, loss, optimizer, new ScheduleSettings(), _streams);
        }
        catch
        {
            policies.Dispose();
            throw;
        }
    }
}
