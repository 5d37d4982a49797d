using System.Globalization;
using System.Text.Json;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Kto;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.RewardModels;
using Repro.Core.Training.Sft;
using Repro.Core.Training.Stages;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Dpo;
using Repro.Tests.Unit.Training.Ppo;
using Repro.Tests.Unit.Training.RewardModels;
using Repro.Tests.Unit.Training.Rollouts;
using TorchSharp;
using Xunit.Abstractions;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Stress;

/// <summary>
/// Beside a thread that collects and runs finalizers all the time, every trainer, generation and every spec that uses tensors gives the
/// same bits as without, and throws nothing. <c>REPRO_STRESS_STEPS</c> is the number of training steps of all trainers together, 500
/// where it is not set.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class CollectionStressTests(ITestOutputHelper output)
{
    /// <summary>The work, by name: what it does in a number of steps, and all numbers that come out.</summary>
    private static readonly Dictionary<string, Func<int, double[]>> _works = Works();

    private static readonly RandomStreams _streams = new(13);

    private const string ExactCheckOfAModel = "CRS-S8.2-padding";

    public static TheoryData<string> Names => [.. _works.Keys];

    private static int Steps => int.Parse(Environment.GetEnvironmentVariable("REPRO_STRESS_STEPS") ?? "500", CultureInfo.InvariantCulture);

    [Theory]
    [MemberData(nameof(Names))]
    public void Collections_change_no_bit_of(string name)
    {
        const int StepsOfARun = 20;
        const int Patience = 100;
        var wanted = (Steps + _works.Count - 1) / _works.Count;
        var (work, length) = (_works[name], Math.Min(wanted, StepsOfARun));
        var expected = work(length);
        expected.Should().NotBeEmpty().And.OnlyContain(value => double.IsFinite(value));

        using var collecting = new CollectingThread();
        var done = 0;
        // A few quick steps may be through before the other thread has collected once.
        while (done < wanted || (collecting.Collections == 0 && done < Patience * wanted))
        {
            work(length).Should().Equal(expected);
            done += length;
        }

        output.WriteLine(Invariant($"{done} steps, {collecting.Collections} collections"));
        collecting.Collections.Should().BePositive();
    }

    [Fact]
    public void Collections_change_no_evidence_of_a_spec_that_uses_tensors()
    {
        var inputs = ExperimentInputs.Load(RepositoryRoot.Find());
        var registry = SpecRegistry.Load();
        var runner = new SpecRunner(inputs, registry);
        var expected = new Dictionary<Claim, string>();
        // Specs of mechanisms train or repeat checks for seconds each, which beside the other thread becomes many minutes;
        // the trainers have the tests above, and one exact check of a model stands for the others.
        foreach (var claim in inputs.Catalog.Claims.Where(
            claim => registry.Find(claim.Id) is not null && (claim.Tier == Tier.Static || claim.Id == ExactCheckOfAModel)))
        {
            var before = TensorsMade;
            var evidence = Evidence(runner, claim);
            if (TensorsMade > before)
            {
                expected.Add(claim, evidence);
            }
        }

        expected.Should().NotBeEmpty();
        using var collecting = new CollectingThread();
        foreach (var (claim, evidence) in expected)
        {
            Evidence(runner, claim).Should().Be(evidence, "{0} reads the same", claim.Id);
        }

        output.WriteLine(Invariant($"{expected.Count} claims, {collecting.Collections} collections"));
    }

    private static long TensorsMade
    {
        get
        {
            var made = DisposeScopeManager.Statistics.TensorStatistics;
            return made.CreatedInScopeCount + made.CreatedOutsideScopeCount;
        }
    }

    private static string Evidence(SpecRunner runner, Claim claim)
    {
        var result = runner.Run(claim);
        result.Error.Should().BeNull();
        return JsonSerializer.Serialize(result.Evidence);
    }

    private static Dictionary<string, Func<int, double[]>> Works()
    {
        var works = new Dictionary<string, Func<int, double[]>>
        {
            ["sft"] = steps => Train(steps, () => Sft()),
            ["dpo"] = steps => Train(steps, () => Dpo(Plain(), null)),
            ["dpo with an adapter"] = steps => Train(steps, () => Dpo(Plain(), TinyPolicies.Lora)),
            ["adaptive dpo"] = steps => Train(steps, () => Dpo(Adaptive(), null)),
            ["kto"] = steps => Train(steps, Kto),
            ["online dpo"] = steps => Train(steps, () => OnlineRuns.Dpo(Online(), OnlineRuns.DpoSettings(), Plain())),
            ["adaptive online dpo"] = steps => Train(steps, () => OnlineRuns.Dpo(Online(), OnlineRuns.DpoSettings(), Adaptive())),
            ["ppo"] = steps => Train(steps, () => Ppo(null)),
            ["adaptive ppo"] = steps => Train(steps, () => Ppo(AdaptiveMask())),
            ["grpo"] = steps => Train(steps, () => Group("dapo")),
            ["rloo"] = steps => Train(steps, () => Group("rloo")),
            ["rejection sampling"] = steps => Train(steps, () => OnlineRuns.Rs(Online(), OnlineRuns.RsSettings())),
            ["adaptive rejection sampling"] = RejectionSamplingWithAJudge,
            ["generation"] = Generate,
        };
        foreach (var (name, make) in RewardTask.Kinds)
        {
            works.Add("reward model, " + name, steps => Train(steps, () => RewardModel(make)));
        }

        return works;
    }

    // A trainer that has come to its end is made anew.
    private static double[] Train(int steps, Func<ITrainer> make)
    {
        var numbers = new List<double>();
        while (steps > 0)
        {
            using var scope = NewDisposeScope();
            using var trainer = make();
            var length = Math.Min(steps, trainer.TotalSteps);
            for (var step = 0; step < length; step++)
            {
                numbers.AddRange(Values(trainer.Step(step, CancellationToken.None).Metrics));
            }

            numbers.AddRange(Values(trainer.Evaluate(CancellationToken.None)));
            numbers.AddRange(PpoRuns.State(trainer));
            steps -= (int)length;
        }

        return [.. numbers.Where(double.IsFinite)];
    }

    private static IEnumerable<double> Values(IReadOnlyDictionary<string, double> metrics) =>
        metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value);

    private static double[] RejectionSamplingWithAJudge(int steps)
    {
        using var judge = ScoreModel.Create(TinyPolicies.Config(), 8);
        var tokens = new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel });
        return Train(steps, () => OnlineRuns.Rs(Online(), OnlineRuns.RsSettings(), tokens, judge));
    }

    // A step is one call.
    private static double[] Generate(int steps)
    {
        var settings = new GenerationSettings { MaxNewTokens = 6, Seed = 3 };
        GenerationSettings[] ways =
        [
            settings,
            settings with { Sample = true, Temperature = 0.7, TopK = 12, TopP = 0.9, SequencesPerPrompt = 3 },
            settings with { Sample = true, TypicalP = 0.8, EpsilonCutoff = 0.01, RepetitionPenalty = 1.3, NoRepeatNgram = 2 },
            settings with { Sample = true, MinimumLength = 3, StopTokens = [2] },
        ];
        List<double> numbers = [];
        for (var step = 0; step < steps; step++)
        {
            using var model = LanguageModel.Create(TinyModels.Config(step % 2 == 0 ? ModelArchitecture.Llama : ModelArchitecture.Gpt2), 5);
            var rows = TextGenerator.Generate(model, [[3L, 4, 5], [7L], [9L, 8]], ways[step % ways.Length]);
            numbers.AddRange(rows.Sequences.SelectMany(row => row).Select(id => (double)id));
        }

        return [.. numbers];
    }

    private static DpoPairLoss Plain() => new(new DpoLossSettings { Beta = 0.3 });

    private static AdaptivePairLoss Adaptive() => new(Plain(), AdaptiveDpoReading.Tokens, new AdaptiveTokens(new AdaptiveSettings()));

    private static AdaptivePpoMask AdaptiveMask() => new(new AdaptiveSettings(), PreferredBy.Advantage, 1);

    private static OptimizerSettings Optimizer => new() { LearningRate = 0.01, WeightDecay = 0.01, MaximumGradientNorm = 1 };

    private static SftTrainer Sft()
    {
        var rows = Enumerable.Range(0, 8).Select(Row).ToList();
        var settings = new SftSettings { Batch = new BatchSettings { BatchSize = 4, MicroBatchSize = 2 }, Epochs = 20 };
        return new SftTrainer(Model(null), rows, rows[..2], settings, Optimizer, new ScheduleSettings(), _streams);
    }

    private static DpoTrainer Dpo(IPairLoss loss, LoraSettings? lora)
    {
        var pairs = Enumerable.Range(0, 8).Select(row => new TokenPair(Row(row), Row(row + 8))).ToList();
        var model = Model(lora);
        var policies = lora is null ? PolicyPair.SecondModel(model, () => Model(null).Language) : PolicyPair.FromStart(model, _streams);
        var settings = new DpoSettings { Batch = new BatchSettings { BatchSize = 4 }, Epochs = 20 };
        return new DpoTrainer(policies, pairs, pairs[..2], settings, loss, Optimizer, new ScheduleSettings(), _streams);
    }

    private static KtoTrainer Kto()
    {
        var rows = Enumerable.Range(0, 8).Select(row => new KtoRow([1, 2], [.. Row(row).Ids[2..]], row % 2 == 0)).ToList();
        var settings = new KtoSettings { Batch = new BatchSettings { BatchSize = 4 }, Epochs = 20 };
        var policies = PolicyPair.SecondModel(Model(null), () => Model(null).Language);
        return new KtoTrainer(policies, rows, rows[..2], settings, new KtoLossSettings(), Optimizer, new ScheduleSettings(), _streams);
    }

    private static PpoTrainer Ppo(IPpoMask? mask)
    {
        var (settings, parts) = (PpoRuns.Settings() with { Epochs = 4 }, new PpoTrainerParts { Adaptive = mask });
        return PpoRuns.OnOneBase(TinyPolicies.OnOneBase(TinyPolicies.Config()), settings, parts: parts);
    }

    private static PpoTrainer Group(string method) =>
        PpoRuns.OnOneBase(TinyPolicies.OnOneBase(TinyPolicies.Config()), PpoRuns.Groups[method]);

    private static ITrainer RewardModel(Func<TrainedScoreModel, RewardRun, ITrainer> make)
    {
        using var folder = new TemporaryFolder();
        return make(RewardTask.Model(folder, RewardTask.Lora), RewardTask.Settings(4));
    }

    private static TrainedModel Online()
    {
        using var folder = new TemporaryFolder();
        return OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora);
    }

    private static TrainedModel Model(LoraSettings? lora) =>
        Training.TrainingRuns.Fresh(TinyPolicies.Config(), _streams, settings => settings with { Lora = lora });

    private static TokenRow Row(int seed)
    {
        var random = new Random(seed);
        var length = random.Next(4, 9);
        int[] ids = [1, 2, .. Enumerable.Range(0, length - 2).Select(_ => random.Next(6))];
        return new TokenRow(ids, [false, .. Enumerable.Repeat(true, length - 1)]);
    }
}
