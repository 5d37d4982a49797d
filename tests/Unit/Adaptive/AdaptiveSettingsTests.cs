using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Models;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Ppo;
using Repro.Core.Training.RejectionSampling;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Dpo;
using Repro.Tests.Unit.Training.Ppo;
using Repro.Tests.Unit.Training.Rollouts;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Adaptive;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdaptiveSettingsTests
{
    [Fact]
    public void Every_adaptive_setting_does_something()
    {
        var start = new AdaptiveSettings { Delta = 0.2, Threshold = ThresholdKind.RunningMean };
        Dictionary<string, Func<AdaptiveSettings, AdaptiveSettings>> Only(
            string name, Func<AdaptiveSettings, AdaptiveSettings> change) => new() { [name] = change };
        string[] others(string name) =>
        [
            .. typeof(AdaptiveSettings).GetProperties().Where(property => property.CanWrite).Select(property => property.Name)
                .Where(other => other != name),
        ];
        void One(string name, AdaptiveSettings from, Func<AdaptiveSettings, AdaptiveSettings> change) =>
            SettingsCoverage.Check(from, Only(name, change), Kept, others(name));
        One(nameof(AdaptiveSettings.Rewards), start, settings => settings with { Rewards = TokenRewardSource.TemporalDifference });
        One(nameof(AdaptiveSettings.Beta), start, settings => settings with { Beta = 5 });
        One(nameof(AdaptiveSettings.Threshold), start, settings => settings with { Threshold = ThresholdKind.Fixed });
        One(nameof(AdaptiveSettings.Momentum), start, settings => settings with { Momentum = 0 });
        One(nameof(AdaptiveSettings.Delta), start, settings => settings with { Delta = 2 });
        One(nameof(AdaptiveSettings.Memory), start, settings => settings with { Memory = false });
        One(nameof(AdaptiveSettings.Value), start with { Threshold = ThresholdKind.Fixed }, settings => settings with { Value = 1 });
        One(
            nameof(AdaptiveSettings.Quantile), start with { Threshold = ThresholdKind.Quantile },
            settings => settings with { Quantile = 0.9 });
    }

    /// <summary>As a program sets them; those of a file are refused by key when they are read.</summary>
    [Fact]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        static void Refused(AdaptiveSettings settings, string name) => FluentActions.Invoking(() => new AdaptiveTokens(settings))
            .Should().Throw<ArgumentOutOfRangeException>().WithParameterName(name);
        Refused(new AdaptiveSettings { Beta = 0 }, nameof(AdaptiveSettings.Beta));
        Refused(new AdaptiveSettings { Quantile = 1.01 }, nameof(AdaptiveSettings.Quantile));
        Refused(new AdaptiveSettings { Quantile = -0.01 }, nameof(AdaptiveSettings.Quantile));
        Refused(new AdaptiveSettings { Momentum = 1 }, nameof(AdaptiveSettings.Momentum));
        Refused(new AdaptiveSettings { Momentum = -0.01 }, nameof(AdaptiveSettings.Momentum));
        Refused(new AdaptiveSettings { Delta = -0.01 }, nameof(AdaptiveSettings.Delta));
        Refused(new AdaptiveSettings { Value = double.NaN }, nameof(AdaptiveSettings.Value));
        Refused(new AdaptiveSettings { Value = double.PositiveInfinity }, nameof(AdaptiveSettings.Value));
        FluentActions.Invoking(() => new AdaptiveTokens(new AdaptiveSettings { Beta = 1e-9, Quantile = 1, Momentum = 0, Value = -1e300 }))
            .Should().NotThrow();
        FluentActions.Invoking(() => new AdaptiveTokens(null!)).Should().Throw<ArgumentNullException>();
    }

    [Fact]
    public void A_trainer_refuses_token_rewards_that_it_cannot_have()
    {
        static AdaptiveSettings From(TokenRewardSource source) => new() { Rewards = source };
        static void Refused(AdaptiveFormSettings settings, string message) =>
            settings.Invoking(one => one.Check()).Should().Throw<ReproException>().WithMessage(message);
        var (ratio, error, model) =
            (From(TokenRewardSource.LogRatio), From(TokenRewardSource.TemporalDifference), From(TokenRewardSource.RewardModel));
        Refused(
            new AdaptiveDpoSettings { Tokens = error },
            "adaptive.tokens.rewards must be log-ratio or reward-model for this trainer, found td-error.");
        Refused(new AdaptiveSamplingSettings(), "adaptive.tokens.rewards must be reward-model for this trainer, found log-ratio.");
        Refused(
            new AdaptiveDpoSettings { Tokens = model }, "adaptive.reward_model is missing; adaptive.tokens.rewards asks for it.");
        Refused(
            new AdaptivePpoSettings { Tokens = error, RewardModel = "model" },
            "adaptive.reward_model is not used: adaptive.tokens.rewards is td-error.");
        Refused(
            new AdaptiveDpoSettings { Tokens = ratio, RewardModel = "model" },
            "adaptive.reward_model is not used: adaptive.tokens.rewards is log-ratio.");
        Refused(
            new AdaptiveDpoSettings { Tokens = ratio with { Value = 1 } },
            "adaptive.tokens.value belongs to threshold: fixed; leave it out.");
        Refused(
            new AdaptiveDpoSettings { Tokens = ratio with { Quantile = 0.2, Threshold = ThresholdKind.Fixed } },
            "adaptive.tokens.quantile belongs to threshold: quantile; leave it out.");
        Refused(
            new AdaptiveDpoSettings { Tokens = ratio with { Momentum = 0 } },
            "adaptive.tokens.momentum belongs to threshold: running-mean; leave it out.");
        Refused(
            new AdaptivePpoSettings { Tokens = error with { Beta = 2 } },
            "adaptive.tokens.beta belongs to rewards: log-ratio; leave it out.");
        Refused(
            new AdaptivePpoSettings { Tokens = error with { Threshold = ThresholdKind.Fixed, Value = 1 } },
            "adaptive.tokens.threshold belongs to rewards: log-ratio or reward-model; leave it out.");
        Refused(
            new AdaptivePpoSettings { Tokens = error with { Quantile = 0.2 } },
            "adaptive.tokens.quantile belongs to rewards: log-ratio or reward-model; leave it out.");
        AdaptiveFormSettings[] sound =
        [
            new AdaptiveDpoSettings(), new AdaptivePpoSettings { Tokens = error },
            new AdaptiveDpoSettings { Tokens = ratio with { Beta = 2, Value = 1, Threshold = ThresholdKind.Fixed } },
            new AdaptiveDpoSettings { Tokens = ratio with { Quantile = 0.2, Threshold = ThresholdKind.Quantile } },
            new AdaptiveDpoSettings { Tokens = ratio with { Momentum = 0, Threshold = ThresholdKind.RunningMean } },
            new AdaptiveSamplingSettings { Tokens = model, RewardModel = "model" },
            new AdaptivePpoSettings { Tokens = model, RewardModel = "model" },
        ];
        Array.ForEach(sound, settings => settings.Invoking(one => one.Check()).Should().NotThrow());
    }

    [Fact]
    public void Every_setting_of_online_dpo_does_something() => SettingsCoverage.Check(
        OnlineRuns.DpoSettings(),
        new Dictionary<string, Func<OnlineDpoSettings, OnlineDpoSettings>>
        {
            [nameof(OnlineDpoSettings.Sampler)] = settings => settings with { Sampler = settings.Sampler with { Temperature = 2 } },
            [nameof(OnlineDpoSettings.BatchSize)] = settings => settings with { BatchSize = 3 },
            [nameof(OnlineDpoSettings.Epochs)] = settings => settings with { Epochs = 2 },
            [nameof(OnlineDpoSettings.PolicySamples)] = settings => settings with { PolicySamples = 3 },
            [nameof(OnlineDpoSettings.ReferenceSamples)] = settings => settings with { ReferenceSamples = 0 },
        },
        settings =>
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var trainer = OnlineRuns.Dpo(OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora), settings);
            return [trainer.TotalSteps, .. trainer.Step(0, CancellationToken.None).Metrics.Values, .. PpoRuns.State(trainer)];
        },
        // Memory alone: results do not depend on them but for rounding.
        nameof(OnlineDpoSettings.MicroBatchSize),
        nameof(OnlineDpoSettings.HeadMemory));

    [Fact]
    public void Every_setting_of_rejection_sampling_does_something() => SettingsCoverage.Check(
        OnlineRuns.RsSettings(),
        new Dictionary<string, Func<RejectionSamplingSettings, RejectionSamplingSettings>>
        {
            [nameof(RejectionSamplingSettings.Sampler)] = settings => settings with { Sampler = settings.Sampler with { Temperature = 2 } },
            [nameof(RejectionSamplingSettings.BatchSize)] = settings => settings with { BatchSize = 3 },
            [nameof(RejectionSamplingSettings.Samples)] = settings => settings with { Samples = 2 },
            [nameof(RejectionSamplingSettings.LeastScore)] = settings => settings with { LeastScore = 1.5 },
            [nameof(RejectionSamplingSettings.Epochs)] = settings => settings with { Epochs = 2 },
            [nameof(RejectionSamplingSettings.Beta)] = settings => settings with { Beta = 0 },
        },
        settings =>
        {
            using var scope = NewDisposeScope();
            using var folder = new TemporaryFolder();
            using var trainer = OnlineRuns.Rs(OnlineRuns.Model(folder, TinyPolicies.Config(), TinyPolicies.Lora), settings);
            var first = trainer.Step(0, CancellationToken.None).Metrics.Values.ToArray();
            return [trainer.TotalSteps, .. first, .. trainer.Step(1, CancellationToken.None).Metrics.Values, .. PpoRuns.State(trainer)];
        },
        nameof(RejectionSamplingSettings.MicroBatchSize));

    // Which tokens APPO keeps in two steps of a policy that has left its reference.
    private static List<double> Kept(AdaptiveSettings settings)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.5);
        using var trainer = PpoRuns.OnOneBase(
            policies, PpoRuns.Settings(),
            parts: new PpoTrainerParts { Adaptive = new AdaptivePpoMask(settings, PreferredBy.Advantage, 1) });
        List<double> kept =
            [trainer.Step(0, CancellationToken.None).Metrics["mask/kept"], trainer.Step(1, CancellationToken.None).Metrics["mask/kept"]];
        // A running baseline that moved decides on later steps, even where it passed over no token in these two.
        var baseline = trainer.StateValues()["adaptive"]!["baseline"]?.GetValue<double>() ?? 0;
        return [.. kept, baseline, .. PpoRuns.State(trainer)];
    }
}
