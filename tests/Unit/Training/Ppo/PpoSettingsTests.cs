using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.Rollouts;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Training.Ppo;

/// <summary>Trap 5: dead options.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PpoSettingsTests
{
    private static readonly PpoSettings _start = new()
    {
        Sampler = new SamplerSettings { MaxNewTokens = 3, StopTokens = [5], TopK = 5, TopP = 0.95 },
        BatchSize = 6,
        MiniBatchSize = 4,
        MicroBatchSize = 2,
        LossNormalization = LossNormalization.MicroBatches,
        ScoreClip = 3,
        PpoEpochs = 2,
    };

    [Fact]
    public void Every_setting_of_ppo_does_something() => SettingsCoverage.Check(
        _start,
        new Dictionary<string, Func<PpoSettings, PpoSettings>>
        {
            [nameof(PpoSettings.BatchSize)] = settings => settings with { BatchSize = 5 },
            [nameof(PpoSettings.MiniBatchSize)] = settings => settings with { MiniBatchSize = null },
            [nameof(PpoSettings.MicroBatchSize)] = settings => settings with { MicroBatchSize = 1 },
            [nameof(PpoSettings.LossNormalization)] = settings => settings with { LossNormalization = LossNormalization.WholeBatch },
            [nameof(PpoSettings.PpoEpochs)] = settings => settings with { PpoEpochs = 1 },
            [nameof(PpoSettings.Epochs)] = settings => settings with { Epochs = 2 },
            [nameof(PpoSettings.Gamma)] = settings => settings with { Gamma = 0.9 },
            [nameof(PpoSettings.Lambda)] = settings => settings with { Lambda = 0.5 },
            [nameof(PpoSettings.PolicyClip)] = settings => settings with { PolicyClip = 0.01 },
            [nameof(PpoSettings.ValueClip)] = settings => settings with { ValueClip = 0.001 },
            [nameof(PpoSettings.ValueCoefficient)] = settings => settings with { ValueCoefficient = 0.5 },
            [nameof(PpoSettings.RatioThreshold)] = settings => settings with { RatioThreshold = 0.1 },
            [nameof(PpoSettings.ScoreClip)] = settings => settings with { ScoreClip = 0.5 },
            [nameof(PpoSettings.WhitenRewards)] = settings => settings with { WhitenRewards = true },
            [nameof(PpoSettings.WhitenAdvantages)] = settings => settings with { WhitenAdvantages = false },
            [nameof(PpoSettings.ValueHead)] = settings => settings with { ValueHead = ValueHeadStart.Zero },
            [nameof(PpoSettings.Kl)] = settings => settings with { Kl = new KlSettings { Coefficient = 1 } },
            [nameof(PpoSettings.Sampler)] = settings => settings with { Sampler = settings.Sampler with { Temperature = 2 } },
        },
        Result,
        nameof(PpoSettings.EarlyStopping),
        nameof(PpoSettings.TargetKl));

    [Fact]
    public void A_target_kl_that_is_passed_ends_the_passes_of_a_step_where_early_stopping_is_on()
    {
        // At the first pass over the whole step nothing has moved yet: the earliest end is after the second one.
        List<double> After(int passes, bool early, double target) =>
            State(_start with { MiniBatchSize = null, PpoEpochs = passes, EarlyStopping = early, TargetKl = target });
        var all = After(4, false, 1);
        After(4, true, 1e-5).Should().Equal(After(2, false, 1)).And.NotEqual(all);
        After(4, true, 1e9).Should().Equal(all);
        After(4, false, 1e-5).Should().Equal(all);
    }

    [Fact]
    public void Every_setting_of_the_kl_does_something() => SettingsCoverage.Check(
        // The horizon is that of the default: a coefficient that stays reads none.
        new KlSettings { Penalty = KlPenalty.LowVariance },
        new Dictionary<string, Func<KlSettings, KlSettings>>
        {
            [nameof(KlSettings.Penalty)] = kl => kl with { Penalty = KlPenalty.Full },
            [nameof(KlSettings.Coefficient)] = kl => kl with { Coefficient = 0.1 },
            [nameof(KlSettings.Adaptive)] = kl => kl with { Adaptive = false },
            [nameof(KlSettings.Target)] = kl => kl with { Target = 1e-3 },
            [nameof(KlSettings.Horizon)] = kl => kl with { Horizon = 50 },
        },
        kl => Result(_start with { Kl = kl }));

    [Fact]
    public void Every_setting_of_the_sampler_does_something() => SettingsCoverage.Check(
        _start.Sampler,
        new Dictionary<string, Func<SamplerSettings, SamplerSettings>>
        {
            [nameof(SamplerSettings.MaxNewTokens)] = sampler => sampler with { MaxNewTokens = 2 },
            [nameof(SamplerSettings.Temperature)] = sampler => sampler with { Temperature = 0.5 },
            [nameof(SamplerSettings.TopK)] = sampler => sampler with { TopK = 2 },
            [nameof(SamplerSettings.TopP)] = sampler => sampler with { TopP = 0.4 },
            [nameof(SamplerSettings.StopTokens)] = sampler => sampler with { StopTokens = [] },
        },
        sampler => Result(_start with { Sampler = sampler }));

    [Theory]
    [InlineData(KlPenalty.LogRatio)]
    [InlineData(KlPenalty.Absolute)]
    [InlineData(KlPenalty.HalfSquare)]
    [InlineData(KlPenalty.LowVariance)]
    [InlineData(KlPenalty.Full)]
    public void Penalty_and_report_share_one_estimator(KlPenalty kind)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.5);
        using var trainer = PpoRuns.OnOneBase(
            policies, PpoRuns.Settings() with { Kl = new KlSettings { Penalty = kind, Coefficient = 0.3, Adaptive = false } });
        var metrics = trainer.Step(0, CancellationToken.None).Metrics;
        // The penalty's share of the rewards of a response is what is reported, times the coefficient.
        (metrics["rewards/mean"] - metrics["scores/mean"]).Should().BeApproximately(-0.3 * metrics["kl/mean"], 1e-4);
        metrics["kl/mean"].Should().NotBe(0);
        if (kind is not (KlPenalty.LogRatio))
        {
            metrics["kl/mean"].Should().BePositive();
        }
    }

    private static List<double> State(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.3);
        using var trainer = PpoRuns.OnOneBase(policies, settings, rate: 0.05);
        trainer.Step(0, CancellationToken.None);
        return [.. PpoRuns.State(trainer)];
    }

    private static List<double> Result(PpoSettings settings)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.3);
        using var trainer = PpoRuns.OnOneBase(policies, settings, rate: 0.05);
        var result = new List<double> { trainer.TotalSteps };
        for (var step = 0L; step < 2; step++)
        {
            result.AddRange(
                trainer.Step(step, CancellationToken.None).Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => pair.Value));
        }

        result.AddRange(PpoRuns.State(trainer));
        return result;
    }
}
