using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>
/// Percentile bootstrap: draw as many items as there are, with replacement, recompute, and take quantiles (linear interpolation) of the
/// results. Draws come from <see cref="Xoshiro256"/>, so that equal seeds give equal intervals everywhere.
/// </summary>
public static class Bootstrap
{
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
        var random = new Xoshiro256(seed);
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < values.Length; i++)
            {
                sum += values[random.NextInt32(values.Length)];
            }

            means[r] = sum / values.Length;
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
        ArgumentNullException.ThrowIfNull(statistic);
        Check(resamples, level);
        var random = new Xoshiro256(seed);
        var draw = new int[count];
        var results = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < count; i++)
            {
                draw[i] = random.NextInt32(count);
            }

            results[r] = statistic(draw);
            if (!double.IsFinite(results[r]))
            {
                throw new ArgumentException(Invariant($"statistic must be finite, was {results[r]} for resample {r}."), nameof(statistic));
            }
        }

        return Percentiles(results, level);
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
