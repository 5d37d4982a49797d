using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Adaptive.Segmentation;

public class OptimalSegmentationTests
{
    // More than the 4096 tokens after which sums start anew.
    private const int Long = 4500;

    // By hand: 0, 0, 10, 10. Two segments cost 2c; one costs 100 + c; they swap at c = 100.
    [Fact]
    public void The_penalty_decides_between_one_and_two_segments()
    {
        double[] rewards = [0, 0, 10, 10];
        OptimalSegmentation.Penalised(rewards, 99).Should().Equal(new Segment(0, 2), new Segment(2, 2));
        OptimalSegmentation.Penalised(rewards, 101).Should().Equal(new Segment(0, 4));
        OptimalSegmentation.Penalised(rewards, 1e300).Should().Equal(new Segment(0, 4));
        OptimalSegmentation.Penalised(new[] { 0f, 0, 10, 10 }, 99).Should().Equal(new Segment(0, 2), new Segment(2, 2));
    }

    [Fact]
    public void Equal_rewards_are_one_segment_and_a_single_token_too()
    {
        OptimalSegmentation.Penalised(Enumerable.Repeat(3.7, 50).ToArray(), 1e-6).Should().Equal(new Segment(0, 50));
        OptimalSegmentation.Penalised([5.0], 1).Should().Equal(new Segment(0, 1));
        OptimalSegmentation.FixedCount([5.0], 1).Should().Equal(new Segment(0, 1));
        OptimalSegmentation.FixedCount(Enumerable.Repeat(3.7, 5).ToArray(), 3).Should().HaveCount(3);
    }

    [Fact]
    public void Without_a_penalty_there_is_no_error()
    {
        double[] rewards = [3, 1, 4, 1, 5, 9, 2, 6];
        SegmentationError.Total(rewards, OptimalSegmentation.Penalised(rewards, 0), 0).Total.Should().Be(0);
    }

    [Fact]
    public void A_fixed_count_by_hand()
    {
        double[] rewards = [0, 1, 10, 11, 20];
        OptimalSegmentation.FixedCount(rewards, 1).Should().Equal(new Segment(0, 5));
        OptimalSegmentation.FixedCount(rewards, 3).Should().Equal(new Segment(0, 2), new Segment(2, 2), new Segment(4, 1));
        OptimalSegmentation.FixedCount(rewards, 5).Should().Equal(Segments.EachToken(5));
        var all = OptimalSegmentation.UpTo(rewards, 5);
        all.Select(s => s.Count).Should().Equal(1, 2, 3, 4, 5);
        all[2].Should().Equal(OptimalSegmentation.FixedCount(rewards, 3));
    }

    [Theory]
    [InlineData(1e-160)]
    [InlineData(1e160)]
    [InlineData(1e-3)]
    public void The_unit_of_the_rewards_does_not_matter(double unit)
    {
        double[] rewards = [0, 0.1, 0, 1, 1.1, 1, 0.2];
        var expected = OptimalSegmentation.FixedCount(rewards, 3);
        expected.Should().Equal(new Segment(0, 3), new Segment(3, 3), new Segment(6, 1));
        OptimalSegmentation.FixedCount(rewards.Select(r => r * unit).ToArray(), 3).Should().Equal(expected);
    }

    [Theory]
    [InlineData(-300)]
    [InlineData(300)]
    [InlineData(3)]
    public void The_penalty_scales_with_the_square_of_the_unit(int exponent)
    {
        double[] rewards = [0, 0.1, 0, 1, 1.1, 1, 0.2];
        OptimalSegmentation.Penalised(rewards.Select(r => Math.ScaleB(r, exponent)).ToArray(), Math.ScaleB(0.1, 2 * exponent))
            .Should().Equal(new Segment(0, 3), new Segment(3, 3), new Segment(6, 1));
    }

    [Fact]
    public void The_largest_doubles_do_not_overflow() =>
        OptimalSegmentation.FixedCount([double.MaxValue, double.MaxValue, -double.MaxValue], 2)
            .Should().Equal(new Segment(0, 2), new Segment(2, 1));

    [Fact]
    public void A_large_common_offset_costs_no_digits()
    {
        double[] rewards = [0, 0.25, 0, 1, 1.25, 1, 0.25];
        OptimalSegmentation.Penalised(rewards.Select(r => r + 1e9).ToArray(), 0.1)
            .Should().Equal(OptimalSegmentation.Penalised(rewards, 0.1));
    }

    // Smooth rewards keep one start for nearly every token alive, which makes the tree of the envelope several levels high.
    [Theory]
    [InlineData("ramp", 1e-4)]
    [InlineData("ramp", 0.5)]
    [InlineData("ramp", 20)]
    [InlineData("fall", 0.5)]
    [InlineData("wave", 0.05)]
    [InlineData("wave", 3)]
    [InlineData("bowl", 0.5)]
    [InlineData("noise", 0.5)]
    [InlineData("steps", 0.5)]
    [InlineData("noisy ramp", 0.05)]
    public void Long_rewards_cost_as_much_as_with_plain_dynamic_programming(string shape, double penalty)
    {
        var rewards = Shape(shape, Long);
        var segments = OptimalSegmentation.Penalised(rewards, penalty);
        SegmentationError.Total(rewards, segments, penalty).Total.Should().BeApproximately(PlainDynamicProgramming(rewards, penalty), 1e-8);
    }

    [Theory]
    [InlineData("ramp")]
    [InlineData("wave")]
    [InlineData("noise")]
    [InlineData("steps")]
    public void Fixed_counts_cost_as_much_as_with_plain_dynamic_programming(string shape)
    {
        var rewards = Shape(shape, Long);
        var expected = PlainFixedCount(rewards, 6);
        var all = OptimalSegmentation.UpTo(rewards, 6);
        for (var k = 1; k <= 6; k++)
        {
            all[k - 1].Should().HaveCount(k);
            SegmentationError.Total(rewards, all[k - 1], 0).Total.Should().BeApproximately(expected[k - 1], 1e-8);
        }
    }

    // ADR-SCHMITT-SWITCH / EQ12-OPT setting: the true runs come back when the gap is far above the noise.
    [Fact]
    [Trait("Speed", "Slow")]
    public void A_million_tokens_are_segmented_into_their_true_runs()
    {
        var random = new Xoshiro256(8);
        var rewards = new double[1_000_000];
        var truth = new List<int> { 0 };
        var level = 0.0;
        for (var i = 0; i < rewards.Length; i++)
        {
            if (i > 0 && i % 100 == 0)
            {
                level += random.NextDouble() < 0.5 ? -3 : 3;
                truth.Add(i);
            }

            rewards[i] = level + random.NextDouble() - 0.5;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        OptimalSegmentation.Penalised(rewards, 5, limit.Token).Select(s => s.Start).Should().Equal(truth);
    }

    // Looking at every start for every token would take minutes.
    [Theory]
    [InlineData("ramp", 1000)]
    [InlineData("bowl", 20)]
    [InlineData("wave", 3)]
    public void Smooth_rewards_do_not_take_quadratic_time(string shape, double penalty)
    {
        var rewards = Shape(shape, 100_000);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(4));
        ((Action)(() => OptimalSegmentation.Penalised(rewards, penalty, limit.Token))).Should().NotThrow();
    }

    [Fact]
    public void Work_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var rewards = Shape("noise", 10_000);
        ((Action)(() => OptimalSegmentation.Penalised(rewards, 1, source.Token))).Should().Throw<OperationCanceledException>();
        ((Action)(() => OptimalSegmentation.FixedCount(rewards, 2, source.Token))).Should().Throw<OperationCanceledException>();
        ((Action)(() => OptimalSegmentation.UpTo(rewards, 2, source.Token))).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void Impossible_parameters_are_named()
    {
        ((Action)(() => OptimalSegmentation.Penalised([1.0], -1))).Should().Throw<ArgumentException>().WithMessage("penalty *was -1*");
        ((Action)(() => OptimalSegmentation.Penalised([1.0], double.NaN))).Should().Throw<ArgumentException>().WithMessage("penalty *NaN*");
        ((Action)(() => OptimalSegmentation.FixedCount([1.0], 0)))
            .Should().Throw<ArgumentException>().WithMessage("count *tokens 1, was 0*");
        ((Action)(() => OptimalSegmentation.FixedCount([1.0], 2)))
            .Should().Throw<ArgumentException>().WithMessage("count *tokens 1, was 2*");
        ((Action)(() => OptimalSegmentation.UpTo([1.0], 2))).Should().Throw<ArgumentException>().WithMessage("count *was 2*");
        ((Action)(() => OptimalSegmentation.FixedCount(new double[200_001], 1000))).Should().Throw<ArgumentException>()
            .WithMessage("count *200000000*1000 times 200001*");
    }

    private static double[] Shape(string shape, int tokens)
    {
        var random = new Xoshiro256(21);
        return Enumerable.Range(0, tokens).Select(i =>
        {
            var x = (double)i / tokens;
            return shape switch
            {
                "ramp" => x,
                "fall" => -x,
                "wave" => Math.Sin(20 * x),
                "bowl" => (x - 0.5) * (x - 0.5),
                "noise" => random.NextDouble(),
                "steps" => Math.Floor(x * 30) % 4,
                "noisy ramp" => x + (1e-4 * random.NextDouble()),
                _ => throw new ArgumentException($"no shape {shape}", nameof(shape)),
            };
        }).ToArray();
    }

    private static double PlainDynamicProgramming(double[] rewards, double penalty)
    {
        var best = new double[rewards.Length + 1];
        for (var end = 1; end <= rewards.Length; end++)
        {
            best[end] = double.PositiveInfinity;
            LastSegments(rewards, end, (start, error) => best[end] = Math.Min(best[end], best[start] + error + penalty));
        }

        return best[^1];
    }

    private static double[] PlainFixedCount(double[] rewards, int count)
    {
        var best = Enumerable.Range(0, count + 1)
            .Select(_ => Enumerable.Repeat(double.PositiveInfinity, rewards.Length + 1).ToArray()).ToArray();
        best[0][0] = 0;
        for (var end = 1; end <= rewards.Length; end++)
        {
            LastSegments(rewards, end, (start, error) =>
            {
                for (var k = 1; k <= count; k++)
                {
                    best[k][end] = Math.Min(best[k][end], best[k - 1][start] + error);
                }
            });
        }

        return best.Skip(1).Select(row => row[^1]).ToArray();
    }

    /// <summary>Every last segment before an end with its squared error, by the running formula of Welford.</summary>
    private static void LastSegments(double[] rewards, int end, Action<int, double> visit)
    {
        double mean = 0, error = 0;
        for (var start = end - 1; start >= 0; start--)
        {
            var difference = rewards[start] - mean;
            mean += difference / (end - start);
            error += difference * (rewards[start] - mean);
            visit(start, error);
        }
    }
}
