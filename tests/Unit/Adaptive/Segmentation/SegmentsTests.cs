using Repro.Core;
using Repro.Core.Adaptive.Segmentation;

namespace Repro.Tests.Unit.Adaptive.Segmentation;

public class SegmentsTests
{
    [Fact]
    public void Runs_of_equal_states()
    {
        sbyte[] states = [1, 1, -1, 0, 0, 0, 1];
        Segments.FromStates(states).Should().Equal(new Segment(0, 2), new Segment(2, 1), new Segment(3, 3), new Segment(6, 1));
        Segments.Switches(states).Should().Be(3);
        Segments.FromStates([-1]).Should().Equal(new Segment(0, 1));
        Segments.Switches([1]).Should().Be(0);
        new Segment(3, 4).End.Should().Be(7);
    }

    [Fact]
    public void Fixed_segmentations()
    {
        Segments.Whole(5).Should().Equal(new Segment(0, 5));
        Segments.EachToken(3).Should().Equal(new Segment(0, 1), new Segment(1, 1), new Segment(2, 1));
        Segments.OfLength(7, 3).Should().Equal(new Segment(0, 3), new Segment(3, 3), new Segment(6, 1));
        Segments.OfLength(6, 3).Should().Equal(new Segment(0, 3), new Segment(3, 3));
        Segments.OfLength(2, int.MaxValue).Should().Equal(new Segment(0, 2));
        Segments.FromStarts([0, 2, 3], 5).Should().Equal(new Segment(0, 2), new Segment(2, 1), new Segment(3, 2));
        Segments.FromStarts([0], 1).Should().Equal(new Segment(0, 1));
    }

    [Fact]
    public void Empty_responses_give_the_documented_exception()
    {
        foreach (var call in new Action[]
        {
            () => Segments.FromStates([]),
            () => Segments.Switches([]),
            () => Segments.Whole(0),
            () => Segments.EachToken(0),
            () => Segments.OfLength(0, 1),
            () => Segments.FromStarts([0], 0),
        })
        {
            call.Should().Throw<ReproException>().WithMessage("a response of 0 tokens*");
        }
    }

    [Fact]
    public void Impossible_segmentations_are_named()
    {
        ((Action)(() => Segments.OfLength(3, 0))).Should().Throw<ArgumentException>().WithMessage("length *was 0*");
        ((Action)(() => Segments.FromStarts([], 3))).Should().Throw<ArgumentException>().WithMessage("starts *begin with 0*");
        ((Action)(() => Segments.FromStarts([1], 3))).Should().Throw<ArgumentException>().WithMessage("starts *begin with 0*[1]*");
        ((Action)(() => Segments.FromStarts([0, 2, 2], 3)))
            .Should().Throw<ArgumentException>().WithMessage("starts *segment 1 *from 2 to 2*");
        ((Action)(() => Segments.FromStarts([0, 3], 3))).Should().Throw<ArgumentException>().WithMessage("starts *segment 1 *from 3 to 3*");
        ((Action)(() => Segments.FromStarts(null!, 3))).Should().Throw<ArgumentNullException>();
    }

    // By hand: 1, 3 | 10 has means 2 and 10.
    [Fact]
    public void Total_error_by_hand()
    {
        double[] rewards = [1, 3, 10];
        Segment[] segments = [new(0, 2), new(2, 1)];
        var mean = SegmentationError.Total(rewards, segments, 0.5);
        mean.Should().Be(new SegmentationCost(2, 1, 2));
        mean.Total.Should().Be(3);
        SegmentationError.Total(rewards, segments, 0.5, SegmentReward.LastToken).Should().Be(new SegmentationCost(4, 1, 2));
        SegmentationError.Flatten(rewards, segments).Should().Equal(2, 2, 10);
        SegmentationError.Flatten(rewards, segments, SegmentReward.LastToken).Should().Equal(3, 3, 10);
    }

    // ADR-EQ12: K = 1 gives Eq. 10 plus c^2, K = N gives c^2 N.
    [Fact]
    public void The_ends_of_Eq_12_are_Eq_10_and_Eq_11()
    {
        double[] rewards = [1, 3, 10, -2];
        var whole = SegmentationError.Total(rewards, Segments.Whole(4), 0.25);
        whole.Total.Should().BeApproximately(SegmentationError.SequenceLevel(rewards, 3) + 0.25, 1e-12);
        SegmentationError.Total(rewards, Segments.EachToken(4), 0.25).Total.Should().Be(1);
        SegmentationError.SequenceLevel(rewards, 3).Should().Be(4 + 0 + 49 + 25);
        SegmentationError.TokenLevel([1, -2, 3]).Should().Be(14);
    }

    [Fact]
    public void Equal_rewards_with_a_large_offset_have_no_error() =>
        SegmentationError.Total(Enumerable.Repeat(1e9 + 0.1, 7).ToArray(), Segments.Whole(7), 0).Approximation.Should().Be(0);

    [Fact]
    public void Segments_must_cover_the_tokens()
    {
        double[] rewards = [1, 2, 3];
        ((Action)(() => SegmentationError.Total(rewards, [new(0, 2)], 0)))
            .Should().Throw<ArgumentException>().WithMessage("segments *token 3*ended at 2*");
        ((Action)(() => SegmentationError.Total(rewards, [new(0, 4)], 0)))
            .Should().Throw<ArgumentException>().WithMessage("segments *token 3*ended at 4*");
        ((Action)(() => SegmentationError.Total(rewards, [new(0, 2), new(1, 2)], 0))).Should().Throw<ArgumentException>()
            .WithMessage("segments[1] must start at 2*was 1*");
        ((Action)(() => SegmentationError.Total(rewards, [new(0, 0), new(0, 3)], 0))).Should().Throw<ArgumentException>()
            .WithMessage("segments[0]*length 0*");
        ((Action)(() => SegmentationError.Flatten(rewards, []))).Should().Throw<ArgumentException>().WithMessage("segments *ended at 0*");
        ((Action)(() => SegmentationError.Total(rewards, null!, 0))).Should().Throw<ArgumentNullException>();
        ((Action)(() => SegmentationError.Total(rewards, Segments.Whole(3), -1)))
            .Should().Throw<ArgumentException>().WithMessage("noise *was -1*");
        ((Action)(() => SegmentationError.Total(rewards, Segments.Whole(3), 0, (SegmentReward)5))).Should().Throw<ArgumentException>()
            .WithMessage("kind *was 5*");
        ((Action)(() => SegmentationError.SequenceLevel(rewards, double.NaN)))
            .Should().Throw<ArgumentException>().WithMessage("sequenceReward *");
    }

    [Fact]
    public void Rewards_that_are_not_finite_or_absent_give_the_documented_exception()
    {
        foreach (var call in new Action<double[]>[]
        {
            r => SegmentationError.SequenceLevel(r, 0),
            r => SegmentationError.TokenLevel(r),
            r => SegmentationError.Total(r, [], 0),
            r => SegmentationError.Flatten(r, []),
            r => OptimalSegmentation.Penalised(r, 1),
            r => OptimalSegmentation.Penalised(r.Select(v => (float)v).ToArray(), 1),
            r => OptimalSegmentation.FixedCount(r, 1),
            r => OptimalSegmentation.UpTo(r, 1),
        })
        {
            ((Action)(() => call([0, double.NaN]))).Should().Throw<ReproException>().WithMessage("rewards[1] is NaN*");
            ((Action)(() => call([double.PositiveInfinity]))).Should().Throw<ReproException>().WithMessage("rewards[0] is Infinity*");
            ((Action)(() => call([]))).Should().Throw<ReproException>().WithMessage("rewards hold no token*");
        }
    }
}
