using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Rewards;

/// <summary>Thresholds, combinations and scores on numbers that can be checked by hand.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardTests
{
    [Fact]
    public void Thresholds_look_at_counted_rewards_only()
    {
        using var scope = NewDisposeScope();
        var rewards = tensor(new[] { 1, 4, double.NaN, 2, 3, double.PositiveInfinity }).reshape(2, 3);
        var mask = tensor(new long[] { 1, 1, 0, 1, 1, 0 }).reshape(2, 3);
        Values(new FixedThreshold(0.5).For(rewards, mask)).Should().Equal(0.5);
        Values(new BatchMeanThreshold().For(rewards, mask)).Should().Equal(2.5);
        Values(new QuantileThreshold(0.5).For(rewards, mask)).Should().Equal(2.5);
        Values(new QuantileThreshold(0).For(rewards, mask)).Should().Equal(1);
        Values(new QuantileThreshold(1).For(rewards, mask)).Should().Equal(4);
    }

    [Fact]
    public void The_running_mean_starts_at_the_first_batch()
    {
        using var scope = NewDisposeScope();
        var threshold = new RunningMeanThreshold(0.75);
        var mask = ones(1, 2);
        Values(threshold.For(tensor(new[] { 1.0, 3.0 }).reshape(1, 2), mask)).Should().Equal(2);
        Values(threshold.For(tensor(new[] { 5.0, 7.0 }).reshape(1, 2), mask)).Should().Equal(3);
        threshold.Value.Should().Be(3);
    }

    [Fact]
    public void The_threshold_of_the_temporal_difference_has_the_sign_of_its_error()
    {
        using var scope = NewDisposeScope();
        var (rewards, values, mask) = (
            tensor(new[] { 1.0, 0.0, 2.0 }).reshape(1, 3), tensor(new[] { 0.5, 1.0, 4.0 }).reshape(1, 3), ones(1, 3));
        var threshold = new TemporalDifferenceThreshold(values, 0.5).For(rewards, mask);
        Values(threshold).Should().Equal(0, -1, 4);
        Values(AdaptiveMask.Chosen(rewards, threshold, mask)).Should().Equal(1, 1, 0);
    }

    [Fact]
    public void The_ternary_mask_calls_its_bounds_neutral()
    {
        using var scope = NewDisposeScope();
        var rewards = tensor(new[] { 0.25, 0.5, 0.75, 1.0 }).reshape(1, 4);
        Values(AdaptiveMask.Ternary(rewards, tensor(0.625), 0.125, ones(1, 4))).Should().Equal(-1, 0, 0, 1);
    }

    [Fact]
    public void Rewards_are_combined_by_weight()
    {
        using var scope = NewDisposeScope();
        var (preference, absolute) = (tensor(new[] { 4.0, 0.0 }), tensor(new[] { 0.0, 8.0 }));
        Values(RewardCombination.Raw(preference, absolute, 0.25)).Should().Equal(1, 6);
        Values(RewardCombination.Raw(preference, absolute, 0)).Should().Equal(0, 8);
        Values(RewardCombination.Raw(preference, absolute, 1)).Should().Equal(4, 0);
    }

    [Fact]
    public void Dense_rewards_come_from_a_head_or_from_log_ratios()
    {
        using var scope = NewDisposeScope();
        var (policy, reference, mask) = (
            tensor(new[] { -1.0, -2.0, double.NaN }).reshape(1, 3), tensor(new[] { -3.0, -1.0, 0.0 }).reshape(1, 3),
            tensor(new long[] { 1, 1, 0 }).reshape(1, 3));
        Values(DenseRewards.FromLogRatio(policy, reference, mask, 0.5)).Should().Equal(1, -0.5, 0);
        Values(DenseRewards.FromHead(policy, mask)).Should().Equal(-1, -2, 0);
    }

    [Fact]
    public void Group_advantages_compare_the_responses_of_one_prompt()
    {
        using var scope = NewDisposeScope();
        var rewards = tensor(new[] { 1.0, 3.0, 5.0, 5.0 });
        Values(GroupAdvantages.Centred(rewards, 2)).Should().Equal(-1, 1, 0, 0);
        var standardised = Values(GroupAdvantages.Standardised(rewards, 2));
        standardised[1].Should().BeApproximately(1 / (Math.Sqrt(2) + 1e-4), 1e-12);
        standardised[2].Should().Be(0);
        FluentActions.Invoking(() => GroupAdvantages.Centred(rewards, 3))
            .Should().Throw<ReproException>().WithMessage("*4 responses*group size 3*");
    }

    /// <summary>Two groups of three: rewards 1, 3, 5 (mean 3, sample deviation 2) and 7, 7, 4 (mean 6). The others of 1 have the mean 4, so
    /// that its leave-one-out advantage is -3; of 3 it is 3 - 3, of 5 it is 5 - 2. The deviation of all six, whose mean is 4.5, is
    /// sqrt((3.5^2 + 1.5^2 + 0.5^2 + 2.5^2 + 2.5^2 + 0.5^2) / 5) = sqrt(5.5).</summary>
    [Fact]
    public void Group_advantages_of_every_kind()
    {
        using var scope = NewDisposeScope();
        var rewards = tensor(new[] { 1.0, 3.0, 5.0, 7.0, 7.0, 4.0 });
        Values(GroupAdvantages.Standardised(rewards, 3))[..3].Should().Equal(-2 / 2.0001, 0, 2 / 2.0001);
        Values(GroupAdvantages.LeaveOneOut(rewards, 3)).Should().Equal(-3, 0, 3, 1.5, 1.5, -3);
        var scaled = Values(GroupAdvantages.ScaledByBatch(rewards, 3));
        scaled.Zip([-2.0, 0, 2, 1, 1, -2], (found, centred) => Math.Abs(found - (centred / (Math.Sqrt(5.5) + 1e-4)))).Max()
            .Should().BeLessThan(1e-12);
        var normalised = Values(GroupAdvantages.Normalised(tensor(new[] { 1.0, 2.0, 6.0 })));
        normalised.Zip([-2.0, -1, 3], (found, centred) => Math.Abs(found - (centred / (Math.Sqrt(7) + 1e-4)))).Max()
            .Should().BeLessThan(1e-12);
    }

    [Fact]
    public void Labels_are_aggregated_and_negative_sums_dropped()
    {
        var labels = new Dictionary<string, double> { ["creativity"] = 0.5, ["helpfulness"] = 1, ["toxicity"] = 0.2, ["quality"] = 0.75 };
        var aggregation = new LabelAggregation(
            new Dictionary<string, double> { ["creativity"] = 0.15, ["helpfulness"] = 0.35, ["toxicity"] = -0.1, ["quality"] = 0.4 });
        aggregation.Score(labels).Should().BeApproximately(0.075 + 0.35 - 0.02 + 0.3, 1e-12);
        new LabelAggregation(new Dictionary<string, double> { ["toxicity"] = -1 }).Score(labels).Should().BeNull();
        new LabelAggregation(new Dictionary<string, double> { ["toxicity"] = -1 })
            .Score(new Dictionary<string, double> { ["toxicity"] = 0 }).Should().Be(0);
        FluentActions.Invoking(() => new LabelAggregation(new Dictionary<string, double> { ["quality"] = 0.9 }))
            .Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => aggregation.Score(new Dictionary<string, double>()))
            .Should().Throw<ReproException>().WithMessage("*'creativity'*");
    }

    [Theory]
    [InlineData(0.4, 1, true, 0.4)]
    [InlineData(0.4, 0.5, true, 0.275)]
    [InlineData(0.4, 0.9, false, 0.2)]
    [InlineData(0.1, -1, true, 0)]
    public void A_paraphrase_loses_score_with_its_distance(double original, double similarity, bool sameLanguage, double expected) =>
        new ParaphraseScore().Adjust(original, similarity, sameLanguage).Should().BeApproximately(expected, 1e-12);

    private static double[] Values(Tensor tensor) => VectorComparison.Doubles(tensor);
}
