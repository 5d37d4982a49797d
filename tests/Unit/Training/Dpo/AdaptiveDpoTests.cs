using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Training;
using Repro.Core.Training.Dpo;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Rollouts;
using static Repro.Tests.Unit.Training.Dpo.DpoRuns;

namespace Repro.Tests.Unit.Training.Dpo;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdaptiveDpoTests
{
    /// <summary>
    /// With a policy that is its reference no token lies above the baseline: preferred responses keep nothing, and the loss is that of
    /// log-ratios of 0.
    /// </summary>
    [Theory]
    [InlineData(AdaptiveDpoReading.Tokens)]
    [InlineData(AdaptiveDpoReading.Pairs)]
    public void Ipo_under_adaptive_tokens_goes_on_where_a_response_keeps_none(AdaptiveDpoReading reading)
    {
        var loss = new AdaptivePairLoss(new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Ipo }), reading,
            new AdaptiveTokens(new AdaptiveSettings()));
        using var trainer = Trainer(4, epochs: 2, own: loss);
        var first = trainer.Step(0, CancellationToken.None).Metrics["loss"];
        if (reading == AdaptiveDpoReading.Tokens)
        {
            first.Should().BeApproximately(25, 1e-3, "(0 - 1 / (2 * 0.1))^2");
        }

        for (var step = 1; step < trainer.TotalSteps; step++)
        {
            double.IsFinite(trainer.Step(step, CancellationToken.None).Metrics["loss"]).Should().BeTrue();
        }
    }

    /// <summary>
    /// A baseline that is fixed chooses the tokens of a row without the other rows, so that a batch may go through the model in parts.
    /// </summary>
    [Theory]
    [InlineData(AdaptiveDpoReading.Tokens, DpoLossKind.Sigmoid)]
    [InlineData(AdaptiveDpoReading.Tokens, DpoLossKind.Ipo)]
    [InlineData(AdaptiveDpoReading.Pairs, DpoLossKind.Sigmoid)]
    public void Parts_of_a_batch_of_adpo_with_a_fixed_baseline_add_up(AdaptiveDpoReading reading, DpoLossKind kind)
    {
        using var judge = ScoreModel.Create(TinyModels.Config(ModelArchitecture.Llama), 8);
        // A beta of 1 keeps the slope of IPO near 1, so that the bound means the same for each loss.
        var plain = new DpoPairLoss(new DpoLossSettings { Kind = kind, Beta = 1 });
        AdaptivePairLoss Adaptive(ThresholdKind threshold) => new(
            plain, reading, new AdaptiveTokens(new AdaptiveSettings { Rewards = TokenRewardSource.RewardModel, Threshold = threshold }));
        (double Loss, Dictionary<string, double[]> Gradient) First(int? micro, bool grouped, IPairLoss loss)
        {
            using var trainer = Trainer(8, micro, grouped: grouped, own: loss, judge: judge);
            return (trainer.Step(0, CancellationToken.None).Metrics["loss"], TrainingRuns.FirstGradient(trainer));
        }

        var whole = First(null, false, Adaptive(ThresholdKind.Fixed));
        foreach (var (micro, grouped) in new (int?, bool)[] { (1, false), (2, false), (4, false), (null, true), (3, true) })
        {
            var parts = First(micro, grouped, Adaptive(ThresholdKind.Fixed));
            parts.Loss.Should().BeApproximately(whole.Loss, 1e-6);
            TrainingRuns.Distance(parts.Gradient, whole.Gradient).Should().BeLessThan(1e-6);
        }

        TrainingRuns.Distance(First(null, false, plain).Gradient, whole.Gradient).Should()
            .BeGreaterThan(1e-4, "the mask keeps some tokens and drops others");
        foreach (var statistic in new[] { ThresholdKind.BatchMean, ThresholdKind.Quantile, ThresholdKind.RunningMean })
        {
            Adaptive(statistic).NeedsWholeBatch.Should().BeTrue();
        }

        Adaptive(ThresholdKind.Fixed).NeedsWholeBatch.Should().BeFalse();
        new AdaptivePairLoss(new DpoPairLoss(new DpoLossSettings { Kind = DpoLossKind.Aot }), reading,
            new AdaptiveTokens(new AdaptiveSettings { Threshold = ThresholdKind.Fixed }))
            .NeedsWholeBatch.Should().BeTrue("the loss itself compares pairs");
    }
}
