using Repro.Core;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;

namespace Repro.Tests.Unit.Evaluation.Statistics;

public class BootstrapTests
{
    private static readonly double[] Sample = { 1, 4, 2, 8, 5, 7 };

    // Outputs of the authors' reference C code from the state 1, 2, 3, 4.
    [Fact]
    public void Xoshiro_gives_the_reference_sequence()
    {
        var random = new Xoshiro256(1, 2, 3, 4);
        Enumerable.Range(0, 6).Select(_ => random.NextUInt64()).Should().Equal(
            11520UL, 0UL, 1509978240UL, 1215971899390074240UL, 1216172134540287360UL, 607988272756665600UL);
    }

    // Outputs of the reference C code of SplitMix64 for the seed 1234567.
    [Fact]
    public void SplitMix_gives_the_reference_sequence()
    {
        var state = 1234567UL;
        Enumerable.Range(0, 5).Select(_ => Xoshiro256.SplitMix(ref state)).ToArray().Should().Equal(
            6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL, 4593380528125082431UL, 16408922859458223821UL);
    }

    [Fact]
    public void The_seed_fills_the_state_through_SplitMix()
    {
        var state = 42UL;
        var byHand = new Xoshiro256(
            Xoshiro256.SplitMix(ref state), Xoshiro256.SplitMix(ref state), Xoshiro256.SplitMix(ref state), Xoshiro256.SplitMix(ref state));
        new Xoshiro256(42).NextUInt64().Should().Be(byHand.NextUInt64());
    }

    [Fact]
    public void Bounded_integers_are_even_and_doubles_lie_in_the_unit_interval()
    {
        var random = new Xoshiro256(5);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.NextInt32(7)]++;
            random.NextDouble().Should().BeInRange(0, 1 - 1e-17);
        }

        ChiSquare.GoodnessOfFit(counts, Enumerable.Repeat(1.0, 7).ToArray()).PValue.Should().BeGreaterThan(1e-4);
        new Xoshiro256(1).NextInt32(1).Should().Be(0);
        ((Action)(() => random.NextInt32(0))).Should().Throw<ArgumentException>().WithMessage("bound *was 0*");
    }

    [Fact]
    public void Doubles_are_the_upper_53_bits() =>
        new Xoshiro256(9).NextDouble().Should().Be((new Xoshiro256(9).NextUInt64() >> 11) / 9007199254740992.0);

    [Fact]
    public void Rejection_keeps_large_bounds_unbiased()
    {
        // With a bound of 3 * 2^29 a plain multiply-and-shift would give the residues 0, 1, 2 of x mod 3 unequal weights.
        var random = new Xoshiro256(11);
        var counts = new int[3];
        for (var i = 0; i < 60_000; i++)
        {
            counts[random.NextInt32(3 << 29) % 3]++;
        }

        ChiSquare.GoodnessOfFit(counts, new[] { 1.0, 1, 1 }).PValue.Should().BeGreaterThan(1e-4);
    }

    [Fact]
    public void Shuffle_gives_every_order_equally_often()
    {
        var random = new Xoshiro256(3);
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < 6000; i++)
        {
            var letters = "abc".ToCharArray();
            random.Shuffle<char>(letters);
            var key = new string(letters);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        counts.Should().HaveCount(6);
        ChiSquare.GoodnessOfFit(counts.Values.ToArray(), Enumerable.Repeat(1.0, 6).ToArray()).PValue.Should().BeGreaterThan(1e-4);
    }

    [Fact]
    public void Equal_seeds_are_equal_and_others_differ()
    {
        Bootstrap.MeanInterval(Sample, 500, 7).Should().Be(Bootstrap.MeanInterval(Sample, 500, 7));
        Bootstrap.MeanInterval(Sample, 500, 7).Should().NotBe(Bootstrap.MeanInterval(Sample, 500, 8));
    }

    // For n = 2 the resample means of {0, 1} are 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4.
    [Fact]
    public void Two_values_give_the_known_distribution()
    {
        Bootstrap.MeanInterval(new[] { 0.0, 1 }, 4000, 1, 0.95).Should().Be(new Interval(0, 1));
        Bootstrap.MeanInterval(new[] { 0.0, 1 }, 4000, 1, 0.3).Should().Be(new Interval(0.5, 0.5));
    }

    [Fact]
    public void The_interval_is_close_to_the_normal_one_for_a_large_sample()
    {
        var values = Enumerable.Range(0, 400).Select(i => (double)(i % 20)).ToArray();
        var interval = Bootstrap.MeanInterval(values, 20_000, 12);
        var half = 1.959964 * StandardError.OfMean(values, 0);
        interval.Lower.Should().BeApproximately(9.5 - half, 0.02);
        interval.Upper.Should().BeApproximately(9.5 + half, 0.02);
    }

    [Fact]
    public void The_general_form_draws_the_same_items_as_the_mean()
    {
        var general = Bootstrap.Interval(
            Sample.Length,
            draw =>
            {
                var sum = 0.0;
                foreach (var index in draw)
                {
                    sum += Sample[index];
                }

                return sum / draw.Length;
            },
            300,
            99,
            0.9);
        general.Should().Be(Bootstrap.MeanInterval(Sample, 300, 99, 0.9));
    }

    [Fact]
    public void Where_no_resample_is_refused_the_draws_are_the_same() =>
        Bootstrap.IntervalWhere(Sample.Length, _ => true, draw => Sample[draw[0]] / (1 + draw[^1]), 300, 99).Should()
            .Be(Bootstrap.Interval(Sample.Length, draw => Sample[draw[0]] / (1 + draw[^1]), 300, 99));

    /// <summary>Of two items half of all resamples hold one alone; the statistic sees the others, as many as were asked for.</summary>
    [Fact]
    public void A_resample_that_is_refused_is_drawn_again()
    {
        var (asked, seen) = (0, 0);
        var interval = Bootstrap.IntervalWhere(
            2,
            draw =>
            {
                asked++;
                return draw[0] != draw[1];
            },
            draw =>
            {
                seen++;
                return draw[0] + draw[1];
            },
            200,
            5);
        interval.Should().Be(new Interval(1, 1));
        seen.Should().Be(200);
        asked.Should().BeInRange(300, 500);
    }

    [Fact]
    public void Resamples_that_are_never_accepted_end_it() =>
        FluentActions.Invoking(() => Bootstrap.IntervalWhere(3, _ => false, _ => 1, 10, 1)).Should()
            .Throw<ReproException>().WithMessage("of 3 items 1000 draws in a row do not have the statistic; an interval cannot be had.");

    [Fact]
    public void Pairs_stay_together()
    {
        var second = Sample.Select(x => x - 3).ToArray();
        Bootstrap.PairedDifference(Sample, second, 200, 5).Should().Be(new Interval(3, 3));
        Bootstrap.PairedDifference(second, Sample, 200, 5).Should().Be(new Interval(-3, -3));
    }

    [Fact]
    public void Impossible_arguments_are_named()
    {
        ((Action)(() => Bootstrap.MeanInterval(Array.Empty<double>(), 5, 1)))
            .Should().Throw<ArgumentException>().WithMessage("values *held 0*");
        ((Action)(() => Bootstrap.MeanInterval(new[] { 1, double.NaN }, 5, 1)))
            .Should().Throw<ArgumentException>().WithMessage("values[1]*NaN*");
        ((Action)(() => Bootstrap.MeanInterval(Sample, 0, 1))).Should().Throw<ArgumentException>().WithMessage("resamples *was 0*");
        ((Action)(() => Bootstrap.MeanInterval(Sample, 1, 1, 1))).Should().Throw<ArgumentException>().WithMessage("level *was 1*");
        ((Action)(() => Bootstrap.PairedDifference(Sample, new[] { 1.0 }, 1, 1)))
            .Should().Throw<ArgumentException>().WithMessage("second *held 1*");
        ((Action)(() => Bootstrap.PairedDifference(Array.Empty<double>(), Array.Empty<double>(), 1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("first *");
        ((Action)(() => Bootstrap.PairedDifference(new[] { 1.0 }, new[] { double.NaN }, 1, 1))).Should().Throw<ArgumentException>()
            .WithMessage("second[0]*");
        ((Action)(() => Bootstrap.Interval(0, _ => 1, 1, 1))).Should().Throw<ArgumentException>().WithMessage("count *was 0*");
        ((Action)(() => Bootstrap.Interval(1, null!, 1, 1))).Should().Throw<ArgumentNullException>();
        ((Action)(() => Bootstrap.Interval(1, _ => 1, 0, 1))).Should().Throw<ArgumentException>().WithMessage("resamples *was 0*");
        ((Action)(() => Bootstrap.Interval(1, _ => double.NaN, 1, 1))).Should().Throw<ArgumentException>().WithMessage("statistic *NaN*");
    }

    [Fact]
    public void A_cancelled_bootstrap_stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        ((Action)(() => Bootstrap.Interval(1, _ => 1, 10, 1, 0.95, source.Token))).Should().Throw<OperationCanceledException>();
    }
}
