using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Rewards;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>GRPO and RLOO: the trainer of PPO without a value head.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GroupTrainerTests
{
    private static readonly SamplerSettings _sampler = new() { MaxNewTokens = 3, StopTokens = [5] };

    public static TheoryData<string> Methods => [.. PpoRuns.Groups.Keys];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_step_reports_and_trains_the_adapter_alone(string method)
    {
        using var scope = NewDisposeScope();
        var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var settings = PpoRuns.Groups[method] with { NumIterations = 2, MiniBatchSize = 4 };
        using var trainer = PpoRuns.OnOneBase(policies, settings);
        trainer.TotalSteps.Should().Be(7, "a step takes 6 responses, 3 to each of 2 of the 14 prompts");
        var frozen = policies.Policy.Language.BaseParameters().Values.SelectMany(VectorComparison.Doubles).ToArray();
        trainer.StateTensors().Keys.Should().NotContain(name => name.Contains("v_head", StringComparison.Ordinal));

        var first = trainer.Step(0, CancellationToken.None);
        var second = trainer.Step(1, CancellationToken.None);

        first.Metrics["kl/mean"].Should().BeApproximately(0, 1e-5, "policy and reference are the same at first");
        second.Metrics["kl/mean"].Should().NotBe(0);
        first.Metrics["kl/coefficient"].Should().Be(settings.Beta);
        first.Metrics.Keys.Should()
            .Contain(["loss", "gradient_norm", "learning_rate", "policy/clip_fraction", "policy/entropy", "groups/equal"])
            .And.NotContain(name => name.StartsWith("value/", StringComparison.Ordinal));
        second.Metrics.Values.Should().OnlyContain(value => double.IsFinite(value));
        policies.Policy.Language.BaseParameters().Values.SelectMany(VectorComparison.Doubles).Should().Equal(frozen);
        FluentActions.Invoking(() => trainer.ValueHead).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Parts_add_up_to_the_mini_batch_unless_their_means_are_averaged(string method)
    {
        var whole = Moments(method, null);
        whole.Select(Math.Abs).Max().Should().BeGreaterThan(1e-3);
        foreach (var micro in new[] { 1, 4 })
        {
            var distance = Moments(method, micro).Zip(whole, (x, y) => Math.Abs(x - y)).Max();
            (distance < 1e-6).Should().Be(method != "bnpo", "{0} in parts of {1}: {2}", method, micro, distance);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Resumed_runs_end_at_the_same_bits(string method)
    {
        using var scope = NewDisposeScope();
        using var whole = PpoRuns.OnOneBase(TinyPolicies.OnOneBase(TinyPolicies.Config()), PpoRuns.Groups[method]);
        using var resumed = PpoRuns.OnOneBase(TinyPolicies.OnOneBase(TinyPolicies.Config()), PpoRuns.Groups[method]);
        whole.Step(0, CancellationToken.None);
        using (no_grad())
        {
            foreach (var (name, tensor) in resumed.StateTensors())
            {
                using var target = tensor.detach();
                target.copy_(whole.StateTensors()[name]);
            }
        }

        resumed.RestoreValues(JsonNode.Parse(whole.StateValues().ToJsonString())!.AsObject());
        for (var step = 1L; step < 4; step++)
        {
            var (a, b) = (whole.Step(step, CancellationToken.None), resumed.Step(step, CancellationToken.None));
            b.Metrics.Should().BeEquivalentTo(a.Metrics);
        }

        PpoRuns.State(resumed).Should().Equal(PpoRuns.State(whole));
    }

    /// <summary>The slope of the loss in the log-probability of every token, in float64, and the sum over parts.</summary>
    [Theory]
    [MemberData(nameof(Methods))]
    public void The_gradient_of_a_mini_batch_in_parts_is_the_slope_of_its_loss(string method)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.5);
        var settings = PpoRuns.Groups[method] with { MaskTruncatedCompletions = true };
        using var batch = Measured(policies);
        using var targets = settings.Method().Targets(batch, [1, 3, 2, 0, 4, 5], settings.Beta);
        int[][] parts = [[4, 0], [2, 5, 1], [3]];
        var all = parts.SelectMany(part => part).ToArray();
        double Loss(double[] logProbs, int[][] miniBatch) => miniBatch.Sum(part => OfPart(logProbs, part, miniBatch).Loss);
        (double Loss, Dictionary<int, double> Slopes) OfPart(double[] logProbs, int[] part, int[][] miniBatch)
        {
            using var inner = NewDisposeScope();
            using var tokens = RolloutTokens.Collate([.. part.Select(row => batch.Rollouts[row])], 0);
            var places = part.SelectMany(row => Places(batch, row)).ToArray();
            var leaf = tensor([.. places.Select(place => logProbs[place])], [places.Length], ScalarType.Float64).requires_grad_();
            var own = new PpoPart(batch, targets, null, part, miniBatch, tokens);
            var loss = settings.Method().Loss(own, settings.Method().LossInputs(own, null, leaf, leaf));
            loss.backward();
            var slopes = VectorComparison.Doubles(leaf.grad!);
            return (loss.to(ScalarType.Float64).item<double>(), places.Select((place, i) => (place, slopes[i])).ToDictionary());
        }

        // Away from the ratio of 1, where the clipped surrogate has a corner; far enough to clip some tokens.
        var flat = VectorComparison.Doubles(batch.LogProbs).Select((value, i) => value + (0.07 * ((i * 5 % 7) - 3)) + 0.011).ToArray();
        var gradient = parts.SelectMany(part => OfPart(flat, part, parts).Slopes).ToDictionary();
        foreach (var place in all.SelectMany(row => Places(batch, row)))
        {
            const double Step = 1e-6;
            double At(double by) => Loss([.. flat.Select((value, i) => i == place ? value + by : value)], parts);
            gradient[place].Should().BeApproximately((At(Step) - At(-Step)) / (2 * Step), 1e-7, "token {0}", place);
        }

        gradient.Values.Should().Contain(slope => slope != 0);
        if (method != "bnpo")
        {
            Loss(flat, parts).Should().BeApproximately(Loss(flat, [all]), 1e-7);
        }
    }

    /// <summary>By hand, from the log-probabilities of the batch: the reward of RLOO is the score less beta times the summed log-ratio,
    /// that of GRPO is the score alone.</summary>
    [Fact]
    public void Targets_follow_their_definitions()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.5);
        using var batch = Measured(policies);
        double[] scores = [1, 3, 2, 0, 4, 5];
        var ratios = VectorComparison.Doubles((batch.LogProbs - batch.ReferenceLogProbs).to(ScalarType.Float64).sum([1]));
        ratios.Should().Contain(ratio => Math.Abs(ratio) > 0.05);

        var settings = new RlooSettings { Sampler = _sampler, BatchSize = 6, NumGenerations = 3, Beta = 0.7 };
        using var rloo = PpoTargets.Compute(batch, scores, settings);
        using var grpo = PpoTargets.Compute(batch, scores, new GrpoSettings { Sampler = _sampler, BatchSize = 6, NumGenerations = 3 });
        using var cut = PpoTargets.Compute(batch, scores, settings with { MaskTruncatedCompletions = true });

        var rewards = scores.Zip(ratios, (score, ratio) => score - (0.7 * ratio)).ToArray();
        for (var row = 0; row < scores.Length; row++)
        {
            var (group, length) = (row / 3 * 3, batch.Rollouts[row].Response.Count);
            var others = Enumerable.Range(group, 3).Where(other => other != row).ToArray();
            VectorComparison.Doubles(rloo.Advantages[row])[..length].Should()
                .OnlyContain(found => Math.Abs(found - (rewards[row] - others.Average(other => rewards[other]))) < 1e-5);
            var mean = scores[group..(group + 3)].Average();
            var deviation = Math.Sqrt(scores[group..(group + 3)].Sum(score => (score - mean) * (score - mean)) / 2);
            VectorComparison.Doubles(grpo.Advantages[row])[..length].Should()
                .OnlyContain(found => Math.Abs(found - ((scores[row] - mean) / (deviation + 1e-4))) < 1e-5);
            VectorComparison.Doubles(grpo.Rewards[row]).Sum().Should().Be(scores[row]);
        }

        // The second response was cut: its KL is not in its reward, which is its score.
        batch.Rollouts[1].Ended.Should().BeFalse();
        rewards[1] = scores[1];
        VectorComparison.Doubles(cut.Advantages[1])[0].Should().BeApproximately(rewards[1] - ((rewards[0] + rewards[2]) / 2), 1e-5);
        VectorComparison.Doubles(cut.Mask[1].to(ScalarType.Float32)).Should().OnlyContain(value => value == 0);
    }

    [Fact]
    public void Groups_of_equal_rewards_train_nothing()
    {
        using var scope = NewDisposeScope();
        using var trainer = PpoRuns.OnOneBase(
            TinyPolicies.OnOneBase(TinyPolicies.Config()), PpoRuns.Groups["dapo"] with { Beta = 0 }, reward: new RuleReward(_ => 0.1));
        var before = PpoRuns.State(trainer);

        var metrics = trainer.Step(0, CancellationToken.None).Metrics;

        metrics["groups/equal"].Should().Be(1);
        metrics["gradient_norm"].Should().Be(0);
        PpoRuns.State(trainer).Should().Equal(before);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_failed_step_leaves_everything_as_it_was(string method)
    {
        using var scope = NewDisposeScope();
        using var trainer = PpoRuns.OnOneBase(
            TinyPolicies.OnOneBase(TinyPolicies.Config()),
            PpoRuns.Groups[method] with { NumIterations = 3, MiniBatchSize = 2 },
            rate: 1e30);
        var before = PpoRuns.State(trainer);

        trainer.Invoking(own => own.Step(0, CancellationToken.None)).Should().Throw<ReproException>();

        PpoRuns.State(trainer).Should().Equal(before);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        Action Making(PolicyGradientSettings settings, PpoTrainerParts? parts = null) =>
            () => PpoRuns.OnOneBase(policies, settings, parts: parts).Dispose();
        var groups = PpoRuns.Groups["dapo"];
        using var head = ValueHead.Create(policies.Policy.Language.Config, 1);

        Making(groups with { BatchSize = 7 }).Should().Throw<ReproException>().WithMessage("num_generations is 3*batch_size 7*");
        Making(groups with { MiniBatchSize = 7 }).Should().Throw<ReproException>().WithMessage("mini_batch_size is 7*6*");
        Making(PpoRuns.Settings() with { MiniBatchSize = 7 }).Should().Throw<ReproException>().WithMessage("mini_batch_size is 7*");
        Making(groups, new PpoTrainerParts { ValueHead = head }).Should().Throw<ArgumentException>().WithMessage("*PPO alone*");
    }

    /// <summary>As <see cref="PpoKnownAnswerTests.ABanditEndsAtItsBestArm"/>.</summary>
    [Theory]
    [InlineData("dapo")]
    [InlineData("rloo")]
    public void A_bandit_ends_at_its_best_arm(string method)
    {
        double[] arms = [0.1, -0.4, 0.5, 0.9, 0.3, 0.7];
        using var scope = NewDisposeScope();
        var policies = TinyPolicies.TwoModels(
            LanguageModel.Create(TinyPolicies.Config(arms.Length), 1), LanguageModel.Create(TinyPolicies.Config(arms.Length), 1));
        var prompt = new RolloutPrompt([0]);
        var settings = PpoRuns.Groups[method] with
        {
            Sampler = new SamplerSettings { MaxNewTokens = 1, StopTokens = [] },
            BatchSize = 32,
            NumGenerations = 8,
            NumIterations = 4,
            MicroBatchSize = null,
            Epochs = 60,
            Beta = 0,
        };
        var reward = new RuleReward(rollout => arms[rollout.Response[0]]);
        using var trainer = new PpoTrainer(
            policies, [.. Enumerable.Repeat(prompt, 4)], reward, settings, PpoRuns.Adam(0.01), new RandomStreams(1));
        for (var step = 0L; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        var enough = Math.Pow(0.5, 1.0 / settings.BatchSize);
        PpoRuns.Probabilities(policies, prompt, [[3L]], settings.Sampler)[0].Should().BeGreaterThan(enough);
    }

    [Theory]
    [InlineData("dapo")]
    [InlineData("rloo")]
    public void A_thousand_steps_leave_no_tensor(string method)
    {
        using var scope = NewDisposeScope();
        var settings = PpoRuns.Groups[method] with
        {
            BatchSize = 2,
            NumGenerations = 2,
            MicroBatchSize = 1,
            Epochs = 100,
            Sampler = new SamplerSettings { MaxNewTokens = 1 },
        };
        using var trainer = PpoRuns.OnOneBase(TinyPolicies.OnOneBase(TinyPolicies.Config(6, 8)), settings);
        trainer.TotalSteps.Should().BeGreaterThan(1000);
        trainer.Step(0, CancellationToken.None);
        var before = LiveTensors.Count;
        for (var step = 1L; step <= 1000; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        LiveTensors.Count.Should().Be(before);
    }

    [Fact]
    public void Every_setting_of_grpo_does_something() => SettingsCoverage.Check(
        (GrpoSettings)Start("bnpo"),
        new Dictionary<string, Func<GrpoSettings, GrpoSettings>>(Shared<GrpoSettings>((settings, change) => (GrpoSettings)change(settings)))
        {
            [nameof(GrpoSettings.ScaleRewards)] = settings => settings with { ScaleRewards = RewardScale.Batch },
            [nameof(GrpoSettings.LossType)] = settings => settings with { LossType = GrpoLossType.Grpo },
        },
        Result);

    [Fact]
    public void Every_setting_of_rloo_does_something() => SettingsCoverage.Check(
        (RlooSettings)Start("rloo"),
        new Dictionary<string, Func<RlooSettings, RlooSettings>>(Shared<RlooSettings>((settings, change) => (RlooSettings)change(settings)))
        {
            [nameof(RlooSettings.NormalizeAdvantages)] = settings => settings with { NormalizeAdvantages = true },
        },
        Result);

    [Fact]
    public void Every_scale_and_loss_type_is_a_different_one()
    {
        var start = (GrpoSettings)Start("bnpo");

        Enum.GetValues<RewardScale>().Select(scale => Result(start with { ScaleRewards = scale })[^1]).Should().OnlyHaveUniqueItems();
        Enum.GetValues<GrpoLossType>().Select(type => Result(start with { LossType = type })[^1]).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void The_defaults_are_those_of_TRL()
    {
        var grpo = new GrpoSettings { Sampler = _sampler, BatchSize = 8 };
        var rloo = new RlooSettings { Sampler = _sampler, BatchSize = 8 };

        (grpo.NumGenerations, grpo.Beta, grpo.ScaleRewards, grpo.LossType).Should().Be((8, 0.0, RewardScale.Group, GrpoLossType.Dapo));
        (rloo.NumGenerations, rloo.Beta, rloo.NormalizeAdvantages).Should().Be((2, 0.05, false));
        foreach (var both in new GroupSettings[] { grpo, rloo })
        {
            (both.NumIterations, both.Epsilon, both.EpsilonHigh, both.MaskTruncatedCompletions).Should().Be((1, 0.2, null, false));
        }
    }

    private static GroupSettings Start(string method) => PpoRuns.Groups[method] with
    {
        MiniBatchSize = 4,
        MicroBatchSize = 2,
        NumIterations = 2,
        Epsilon = 0.05,
        EpsilonHigh = 0.04,
        ScoreClip = 3,
    };

    private static Dictionary<string, Func<T, T>> Shared<T>(Func<T, Func<GroupSettings, GroupSettings>, T> apply)
    {
        var changes = new Dictionary<string, Func<GroupSettings, GroupSettings>>
        {
            [nameof(GroupSettings.Sampler)] = settings => settings with { Sampler = settings.Sampler with { Temperature = 2 } },
            [nameof(GroupSettings.BatchSize)] = settings => settings with { BatchSize = 9 },
            [nameof(GroupSettings.MiniBatchSize)] = settings => settings with { MiniBatchSize = null },
            [nameof(GroupSettings.MicroBatchSize)] = settings => settings with { MicroBatchSize = 1 },
            [nameof(GroupSettings.Epochs)] = settings => settings with { Epochs = 2 },
            [nameof(GroupSettings.ScoreClip)] = settings => settings with { ScoreClip = 0.5 },
            [nameof(GroupSettings.NumGenerations)] = settings => settings with { NumGenerations = 2 },
            [nameof(GroupSettings.NumIterations)] = settings => settings with { NumIterations = 1 },
            [nameof(GroupSettings.Epsilon)] = settings => settings with { Epsilon = 0.001 },
            [nameof(GroupSettings.EpsilonHigh)] = settings => settings with { EpsilonHigh = null },
            [nameof(GroupSettings.Beta)] = settings => settings with { Beta = 0.5 },
            [nameof(GroupSettings.MaskTruncatedCompletions)] = settings => settings with { MaskTruncatedCompletions = true },
        };
        return changes.ToDictionary(pair => pair.Key, pair => (Func<T, T>)(settings => apply(settings, pair.Value)));
    }

    private static List<double> Result(PolicyGradientSettings settings)
    {
        using var scope = NewDisposeScope();
        var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.3);
        using var trainer = PpoRuns.OnOneBase(policies, settings, rate: 0.05);
        var result = new List<double> { trainer.TotalSteps };
        for (var step = 0L; step < 2; step++)
        {
            var metrics = trainer.Step(step, CancellationToken.None).Metrics;
            result.AddRange(metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value));
        }

        result.AddRange(PpoRuns.State(trainer));
        return result;
    }

    private static double[] Moments(string method, int? micro)
    {
        using var scope = NewDisposeScope();
        var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.3);
        // Long enough that the responses of the step differ in length: those of one length have the same mean of means as mean.
        var sampler = _sampler with { MaxNewTokens = 8 };
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Groups[method] with { Sampler = sampler, MicroBatchSize = micro });
        trainer.Step(0, CancellationToken.None);
        var means = trainer.StateTensors().Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal));
        return [.. means.SelectMany(pair => VectorComparison.Doubles(pair.Value))];
    }

    // Two prompts with three responses each; the second response was cut.
    private static RolloutBatch Measured(Core.Training.Policies.PolicyPair policies)
    {
        RolloutPrompt one = new([1]), two = new([1, 2, 3]);
        Rollout[] rollouts =
        [
            new(one, [2, 5], true), new(one, [4, 3, 0], false), new(one, [5], true),
            new(two, [1, 5], true), new(two, [0, 2, 5], true), new(two, [3, 5], true),
        ];
        return RolloutMeasurement.Measure(policies, null, rollouts, _sampler);
    }

    // The places of a row's tokens in the flattened [batch, response].
    private static IEnumerable<int> Places(RolloutBatch batch, int row) =>
        Enumerable.Range(row * (int)batch.Tokens.ResponseLength, batch.Rollouts[row].Response.Count);
}
