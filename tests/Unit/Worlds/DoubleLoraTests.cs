using Repro.Core;
using Repro.Core.Training;
using Repro.Experiments.Worlds;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Worlds;

/// <summary>The parts of the experiment on a second LoRA that no trainer has.</summary>
public sealed class DoubleLoraTests
{
    /// <summary>A block whose largest magnitude is 7 has the levels -7 to 7; one of zeros stays.</summary>
    [Fact]
    public void Weights_of_a_block_are_rounded_to_fifteen_levels()
    {
        using var scope = NewDisposeScope();
        var weight = zeros(2, 64);
        weight[0, 0] = -7f;
        weight[0, 1] = 2.4f;
        weight[0, 2] = 2.6f;
        var rounded = FourBits.Rounded(weight);
        rounded.shape.Should().Equal(2, 64);
        rounded[0, 0].item<float>().Should().Be(-7f);
        rounded[0, 1].item<float>().Should().Be(2f);
        rounded[0, 2].item<float>().Should().Be(3f);
        rounded[1].abs().sum().item<float>().Should().Be(0f);
    }

    /// <summary>A run counts as diverged where a loss is not finite; any other error of it is one.</summary>
    [Fact]
    public void A_loss_that_is_not_finite_is_told_from_other_errors()
    {
        var diverged = () => GradientStep.Finite(double.NaN, 3);
        diverged.Should().Throw<ReproException>().Which.HasDiverged.Should().BeTrue();
        new ReproException("a row is not valid").HasDiverged.Should().BeFalse();
    }

    [Fact]
    public void Rounding_moves_no_weight_by_more_than_half_a_level_of_its_block()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var weight = randn([192, 64], generator: generator);
        var rounded = FourBits.Rounded(weight);
        var level = weight.abs().amax([1], keepdim: true) / 7;
        ((rounded - weight).abs() / level).max().item<float>().Should().BeInRange(0.4f, 0.5001f);
        (rounded / level).round().unique().output.shape[0].Should().Be(15);
    }
}
