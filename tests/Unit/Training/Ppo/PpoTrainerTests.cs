using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Batching;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training;
using Repro.Core.Training.Policies;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PpoTrainerTests
{
    [Fact]
    public void A_step_reports_and_trains_policy_and_value_head_alone()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings());
        trainer.TotalSteps.Should().Be(2, "the last two of 14 prompts make no batch of 6");
        var frozen = model.BaseParameters().Values.SelectMany(VectorComparison.Doubles).ToArray();
        var before = trainer.StateTensors().Where(pair => pair.Key.StartsWith("parameter.", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => VectorComparison.Doubles(pair.Value));
        var first = trainer.Step(0, CancellationToken.None);
        first.Metrics["kl/mean"].Should().BeApproximately(0, 1e-5, "policy and reference are the same at first");
        first.Metrics["kl/coefficient"].Should().Be(0.2);
        first.Metrics["scores/mean"].Should().NotBe(0);
        first.Metrics.Keys.Should().Contain(
            ["loss", "gradient_norm", "learning_rate", "response_length/mean", "policy/entropy", "value/explained_variance"]);
        first.Metrics.Values.Should().OnlyContain(value => double.IsFinite(value));
        first.Tokens.Should().BePositive();
        first.Samples.Should().HaveCount(2);
        trainer.KlCoefficient.Should().NotBe(0.2, "the coefficient follows the target");
        model.BaseParameters().Values.SelectMany(VectorComparison.Doubles).Should().Equal(frozen);
        before.Keys.Should().Contain(["parameter.v_head.summary.weight", "parameter.v_head.summary.bias"]);
        trainer.Step(1, CancellationToken.None).Metrics["kl/mean"].Should().NotBe(0);
        foreach (var (name, values) in before)
        {
            VectorComparison.Doubles(trainer.StateTensors()[name]).Should().NotEqual(values, $"{name} is trained");
        }
    }

    /// <summary>One token has no variance to whiten by; nothing is trained on held-out responses.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_held_out_response_of_a_single_token_is_evaluated(bool whitenRewards)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var settings = PpoRuns.Settings() with
        {
            Sampler = new SamplerSettings { MaxNewTokens = 1 },
            WhitenRewards = whitenRewards,
        };
        using var trainer = PpoRuns.OnOneBase(
            policies, settings, parts: new PpoTrainerParts { EvaluationPrompts = TinyPolicies.Prompts(1) });

        var metrics = trainer.Evaluate(CancellationToken.None);

        metrics["response_length/mean"].Should().Be(1);
        metrics.Values.Should().OnlyContain(value => double.IsFinite(value));
    }

    [Fact]
    public void Parts_of_a_mini_batch_make_no_difference_unless_their_means_are_averaged()
    {
        double[] Run(int? micro, bool means)
        {
            using var scope = NewDisposeScope();
            using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
            using var trainer = PpoRuns.OnOneBase(
                policies,
                PpoRuns.Settings() with
                {
                    MicroBatchSize = micro,
                    LossNormalization = means ? LossNormalization.MicroBatches : LossNormalization.WholeBatch,
                    MiniBatchSize = null,
                    PpoEpochs = 1,
                });
            trainer.Step(0, CancellationToken.None);
            return
            [
                .. trainer.StateTensors().Where(pair => pair.Key.StartsWith("mean.", StringComparison.Ordinal))
                    .SelectMany(pair => VectorComparison.Doubles(pair.Value)),
            ];
        }

        double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
        var whole = Run(null, false);
        whole.Select(Math.Abs).Max().Should().BeGreaterThan(1e-3);
        Distance(Run(1, false), whole).Should().BeLessThan(1e-6);
        Distance(Run(4, false), whole).Should().BeLessThan(1e-6);
        Distance(Run(1, true), whole).Should().BeGreaterThan(1e-4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void The_score_stands_at_the_last_response_token_whatever_the_padding(long pad)
    {
        // Trap 4. Token 0 and token 3 are real tokens of the responses as well as padding.
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        using var head = ValueHead.Create(model.Config, 1, start: ValueHeadStart.Uniform);
        TinyPolicies.Disturb(policies, 0.5);
        Rollout[] rollouts = [new(new([1]), [2, 0], true), new(new([1, 2, 3]), [4, 3, 0, 3, 1], false), new(new([4, 4]), [3], true)];
        double[] scores = [5, 7, -2];
        var settings = PpoRuns.Settings() with { WhitenAdvantages = false, Gamma = 0.9 };
        using var together = RolloutMeasurement.Measure(policies, head, rollouts, settings.Sampler, pad: pad);
        using var targets = PpoTargets.Compute(together, scores, 0.3, settings);
        for (var row = 0; row < rollouts.Length; row++)
        {
            using var alone = RolloutMeasurement.Measure(policies, head, [rollouts[row]], settings.Sampler, pad: pad);
            using var own = PpoTargets.Compute(alone, [scores[row]], 0.3, settings);
            var length = rollouts[row].Response.Count;
            foreach (var of in new Func<PpoTargets, Tensor>[] { all => all.Rewards, all => all.Advantages, all => all.Returns! })
            {
                var (a, b) = (VectorComparison.Doubles(of(targets)[row])[..length], VectorComparison.Doubles(of(own)));
                a.Zip(b, (x, y) => Math.Abs(x - y)).Max().Should().BeLessThan(1e-5);
            }

            var (given, penalty) = (VectorComparison.Doubles(targets.Rewards[row]), VectorComparison.Doubles(targets.PenaltyRewards[row]));
            given.Zip(penalty, (x, y) => x - y).Select((value, t) => (value, t)).Where(entry => Math.Abs(entry.value) > 1e-6)
                .Should().ContainSingle()
                .Which.Should().BeEquivalentTo(
                    (scores[row], length - 1),
                    options => options.Using<double>(context => context.Subject.Should().BeApproximately(context.Expectation, 1e-5))
                        .WhenTypeIs<double>());
        }
    }

    [Fact]
    public void Resumed_runs_end_at_the_same_bits()
    {
        using var scope = NewDisposeScope();
        var settings = PpoRuns.Settings() with { Epochs = 2 };
        PolicyPair Policies() => TinyPolicies.OnOneBase(TinyPolicies.Config());
        var (one, two) = (Policies(), Policies());
        using var whole = PpoRuns.OnOneBase(one, settings);
        using var resumed = PpoRuns.OnOneBase(two, settings);
        whole.Step(0, CancellationToken.None);
        whole.Step(1, CancellationToken.None);
        var values = JsonNode.Parse(whole.StateValues().ToJsonString())!.AsObject();
        using (no_grad())
        {
            foreach (var (name, tensor) in resumed.StateTensors())
            {
                using var target = tensor.detach();
                target.copy_(whole.StateTensors()[name]);
            }
        }

        resumed.RestoreValues(values);
        for (var step = 2L; step < whole.TotalSteps; step++)
        {
            var (a, b) = (whole.Step(step, CancellationToken.None), resumed.Step(step, CancellationToken.None));
            b.Metrics.Should().BeEquivalentTo(a.Metrics);
        }

        PpoRuns.State(resumed).Should().Equal(PpoRuns.State(whole));
        resumed.KlCoefficient.Should().Be(whole.KlCoefficient);
        FluentActions.Invoking(() => resumed.RestoreValues([])).Should().Throw<ReproException>().WithMessage("*kl_coefficient*");
    }

    [Fact]
    public void A_failed_step_leaves_everything_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        // So large a rate makes the second update of the step meet numbers that are not finite.
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings(), rate: 1e30);
        var before = PpoRuns.State(trainer);
        var values = trainer.StateValues().ToJsonString();
        trainer.Invoking(own => own.Step(0, CancellationToken.None)).Should().Throw<ReproException>();
        PpoRuns.State(trainer).Should().Equal(before);
        trainer.StateValues().ToJsonString().Should().Be(values);
        model.Adapters.Active.Should().Be("policy");
        model.parameters().Should().OnlyContain(parameter => HasNoGradient(parameter));
    }

    [Fact]
    public void A_cancelled_step_leaves_everything_as_it_was()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        using var source = new CancellationTokenSource();
        var reward = new RuleReward(rollout =>
        {
            source.CancelAfter(0);
            source.Token.WaitHandle.WaitOne();
            return rollout.Response[0];
        });
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings(), reward: reward);
        var before = PpoRuns.State(trainer);
        trainer.Invoking(own => own.Step(0, source.Token)).Should().Throw<OperationCanceledException>();
        PpoRuns.State(trainer).Should().Equal(before);
    }

    [Fact]
    public void A_policy_that_ran_away_is_not_trained_on()
    {
        void Run(int? micro)
        {
            using var scope = NewDisposeScope();
            using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
            using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings() with { RatioThreshold = 1e-3, MicroBatchSize = micro });
            var before = PpoRuns.State(trainer);
            var report = trainer.Step(0, CancellationToken.None);
            report.Metrics["gradient_norm"].Should().Be(0);
            PpoRuns.State(trainer).Should().Equal(before);
        }

        Run(null);
        Run(2);
    }

    [Fact]
    public void Exported_parts_come_back()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        var model = policies.Policy.Language;
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings());
        trainer.Step(0, CancellationToken.None);
        trainer.Export(folder.Path);
        using var again = LanguageModel.Create(TinyPolicies.Config(), 3);
        again.Adapters.Load("policy", folder.Path);
        using var head = ValueHead.Load(folder.Path, again.Config);
        foreach (var (name, parameter) in again.Adapters.Parameters("policy"))
        {
            parameter.Equals(model.Adapters.Parameters("policy")[name]).Should().BeTrue();
        }

        head.Parameters().Values.SelectMany(VectorComparison.Doubles)
            .Should().Equal(trainer.ValueHead.Parameters().Values.SelectMany(VectorComparison.Doubles));
    }

    [Fact]
    public void A_thousand_steps_leave_no_tensor()
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config(6, 8));
        using var trainer = PpoRuns.OnOneBase(
            policies,
            PpoRuns.Settings() with
            {
                BatchSize = 2,
                MiniBatchSize = null,
                PpoEpochs = 1,
                Epochs = 200,
                Sampler = new SamplerSettings { MaxNewTokens = 1 },
            });
        trainer.TotalSteps.Should().BeGreaterThan(1000);
        trainer.Step(0, CancellationToken.None);
        var before = LiveTensors.Count;
        for (var step = 1L; step <= 1000; step++)
        {
            trainer.Step(step, CancellationToken.None);
        }

        LiveTensors.Count.Should().Be(before);
    }

    private static bool HasNoGradient(Tensor parameter)
    {
        using var gradient = parameter.grad;
        return gradient is null || gradient.abs().max().item<float>() == 0;
    }
}
