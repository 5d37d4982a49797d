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
    private static readonly PpoTrainingSettings _start = new()
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
    public void EverySettingOfPpoDoesSomething() => SettingsCoverage.Check(
        _start,
        new Dictionary<string, Func<PpoTrainingSettings, PpoTrainingSettings>>
        {
            [nameof(PpoTrainingSettings.BatchSize)] = settings => settings with { BatchSize = 5 },
            [nameof(PpoTrainingSettings.MiniBatchSize)] = settings => settings with { MiniBatchSize = null },
            [nameof(PpoTrainingSettings.MicroBatchSize)] = settings => settings with { MicroBatchSize = 1 },
            [nameof(PpoTrainingSettings.LossNormalization)] = settings => settings with { LossNormalization = LossNormalization.WholeBatch },
            [nameof(PpoTrainingSettings.PpoEpochs)] = settings => settings with { PpoEpochs = 1 },
            [nameof(PpoTrainingSettings.Epochs)] = settings => settings with { Epochs = 2 },
            [nameof(PpoTrainingSettings.Gamma)] = settings => settings with { Gamma = 0.9 },
            [nameof(PpoTrainingSettings.Lambda)] = settings => settings with { Lambda = 0.5 },
            [nameof(PpoTrainingSettings.PolicyClip)] = settings => settings with { PolicyClip = 0.01 },
            [nameof(PpoTrainingSettings.ValueClip)] = settings => settings with { ValueClip = 0.001 },
            [nameof(PpoTrainingSettings.ValueCoefficient)] = settings => settings with { ValueCoefficient = 0.5 },
            [nameof(PpoTrainingSettings.RatioThreshold)] = settings => settings with { RatioThreshold = 0.1 },
            [nameof(PpoTrainingSettings.ScoreClip)] = settings => settings with { ScoreClip = 0.5 },
            [nameof(PpoTrainingSettings.WhitenRewards)] = settings => settings with { WhitenRewards = true },
            [nameof(PpoTrainingSettings.WhitenAdvantages)] = settings => settings with { WhitenAdvantages = false },
            [nameof(PpoTrainingSettings.ValueHead)] = settings => settings with { ValueHead = ValueHeadStart.Zero },
            [nameof(PpoTrainingSettings.Kl)] = settings => settings with { Kl = new KlSettings { Coefficient = 1 } },
            [nameof(PpoTrainingSettings.Sampler)] = settings => settings with { Sampler = settings.Sampler with { Temperature = 2 } },
        },
        Result);

    [Fact]
    public void EverySettingOfTheKlDoesSomething() => SettingsCoverage.Check(
        new KlSettings { Horizon = 100, Penalty = KlPenaltyKind.LowVariance },
        new Dictionary<string, Func<KlSettings, KlSettings>>
        {
            [nameof(KlSettings.Penalty)] = kl => kl with { Penalty = KlPenaltyKind.Full },
            [nameof(KlSettings.Coefficient)] = kl => kl with { Coefficient = 0.1 },
            [nameof(KlSettings.Adaptive)] = kl => kl with { Adaptive = false },
            [nameof(KlSettings.Target)] = kl => kl with { Target = 1e-3 },
            [nameof(KlSettings.Horizon)] = kl => kl with { Horizon = 50 },
        },
        kl => Result(_start with { Kl = kl }));

    [Fact]
    public void EverySettingOfTheSamplerDoesSomething() => SettingsCoverage.Check(
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
    [InlineData(KlPenaltyKind.LogRatio)]
    [InlineData(KlPenaltyKind.Absolute)]
    [InlineData(KlPenaltyKind.HalfSquare)]
    [InlineData(KlPenaltyKind.LowVariance)]
    [InlineData(KlPenaltyKind.Full)]
    public void PenaltyAndReportShareOneEstimator(KlPenaltyKind kind)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.5);
        using var trainer = PpoRuns.OnOneBase(policies, PpoRuns.Settings() with { Kl = new KlSettings { Penalty = kind, Coefficient = 0.3, Adaptive = false } });
        var metrics = trainer.Step(0, CancellationToken.None).Metrics;
        // The penalty's share of the rewards of a response is what is reported, times the coefficient.
        (metrics["rewards/mean"] - metrics["scores/mean"]).Should().BeApproximately(-0.3 * metrics["kl/mean"], 1e-4);
        metrics["kl/mean"].Should().NotBe(0);
        if (kind is not (KlPenaltyKind.LogRatio))
        {
            metrics["kl/mean"].Should().BePositive();
        }
    }

    private static List<double> Result(PpoTrainingSettings settings)
    {
        using var scope = NewDisposeScope();
        using var policies = TinyPolicies.OnOneBase(TinyPolicies.Config());
        TinyPolicies.Disturb(policies, 0.3);
        using var trainer = PpoRuns.OnOneBase(policies, settings, rate: 0.05);
        var result = new List<double> { trainer.TotalSteps };
        for (var step = 0L; step < 2; step++)
        {
            result.AddRange(trainer.Step(step, CancellationToken.None).Metrics.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value));
        }

        result.AddRange(PpoRuns.State(trainer));
        return result;
    }
}
