using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Adaptive;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class AdaptiveTokensTests
{
    private static readonly double[,] _rewards = { { 3, 1.2, 0.9, -2, 1.05, 7 }, { 0.5, 2, 1.1, 0.95, 1, 9 } };
    private static readonly bool[,] _counted = { { true, true, true, true, true, false }, { true, true, true, true, false, true } };

    [Theory]
    [InlineData(0.0, true, "11001")]
    [InlineData(0.3, true, "11100")]
    [InlineData(0.3, false, "1xx0x")]
    public void Tokens_are_kept_by_the_baseline_and_its_neutral_zone(double delta, bool memory, string states)
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = 1, Delta = delta, Memory = memory };
        var (rewards, mask) = (tensor(_rewards), tensor(_counted));
        var chosen = new AdaptiveTokens(settings).Mask(rewards, mask, ones_like(mask));
        var rejected = new AdaptiveTokens(settings).Mask(rewards, mask, zeros_like(mask));
        // 1: good, so kept where the sample is preferred; 0: bad, kept where it is rejected; x: neither.
        for (var t = 0; t < states.Length; t++)
        {
            chosen[0, t].item<bool>().Should().Be(states[t] == '1', Invariant($"token {t}"));
            rejected[0, t].item<bool>().Should().Be(states[t] == '0', Invariant($"token {t}"));
        }

        chosen[0, 5].item<bool>().Should().BeFalse();
        rejected[0, 5].item<bool>().Should().BeFalse();
    }

    [Fact]
    public void Positions_that_do_not_count_do_not_interrupt_a_segment()
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = 0, Delta = 1 };
        var rewards = tensor(new double[,] { { 2, -9, 0.5, -0.5 } });
        var mask = tensor(new[,] { { true, false, true, true } });
        new AdaptiveTokens(settings).Mask(rewards, mask, ones_like(mask)).data<bool>().ToArray().Should().Equal(true, false, true, true);
    }

    /// <summary>Each row is a sequence of its own. Row 1 begins inside the zone of 1 +- 0.3, where the first token that leaves it decides
    /// the state of those before.</summary>
    [Fact]
    public void Every_row_has_its_own_memory_and_an_empty_one_keeps_nothing()
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = 1, Delta = 0.3 };
        var rewards = tensor(new double[,] { { 3, 0.9, -2 }, { -1, 1.1, 5 }, { 9, 9, 9 } });
        var mask = tensor(new[,] { { true, true, true }, { true, true, true }, { false, false, false } });
        new AdaptiveTokens(settings).Mask(rewards, mask, ones_like(mask)).data<bool>().ToArray().Should()
            .Equal(true, true, false, false, false, true, false, false, false);
        new AdaptiveTokens(settings).Mask(rewards, mask, zeros_like(mask)).data<bool>().ToArray().Should()
            .Equal(false, false, true, true, true, false, false, false, false);
    }

    /// <summary>Without a zone there is no memory: a reward at the baseline is a bad token (ADR Eq. 13), whatever came before.</summary>
    [Fact]
    public void A_reward_at_the_baseline_is_bad_without_a_neutral_zone()
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = 1 };
        var (rewards, mask) = (tensor(new double[,] { { 2, 1, 0 } }), ones([1, 3], ScalarType.Bool));
        new AdaptiveTokens(settings).Mask(rewards, mask, ones_like(mask)).data<bool>().ToArray().Should().Equal(true, false, false);
        new AdaptiveTokens(settings).Mask(rewards, mask, zeros_like(mask)).data<bool>().ToArray().Should().Equal(false, true, true);
    }

    [Fact]
    public void A_baseline_that_is_given_comes_before_that_of_the_settings()
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = 100 };
        var (rewards, mask) = (tensor(new double[,] { { 2, 1, 0 } }), ones([1, 3], ScalarType.Bool));
        var tokens = new AdaptiveTokens(settings);
        tokens.Mask(rewards, mask, mask, tensor(0.5)).data<bool>().ToArray().Should().Equal(true, true, false);
        tokens.Invoking(own => own.Mask(null!, mask, mask)).Should().Throw<ArgumentNullException>().WithParameterName("rewards");
    }

    [Fact]
    public void Only_a_fixed_baseline_leaves_the_rows_of_a_batch_alone()
    {
        foreach (var kind in Enum.GetValues<ThresholdKind>())
        {
            new AdaptiveTokens(new AdaptiveSettings { Threshold = kind }).NeedsWholeBatch.Should().Be(kind != ThresholdKind.Fixed);
        }
    }

    [Fact]
    public void Each_baseline_is_the_one_it_says()
    {
        using var scope = NewDisposeScope();
        var (rewards, mask) = (tensor(_rewards), tensor(_counted));
        bool[] Kept(AdaptiveSettings settings) => new AdaptiveTokens(settings).Mask(rewards, mask, ones_like(mask)).data<bool>().ToArray();
        // Counted: 3, 1.2, 0.9, -2, 1.05, 0.5, 2, 1.1, 0.95, 9; mean 1.77, median 1.075.
        Kept(new AdaptiveSettings()).Count(kept => kept).Should().Be(3);
        Kept(new AdaptiveSettings { Threshold = ThresholdKind.Quantile }).Count(kept => kept).Should().Be(5);
        Kept(new AdaptiveSettings { Threshold = ThresholdKind.Quantile, Quantile = 0.9 }).Count(kept => kept).Should().Be(1);
        Kept(new AdaptiveSettings { Threshold = ThresholdKind.Fixed, Value = -1 }).Count(kept => kept).Should().Be(9);
    }

    [Fact]
    public void A_running_baseline_is_kept_in_checkpoints()
    {
        using var scope = NewDisposeScope();
        var settings = new AdaptiveSettings { Threshold = ThresholdKind.RunningMean, Momentum = 0.5 };
        var (one, two) = (new AdaptiveTokens(settings), new AdaptiveTokens(settings));
        var mask = ones([1, 2], ScalarType.Bool);
        one.Mask(tensor(new double[,] { { 0, 4 } }), mask, mask);
        two.RestoreValues(one.StateValues());
        one.StateValues()["baseline"]!.GetValue<double>().Should().Be(2);
        foreach (var own in new[] { one, two })
        {
            own.Mask(tensor(new double[,] { { 8, 8 } }), mask, mask);
            own.StateValues()["baseline"]!.GetValue<double>().Should().Be(5);
        }

        two.Invoking(own => own.RestoreValues([])).Should().Throw<ReproException>().WithMessage("*baseline*");
        FluentActions.Invoking(() => new AdaptiveTokens(new AdaptiveSettings { Delta = -1 })).Should().Throw<ArgumentException>();
    }
}
