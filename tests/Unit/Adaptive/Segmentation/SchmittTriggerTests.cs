using Repro.Core;
using Repro.Core.Adaptive.Segmentation;

namespace Repro.Tests.Unit.Adaptive.Segmentation;

public class SchmittTriggerTests
{
    private static readonly double[] Rewards = [0.5, 2, 1.25, 0.75, -0.5, 1.25, 0.7, 3];

    // ADR Eq. 13 at b = 1.
    [Fact]
    public void Comparator_gives_the_baseline_itself_to_the_bad_side()
    {
        SchmittTrigger.Comparator(Rewards, 1).Should().Equal(-1, 1, 1, -1, -1, 1, -1, 1);
        SchmittTrigger.Comparator([1.0], 1).Should().Equal(-1);
    }

    // ADR Eq. 18 at b = 1, delta = 0.25: 1.25 and 0.75 are the bounds themselves and neutral.
    [Fact]
    public void The_printed_mask_has_neutral_bounds_and_no_memory()
    {
        SchmittTrigger.Memoryless(Rewards, 1, 0.25).Should().Equal(-1, 1, 0, 0, -1, 0, -1, 1);
        SchmittTrigger.Memoryless([0.0, 1, 2], 1, 0).Should().Equal(-1, 0, 1);
    }

    // ADR Section 4.1: the state is held in the neutral zone.
    [Fact]
    public void With_memory_the_state_is_held_in_the_neutral_zone() =>
        SchmittTrigger.WithMemory(Rewards, 1, 0.25).Should().Equal(-1, 1, 1, 1, -1, -1, -1, 1);

    [Fact]
    public void A_neutral_first_token_follows_the_comparator_unless_a_state_is_given()
    {
        double[] rewards = [1.1, 0.9, 1.1];
        SchmittTrigger.WithMemory(rewards, 1, 0.5).Should().Equal(1, 1, 1);
        SchmittTrigger.WithMemory([0.9, 1.1], 1, 0.5).Should().Equal(-1, -1);
        SchmittTrigger.WithMemory([1.0], 1, 0.5).Should().Equal(-1);
        SchmittTrigger.WithMemory(rewards, 1, 0.5, -1).Should().Equal(-1, -1, -1);
        SchmittTrigger.WithMemory([0.9, 5], 1, 0.5, 1).Should().Equal(1, 1);
        SchmittTrigger.WithMemory([-9.0, 5], 1, 0.5, 1).Should().Equal(-1, 1);
    }

    [Fact]
    public void Single_precision_gives_the_same_states()
    {
        float[] rewards = [0.5f, 2, 1.25f, 0.75f, -0.5f];
        SchmittTrigger.Comparator(rewards, 1).Should().Equal(-1, 1, 1, -1, -1);
        SchmittTrigger.Memoryless(rewards, 1, 0.25).Should().Equal(-1, 1, 0, 0, -1);
        SchmittTrigger.WithMemory(rewards, 1, 0.25).Should().Equal(-1, 1, 1, 1, -1);
        SchmittTrigger.WithMemory(rewards, 1, 9, 1).Should().Equal(1, 1, 1, 1, 1);
    }

    [Fact]
    public void Rewards_that_are_not_finite_or_absent_give_the_documented_exception()
    {
        foreach (var call in new Action<double[]>[]
        {
            r => SchmittTrigger.Comparator(r, 0),
            r => SchmittTrigger.Memoryless(r, 0, 1),
            r => SchmittTrigger.WithMemory(r, 0, 1),
        })
        {
            ((Action)(() => call([1, double.NaN]))).Should().Throw<ReproException>().WithMessage("rewards[1] is NaN; finite*");
            ((Action)(() => call([double.NegativeInfinity]))).Should().Throw<ReproException>().WithMessage("rewards[0] is -Infinity*");
            ((Action)(() => call([]))).Should().Throw<ReproException>().WithMessage("rewards hold no token*");
        }

        ((Action)(() => SchmittTrigger.WithMemory(new[] { float.NaN }, 0, 1))).Should().Throw<ReproException>().WithMessage("rewards[0]*");
    }

    [Fact]
    public void Impossible_parameters_are_named()
    {
        ((Action)(() => SchmittTrigger.Comparator([1.0], double.NaN))).Should().Throw<ArgumentException>().WithMessage("baseline *NaN*");
        ((Action)(() => SchmittTrigger.Memoryless([1.0], double.PositiveInfinity, 0)))
            .Should().Throw<ArgumentException>().WithMessage("baseline *");
        ((Action)(() => SchmittTrigger.Memoryless([1.0], 0, -1))).Should().Throw<ArgumentException>().WithMessage("delta *was -1*");
        ((Action)(() => SchmittTrigger.WithMemory([1.0], 0, double.NaN))).Should().Throw<ArgumentException>().WithMessage("delta *NaN*");
        ((Action)(() => SchmittTrigger.WithMemory([1.0], 0, double.PositiveInfinity)))
            .Should().Throw<ArgumentException>().WithMessage("delta *");
        ((Action)(() => SchmittTrigger.WithMemory([1.0], double.NaN, 0))).Should().Throw<ArgumentException>().WithMessage("baseline *");
        ((Action)(() => SchmittTrigger.WithMemory([1.0], 0, 1, 0))).Should().Throw<ArgumentException>().WithMessage("initial *was 0*");
    }
}
