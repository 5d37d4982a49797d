using System.Text.Json;
using Repro.Core.Hardware;
using Repro.Core.Tokenization;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.RewardModels;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.RewardModels;

/// <summary>Steps of every kind of reward model against the same steps in plain PyTorch on the same LibTorch
/// (bench/python/reward_fixtures.py).</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardStepsAgainstPythonTests
{
    private const string Fixture = "reward_steps";
    private const double Bound = 1e-4;
    private const int Vocabulary = 40;

    public static TheoryData<string> Cases() =>
        [.. TorchFixture.Read(Fixture).GetProperty("cases").EnumerateObject().Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_scores_gradients_and_weights_are_those_of_python(string name)
    {
        var expected = TorchFixture.Read(Fixture).GetProperty("cases").GetProperty(name);
        foreach (var microRows in new int?[] { null, 2 })
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            var model = RewardTask.Model(folder);
            Fill(model);
            var rows = microRows is null ? 100 : 6;
            Check(name, model, RewardTask.Settings(rows, microRows) with
            {
                Optimizer = new OptimizerSettings { LearningRate = 1e-3, Beta2 = 0.95, Epsilon = 1e-6, MaximumGradientNorm = 0.3 },
            }, expected);
        }
    }

    private static void Check(string name, TrainedScoreModel model, RewardRun run, JsonElement expected)
    {
        switch (name)
        {
            case "preference":
                var groups = new[] { 2, 4, 3 }.Select((size, index) => Group(index + 1, size)).ToList();
                using (var trainer = run.Trainer(model, new PreferenceObjective(new() { ScoreDecay = 0.001 }), groups, []))
                {
                    Compare(trainer, groups, expected);
                }

                break;
            case "process":
                var solutions = Enumerable.Range(1, 5).Select(seed => Solution(seed, Text(seed, 4 + seed))).ToList();
                using (var trainer = run.Trainer(model, new ProcessObjective(), solutions, []))
                {
                    Compare(trainer, solutions, expected);
                }

                break;
            case "outcome":
                var replies = Enumerable.Range(1, 5).Select(seed => new RatedExample(Text(seed, 3 + seed), (seed - 1) % 2, 2)).ToList();
                using (var trainer = run.Trainer(model, new OutcomeObjective(OutcomeSupervision.EveryToken), replies, []))
                {
                    Compare(trainer, replies, expected);
                }

                break;
            default:
                var kind = Enum.Parse<AbsoluteLossKind>(name.Replace("_", string.Empty, StringComparison.Ordinal), ignoreCase: true);
                var rated = Enumerable.Range(1, 6)
                    .Select(seed => new RatedExample(Text(seed, 3 + (2 * seed % 7)), 0.1 * seed, 1) { Weight = seed <= 4 ? 2.5 : 1 })
                    .ToList();
                var loss = new AbsoluteLossSettings { Kind = kind, RangePenalty = kind == AbsoluteLossKind.MeanSquared ? 0.02 : 0 };
                using (var trainer = run.Trainer(model, new AbsoluteObjective(loss), rated, []))
                {
                    Compare(trainer, rated, expected);
                }

                break;
        }
    }

    private static void Compare<T>(RewardModelTrainer<T> trainer, List<T> rows, JsonElement expected)
    {
        var step = 0;
        foreach (var wanted in expected.GetProperty("steps").EnumerateArray())
        {
            Near(
                trainer.Scores(rows, CancellationToken.None).SelectMany(score => score),
                TorchFixture.Numbers(wanted.GetProperty("scores")));
            var metrics = trainer.Step(step++, CancellationToken.None).Metrics;
            Near(
                [metrics["loss"], metrics["gradient_norm"]],
                [wanted.GetProperty("loss").GetDouble(), wanted.GetProperty("gradient_norm").GetDouble()]);
        }

        step.Should().BePositive();
        var weights = trainer.Model.BaseParameters();
        foreach (var norm in expected.GetProperty("weights").EnumerateObject())
        {
            Near([weights[norm.Name].norm().item<float>()], [norm.Value.GetDouble()]);
        }
    }

    private static void Near(IEnumerable<double> found, IEnumerable<double> wanted) =>
        found.Should().Equal(wanted, (x, y) => Math.Abs(x - y) <= Bound * Math.Max(1, Math.Abs(y)));

    private static void Fill(TrainedScoreModel model)
    {
        using var ungraded = no_grad();
        foreach (var ((_, parameter), index)
            in model.Model.BaseParameters().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select((pair, index) => (pair, index)))
        {
            using var wave = TorchFixture.Waves(parameter.shape, 0.37 + (0.011 * index), 0.3);
            using var value = wave.add(parameter.dim() == 1 ? 1 : 0);
            parameter.copy_(value);
        }
    }

    private static int[] Text(int seed, int length) =>
        [.. Enumerable.Range(0, length).Select(i => ((7 * seed * seed) + (5 * i) + (i * i * seed)) % Vocabulary)];

    private static RankedExample Group(int number, int size)
    {
        var prompt = Text(10 * number, 4);
        return new RankedExample(
            [.. Enumerable.Range(0, size).Select(k => (int[])[.. prompt, .. Text((10 * number) + k, 1 + (((3 * k) + number) % 5))])],
            new int[size]);
    }

    private static SteppedExample Solution(int seed, int[] text)
    {
        var ends = Enumerable.Range(0, text.Length).Where(place => place % 3 == 2 || place == text.Length - 1).ToArray();
        return new SteppedExample(text, ends, [.. ends.Select(end => (double)((seed - 1 + end) % 2))]);
    }
}
