using MathNet.Numerics.Distributions;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>Two-sided confidence intervals of one proportion k / n.</summary>
public static class BinomialInterval
{
    /// <summary>Wilson's score interval, always within [0, 1].</summary>
    /// <param name="k">Successes, 0 to <paramref name="n"/>.</param>
    /// <param name="n">Trials, at least 1.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count or the level is impossible.</exception>
    public static Interval Wilson(int k, int n, double level = 0.95)
    {
        Check(k, n, level);
        var interval = WilsonFromRate((double)k / n, n, level);
        return new Interval(k == 0 ? 0 : interval.Lower, k == n ? 1 : interval.Upper);
    }

    /// <summary>Wilson's score interval of a printed rate, which need not be a multiple of 1 / n.</summary>
    /// <param name="rate">Observed share, 0 to 1.</param>
    /// <param name="n">Trials, at least 1.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static Interval WilsonFromRate(double rate, int n, double level = 0.95)
    {
        Require.Probability(rate);
        Require.AtLeast(n, 1);
        Require.OpenUnit(level);
        var z = Distributions.NormalCritical(level);
        var z2 = z * z;
        var centre = (rate + (z2 / (2 * n))) / (1 + (z2 / n));
        var half = z * Math.Sqrt((rate * (1 - rate) / n) + (z2 / (4.0 * n * n))) / (1 + (z2 / n));
        return new Interval(Math.Max(0, centre - half), Math.Min(1, centre + half));
    }

    /// <summary>Clopper and Pearson's exact interval: inverts two one-sided exact tests, each at half the error.</summary>
    /// <param name="k">Successes, 0 to <paramref name="n"/>.</param>
    /// <param name="n">Trials, at least 1.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count or the level is impossible.</exception>
    public static Interval ClopperPearson(int k, int n, double level = 0.95)
    {
        Check(k, n, level);
        var tail = (1 - level) / 2;
        var lower = k == 0 ? 0 : k == n ? Math.Pow(tail, 1.0 / n) : Beta.InvCDF(k, n - k + 1, tail);
        var upper = k == n ? 1 : k == 0 ? 1 - Math.Pow(tail, 1.0 / n) : Beta.InvCDF(k + 1, n - k, 1 - tail);
        return new Interval(lower, upper);
    }

    /// <summary>The textbook interval p plus or minus z times the standard error; not limited to [0, 1], of zero width at 0 and n.</summary>
    /// <param name="k">Successes, 0 to <paramref name="n"/>.</param>
    /// <param name="n">Trials, at least 1.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count or the level is impossible.</exception>
    public static Interval Wald(int k, int n, double level = 0.95)
    {
        Check(k, n, level);
        var rate = (double)k / n;
        var half = Distributions.NormalCritical(level) * StandardError.OfProportion(rate, n, 0);
        return new Interval(rate - half, rate + half);
    }

    private static void Check(int k, int n, double level)
    {
        Require.Count(k, n, nameof(k), nameof(n));
        Require.OpenUnit(level);
    }
}
