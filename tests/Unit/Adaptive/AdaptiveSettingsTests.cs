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
