using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Batching;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Ppo;
using Repro.Tests.Unit.Training.Rollouts;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Dpo;

/// <summary>Online DPO, rejection sampling and the adaptive forms of all trainers that sample.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class OnlineTrainerTests
{
    [Theory]
    [InlineData(AdaptiveDpoReading.Tokens)]
    [InlineData(AdaptiveDpoReading.Pairs)]
    public void Adpo_with_masks_of_ones_is_dpo_to_the_bit(AdaptiveDpoReading reading)
    {
        double[] Run(bool adaptive)
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            var plain = OnlineRuns.Plain();
            var loss = new AdaptivePairLoss(plain, reading, tokens => (ones_like(tokens.ChosenMask), ones_like(tokens.RejectedMask)));
            using var trainer = OnlineRuns.Dpo(
                OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora), OnlineRuns.DpoSettings(), adaptive ? loss : plain);
            return Steps(trainer, 3);
        }

        Run(true).Should().Equal(Run(false));
    }

    [Fact]
    public void Appo_with_a_mask_of_ones_is_ppo_to_the_bit()
    {
        double[] Run(IPpoMask? mask)
        {
            using var scope = NewDisposeScope();
            using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
            using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings(), parts: new PpoTrainerParts { Adaptive = mask });
            return Steps(trainer, 2);
        }

        Run(new AllTokens()).Should().Equal(Run(null));
        Run(new AdaptivePpoMask(new AdaptiveSettings(), PreferredBy.Advantage, 1)).Should().NotEqual(Run(null));
    }

    [Fact]
    public void Rejection_sampling_works_under_a_cut_sampler()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var settings = OnlineRuns.RsSettings();
        using var trainer = OnlineRuns.Rs(
            OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora),
            settings with { Sampler = settings.Sampler with { TopK = 3, TopP = 0.9 } });
        Steps(trainer, 3).Should().OnlyContain(value => double.IsFinite(value));
    }

    [Fact]
    public void Ars_with_a_mask_of_ones_is_rejection_sampling_to_the_bit()
    {
        double[] Run(AdaptiveTokens? adaptive)
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var judge = ScoreModel.Create(TinyPolicies.Config(), 8);
            using var trainer = OnlineRuns.Rs(
                OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora), OnlineRuns.RsSettings(), adaptive, judge);
            return Steps(trainer, 3);
        }

        // Every token reward lies above so low a baseline.
        var all = new AdaptiveTokens(
            new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = ThresholdKind.Fixed, Value = -1e6 });
        Run(all).Should().Equal(Run(null));
        Run(new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel })).Should().NotEqual(Run(null));
    }

    [Theory]
    [InlineData("reward", "score", 0.0)]
    [InlineData("td", "advantage", 0.0)]
    [InlineData("ratio", "score", 0.1)]
    public void Appo_takes_its_mask_from_each_source(string source, string preferred, double delta)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        using var judge = ScoreModel.Create(TinyPolicies.Config(), 8);
        TinyPolicies.Disturb(policies, 0.4);
        var settings = new AdaptiveSettings
        {
            Rewards = source switch
            {
                "reward" => TokenRewardSource.RewardModel,
                "td" => TokenRewardSource.TemporalDifference,
                _ => TokenRewardSource.LogRatio,
            },
            Delta = delta,
        };
        var mask = new AdaptivePpoMask(settings, preferred == "score" ? PreferredBy.Score : PreferredBy.Advantage, 1, judge);
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings(), parts: new PpoTrainerParts { Adaptive = mask });
        trainer.Step(0, CancellationToken.None).Metrics["mask/kept"].Should().BeInRange(0.05, 0.95);
    }

    [Fact]
    public void Online_dpo_ends_at_the_best_arm()
    {
        double[] arms = [0.1, -0.4, 0.5, 0.9, 0.3, 0.7];
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = OnlineRuns.Model(folder, TinyPolicies.Config(arms.Length), null);
        var prompt = new RolloutPrompt([0]);
        var settings = OnlineRuns.DpoSettings() with
        {
            BatchSize = 16,
            Epochs = 60,
            Sampler = new SamplerSettings { MaxNewTokens = 1, StopTokens = [] },
        };
        using var trainer = OnlineRuns.Dpo(
            model, settings, OnlineRuns.Plain(0.1), 0.01, new RuleReward(rollout => arms[rollout.Response[0]]),
            [.. Enumerable.Repeat(prompt, 16)]);
        for (var step = 0L; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        // As for PPO: half of all batches of 32 responses of the policy would hold no other arm.
        Best(model, prompt, settings.Sampler).Should().BeGreaterThan(Math.Pow(0.5, 1.0 / 32));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(2.0)]
    public void Rejection_sampling_is_held_by_its_kl(double beta)
    {
        double[] arms = [0.1, -0.4, 0.5, 0.9, 0.3, 0.7];
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var model = OnlineRuns.Model(folder, TinyPolicies.Config(arms.Length), null);
        var prompt = new RolloutPrompt([0]);
        var settings = OnlineRuns.RsSettings() with
        {
            BatchSize = 16,
            Epochs = 60,
            Samples = 4,
            Beta = beta,
            Sampler = new SamplerSettings { MaxNewTokens = 1, StopTokens = [] },
        };
        var before = Best(model, prompt, settings.Sampler);
        using var trainer = OnlineRuns.Rs(
            model, settings, rate: 0.01, reward: new RuleReward(rollout => arms[rollout.Response[0]]),
            prompts: [.. Enumerable.Repeat(prompt, 16)]);
        for (var step = 0L; step < trainer.TotalSteps; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        var after = Best(model, prompt, settings.Sampler);
        if (beta == 0)
        {
            after.Should().BeGreaterThan(Math.Pow(0.5, 1.0 / 64), "the best of four is learnt again and again");
            return;
        }

        // With a share q of the best arm among the accepted, -q log p - (1 - q) log(1 - p) + beta KL is least where the logit of p lies
        // between that of q and that of the reference: the policy moves, but stays below what it would be without the KL.
        after.Should().BeInRange(before + 0.02, 0.98);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("adpo")]
    [InlineData("adpo by rewards")]
    [InlineData("rs")]
    [InlineData("ars")]
    [InlineData("appo")]
    public void A_thousand_steps_leave_no_tensor(string kind)
    {
        using var folder = new TemporaryFolder();
        using var model = OnlineRuns.Model(folder, TinyPolicies.Config(6, 8), TinyPolicies.Lora with { Targets = ["q_proj"] });
        using var judge = ScoreModel.Create(TinyPolicies.Config(6, 8), 8);
        using var trainer = Tiny(kind, model, judge);
        trainer.TotalSteps.Should().BeGreaterThan(1000);
        trainer.Step(0, CancellationToken.None);
        var before = LiveTensors.Count;
        for (var step = 1L; step <= 1000; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        LiveTensors.Count.Should().Be(before);
    }

    [Theory]
    [InlineData("dpo")]
    [InlineData("adpo")]
    [InlineData("adpo by rewards")]
    [InlineData("rs")]
    [InlineData("ars")]
    [InlineData("appo")]
    public void A_resumed_run_is_the_uninterrupted_one(string kind)
    {
        using var folder = new TemporaryFolder();
        using var model = OnlineRuns.Model(folder, TinyPolicies.Config(6, 8), TinyPolicies.Lora with { Dropout = 0.2 });
        using var again = OnlineRuns.Model(folder, TinyPolicies.Config(6, 8), TinyPolicies.Lora with { Dropout = 0.2 });
        using var judge = ScoreModel.Create(TinyPolicies.Config(6, 8), 8);
        using var whole = Tiny(kind, model, judge);
        using var resumed = Tiny(kind, again, judge);
        var reports = new Dictionary<long, IReadOnlyDictionary<string, double>>();
        for (var step = 0L; step < 6; step++)
        {
            if (step == 3)
            {
                TrainingRuns.Copy(whole, resumed);
            }

            reports[step] = whole.Step(step, CancellationToken.None).Metrics;
        }

        for (var step = 3L; step < 6; step++)
        {
            resumed.Step(step, CancellationToken.None).Metrics.Should().Equal(reports[step], kind);
        }

        var (expected, found) = (TrainingRuns.Snapshot(whole), TrainingRuns.Snapshot(resumed));
        TrainingRuns.Distance(expected, found).Should().Be(0);
        JsonNode.DeepEquals(whole.StateValues(), resumed.StateValues()).Should().BeTrue();
        using var other = OnlineRuns.Model(folder, TinyPolicies.Config(6, 8), TinyPolicies.Lora);
        using var untouched = Tiny(kind, other, judge);
        TrainingRuns.Distance(expected, TrainingRuns.Snapshot(untouched)).Should().BePositive("the comparison must be able to fail");
    }

    [Theory]
    [InlineData("adpo")]
    [InlineData("adpo by rewards")]
    [InlineData("ars")]
    public void A_step_that_fails_leaves_the_baseline_as_it_was(string kind)
    {
        using var folder = new TemporaryFolder();
        using var model = OnlineRuns.Model(folder, TinyPolicies.Config(6, 8), TinyPolicies.Lora);
        using var judge = ScoreModel.Create(TinyPolicies.Config(6, 8), 8);
        using var trainer = Tiny(kind, model, judge);
        trainer.Step(0, CancellationToken.None);
        var (state, values) = (TrainingRuns.Snapshot(trainer), trainer.StateValues());
        // Far too large for a finite loss or gradient.
        using (no_grad())
        {
            model.TrainedParameters()[0].Parameter.mul_(1e38).mul_(1e38);
        }

        trainer.Invoking(own => own.Step(1, CancellationToken.None)).Should().Throw<ReproException>();
        JsonNode.DeepEquals(trainer.StateValues(), values).Should().BeTrue();
        state.Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal)).Should().NotBeEmpty()
            .And.OnlyContain(pair => pair.Value.SequenceEqual(TrainingRuns.Snapshot(trainer)[pair.Key]));
    }

    [Fact]
    public void Settings_that_contradict_themselves_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var model = OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora);
        FluentActions.Invoking(() => OnlineRuns.Dpo(model, OnlineRuns.DpoSettings() with { PolicySamples = 1, ReferenceSamples = 0 }))
            .Should().Throw<ReproException>().WithMessage("*two responses*");
        var adaptive = new AdaptivePairLoss(OnlineRuns.Plain(), AdaptiveDpoReading.Tokens, new AdaptiveTokens(new AdaptiveSettings()));
        FluentActions.Invoking(() => OnlineRuns.Dpo(model, OnlineRuns.DpoSettings() with { MicroBatchSize = 1 }, adaptive))
            .Should().Throw<ReproException>().WithMessage("*micro_batch_size*");
        FluentActions.Invoking(() =>
            new AdaptivePairLoss(
                OnlineRuns.Plain(), AdaptiveDpoReading.Tokens,
                new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.TemporalDifference })))
            .Should().Throw<ReproException>().WithMessage("*no values*");
        var byRewards = new AdaptivePairLoss(
            OnlineRuns.Plain(), AdaptiveDpoReading.Tokens,
            new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel }));
        using var without = OnlineRuns.Dpo(
            OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora), OnlineRuns.DpoSettings(), byRewards);
        without.Invoking(own => own.Step(0, CancellationToken.None))
            .Should().Throw<ReproException>().WithMessage("*without token rewards*");
        FluentActions.Invoking(() => OnlineRuns.Rs(model, OnlineRuns.RsSettings(), new AdaptiveTokens(new AdaptiveSettings())))
            .Should().Throw<ReproException>().WithMessage("*reward-model*");
        FluentActions.Invoking(() =>
            OnlineRuns.Rs(
                model, OnlineRuns.RsSettings(), new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel })))
            .Should().Throw<ReproException>().WithMessage("*reward_model*missing*");
    }

    private static double[] Steps(ITrainer trainer, int count)
    {
        for (var step = 0L; step < count; step++)
        {
            trainer.Step(step, CancellationToken.None).Metrics["gradient_norm"].Should().BePositive();
        }

        return PpoRuns.State(trainer);
    }

    private static double Best(Repro.Core.Training.Policies.TrainedModel model, RolloutPrompt prompt, SamplerSettings sampler) =>
        PpoRuns.Probabilities(TinyPolicies.TwoModels(model.Language, model.Language), prompt, [[3L]], sampler)[0];

    private static ITrainer Tiny(string kind, Repro.Core.Training.Policies.TrainedModel model, ScoreModel judge)
    {
        var sampler = new SamplerSettings { MaxNewTokens = 1 };
        if (kind == "appo")
        {
            return new PpoTrainer(
                PolicyPair.SharedBase(model),
                TinyPolicies.Prompts(14),
                PpoRuns.Reward,
                PpoRuns.Settings() with { BatchSize = 2, MiniBatchSize = null, PpoEpochs = 1, Epochs = 200, Sampler = sampler },
                PpoRuns.Adam(0.01),
                OnlineRuns.Streams,
                new PpoTrainerParts { Adaptive = new AdaptivePpoMask(new AdaptiveSettings { Delta = 0.1 }, PreferredBy.Score, 1) });
        }

        var dpo = OnlineRuns.DpoSettings() with { BatchSize = 2, Epochs = 200, PolicySamples = 1, Sampler = sampler };
        var rs = OnlineRuns.RsSettings() with { BatchSize = 2, Epochs = 200, Samples = 2, Sampler = sampler };
        return kind switch
        {
            "dpo" => OnlineRuns.Dpo(model, dpo),
            "adpo" => OnlineRuns.Dpo(
                model, dpo,
                new AdaptivePairLoss(
                    OnlineRuns.Plain(), AdaptiveDpoReading.Tokens,
                    new AdaptiveTokens(new AdaptiveSettings { Delta = 0.1, Threshold = ThresholdKind.RunningMean }))),
            "adpo by rewards" => OnlineRuns.Dpo(
                model, dpo,
                new AdaptivePairLoss(
                    OnlineRuns.Plain(), AdaptiveDpoReading.Tokens,
                    new AdaptiveTokens(
                        new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = ThresholdKind.RunningMean })),
                judge: judge),
            "rs" => OnlineRuns.Rs(model, rs),
            _ => OnlineRuns.Rs(
                model, rs,
                new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = ThresholdKind.RunningMean }),
                judge),
        };
    }

    private sealed class AllTokens : IPpoMask
    {
        public Tensor Mask(RolloutBatch batch, PpoTargets targets, IReadOnlyList<double> scores) => ones_like(batch.Tokens.Mask);

        public JsonObject StateValues() => [];

        public void RestoreValues(JsonObject? values)
        {
        }
    }
}
