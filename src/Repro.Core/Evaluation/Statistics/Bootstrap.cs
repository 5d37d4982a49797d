using MathNet.Numerics.Distributions;
using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>
/// Bootstrap by percentiles, plain or corrected (BCa): draw as many items as there are, with replacement, recompute, and take quantiles
/// (linear interpolation) of the results. Draws come from <see cref="Xoshiro256"/>, so that equal seeds give equal intervals everywhere.
/// </summary>
public static class Bootstrap
{
    // Where half of all draws are refused, so many in a row come once in 2^1000 times.
    private const int MostDraws = 1000;

    /// <summary>Interval of the mean.</summary>
    /// <param name="values">At least one finite value.</param>
    /// <param name="resamples">Number of resamples, at least 1; 10 000 is usual.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static Interval MeanInterval(ReadOnlySpan<double> values, int resamples, ulong seed, double level = 0.95)
    {
        Checks.Values(values, nameof(values));
        Check(resamples, level);
        if (!values.ContainsAnyExcept(values[0]))
        {
            return new Interval(values[0], values[0]);
        }

        var random = new Xoshiro256(seed);
        var (scaled, exponent) = Descriptive.Scaled(values);
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += scaled[random.NextInt32(scaled.Length)];
            }

            means[r] = Math.ScaleB(sum / scaled.Length, exponent);
        }

        return Percentiles(means, level);
    }

    /// <summary>Interval of the mean of <paramref name="first"/> - <paramref name="second"/>; pairs stay together.</summary>
    /// <param name="first">At least one finite value.</param>
    /// <param name="second">As many finite values, item by item paired with the first.</param>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the lengths differ.</exception>
    public static Interval PairedDifference(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, int resamples, ulong seed, double level = 0.95)
    {
        Checks.Values(first, nameof(first));
        Checks.Values(second, nameof(second));
        Checks.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        var differences = new double[first.Length];
        for (var i = 0; i < differences.Length; i++)
        {
            differences[i] = first[i] - second[i];
        }

        return MeanInterval(differences, resamples, seed, level);
    }

    /// <summary>Interval of any statistic of a sample of items.</summary>
    /// <param name="count">Number of items, at least 1.</param>
    /// <param name="statistic">Receives <paramref name="count"/> item indices drawn with replacement; must return a finite value. The span
    /// is reused.</param>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <param name="cancellation">Checked before each resample.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the statistic was not finite for some resample.</exception>
    public static Interval Interval(
        int count,
        Func<ReadOnlySpan<int>, double> statistic,
        int resamples,
        ulong seed,
        double level = 0.95,
        CancellationToken cancellation = default)
    {
        Checks.AtLeast(count, 1);
        return Percentiles(Resample(count, statistic, resamples, seed, level, cancellation), level);
    }

    /// <summary>The same for a statistic that some resamples do not have: those are drawn again, from the same stream of random numbers.
    /// Where none is refused the interval is that of <c>Interval</c> to the last bit.</summary>
    /// <param name="count">Number of items, at least 1.</param>
    /// <param name="accepts">Whether drawn items have the statistic. The span is reused.</param>
    /// <param name="statistic">Receives accepted items alone; must return a finite value.</param>
    /// <param name="resamples">Number of accepted resamples, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <param name="cancellation">Checked before each draw.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the statistic was not finite for some resample.</exception>
    /// <exception cref="ReproException">A thousand draws for one resample were refused.</exception>
    internal static Interval IntervalWhere(
        int count,
        Func<ReadOnlySpan<int>, bool> accepts,
        Func<ReadOnlySpan<int>, double> statistic,
        int resamples,
        ulong seed,
        double level = 0.95,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(accepts);
        Checks.AtLeast(count, 1);
        return Percentiles(Resample(count, statistic, resamples, seed, level, cancellation, accepts), level);
    }

    private static double[] Resample(
        int count, Func<ReadOnlySpan<int>, double> statistic, int resamples, ulong seed, double level, CancellationToken cancellation,
        Func<ReadOnlySpan<int>, bool>? accepts = null)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        Check(resamples, level);
        var random = new Xoshiro256(seed);
        var draw = new int[count];
        var results = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var draws = 0;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                if (draws++ == MostDraws)
                {
                    throw new ReproException(Invariant($"of {count} items {MostDraws} draws in a row do not have the statistic; ")
                        + "an interval cannot be had.");
                }

                for (var i = 0; i < count; i++)
                {
                    draw[i] = random.NextInt32(count);
                }
            }
            while (accepts is not null && !accepts(draw));

            results[r] = statistic(draw);
            if (!double.IsFinite(results[r]))
            {
                throw new ArgumentException(Invariant($"statistic must be finite, was {results[r]} for resample {r}."), nameof(statistic));
            }
        }

        return results;
    }

    /// <summary>The bias-corrected and accelerated interval (BCa) of any statistic of a sample of items: percentiles that are moved by the
    /// median bias of the resamples and by the skewness of the statistic without one item.</summary>
    /// <param name="count">Number of items, at least 2.</param>
    /// <param name="statistic">Receives item indices, drawn with replacement or all but one; must return a finite value.</param>
    /// <param name="resamples">Number of resamples, at least 1.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <param name="cancellation">Checked before each resample.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or the statistic was not finite for some resample.</exception>
    public static Interval BcaInterval(
        int count,
        Func<ReadOnlySpan<int>, double> statistic,
        int resamples,
        ulong seed,
        double level = 0.95,
        CancellationToken cancellation = default)
    {
        Checks.AtLeast(count, 2);
        var results = Resample(count, statistic, resamples, seed, level, cancellation);
        int[] all = [.. Enumerable.Range(0, count)];
        var left = all.Select(omitted => statistic([.. all.Where(i => i != omitted)])).ToArray();
        return Bca(statistic(all), results, left, level);
    }

    /// <summary>The BCa interval from what resampling gave.</summary>
    /// <param name="estimate">The statistic of all items.</param>
    /// <param name="resampled">The statistic of each resample, at least one finite value.</param>
    /// <param name="leftOut">The statistic without each item, at least two finite values.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <returns>The point where all resamples give the estimate.</returns>
    /// <exception cref="ArgumentException">A value is not finite, or the level is impossible.</exception>
    public static Interval Bca(double estimate, ReadOnlySpan<double> resampled, ReadOnlySpan<double> leftOut, double level = 0.95)
    {
        Checks.Finite(estimate);
        Checks.Values(resampled, nameof(resampled));
        Checks.Values(leftOut, nameof(leftOut), 2);
        Checks.OpenUnit(level);
        var sorted = resampled.ToArray();
        Array.Sort(sorted);
        var below = sorted.Sum(value => value < estimate ? 1 : value == estimate ? 0.5 : 0) / sorted.Length;
        if (sorted[0] == sorted[^1])
        {
            return new Interval(sorted[0], sorted[0]);
        }

        // Unit-free, so the scale of the deviations does not matter.
        var deviations = Descriptive.Deviations(leftOut).Values;
        var (squares, cubes) = (Descriptive.SumOfSquares(deviations), deviations.Sum(deviation => Math.Pow(deviation, 3)));
        var acceleration = squares == 0 ? 0 : -cubes / (6 * Math.Pow(squares, 1.5));
        var bias = Normal.InvCDF(0, 1, below);
        double Moved(double z) => double.IsInfinity(bias) ? below : Normal.CDF(
            0, 1, bias + ((bias + z) / (1 - (acceleration * (bias + z)))));
        var critical = Distributions.NormalCritical(level);
        return new Interval(Descriptive.QuantileOfSorted(sorted, Moved(-critical)), Descriptive.QuantileOfSorted(sorted, Moved(critical)));
    }

    private static Interval Percentiles(double[] results, double level)
    {
        Array.Sort(results);
        var tail = (1 - level) / 2;
        return new Interval(Descriptive.QuantileOfSorted(results, tail), Descriptive.QuantileOfSorted(results, 1 - tail));
    }

    private static void Check(int resamples, double level)
    {
        Checks.AtLeast(resamples, 1);
        Checks.OpenUnit(level);
    }
}
