using MathNet.Numerics.Distributions;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>Exact binomial tests and their power.</summary>
public static class BinomialTest
{
    /// <summary>Two outcomes whose probabilities differ relatively by less than this count as equally likely.</summary>
    internal const double RelativeTolerance = 1e-7;

    private const int LargestTrials = 5_000_000;

    /// <summary>Exact two-sided p: the summed probability of all outcomes that are not more likely than the observed one.</summary>
    /// <param name="successes">Observed successes, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Number of trials, at least 1.</param>
    /// <param name="probability">Success probability under the null hypothesis, 0 to 1.</param>
    /// <returns>The p-value, 0 to 1.</returns>
    /// <exception cref="ArgumentException">A count or probability is impossible.</exception>
    public static double TwoSided(int successes, int trials, double probability = 0.5)
    {
        Check(successes, trials, probability);
        var limit = Distributions.BinomialMass(successes, trials, probability) * (1 + RelativeTolerance);
        var sum = 0.0;
        for (var k = 0; k <= trials; k++)
        {
            var mass = Distributions.BinomialMass(k, trials, probability);
            if (mass <= limit)
            {
                sum += mass;
            }
        }

        return Math.Min(1, sum);
    }

    /// <summary>Two-sided mid-p: twice the smaller tail in which the observed outcome counts half, at most 1. Less cautious than
    /// <see cref="TwoSided"/>; <see cref="BinomialInterval.MidP"/> is the interval that agrees with it.</summary>
    /// <param name="successes">Observed successes, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Number of trials, at least 1.</param>
    /// <param name="probability">Success probability under the null hypothesis, 0 to 1.</param>
    /// <exception cref="ArgumentException">A count or probability is impossible.</exception>
    public static double MidP(int successes, int trials, double probability = 0.5)
    {
        Check(successes, trials, probability);
        var half = Distributions.BinomialMass(successes, trials, probability) / 2;
        var lower = Distributions.BinomialLower(successes - 1, trials, probability) + half;
        var upper = Distributions.BinomialUpper(successes + 1, trials, probability) + half;
        return Math.Min(1, 2 * Math.Min(lower, upper));
    }

    /// <summary>P(X at least <paramref name="successes"/>): evidence that the true probability is greater.</summary>
    /// <param name="successes">Observed successes, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Number of trials, at least 1.</param>
    /// <param name="probability">Success probability under the null hypothesis, 0 to 1.</param>
    /// <exception cref="ArgumentException">A count or probability is impossible.</exception>
    public static double OneSidedGreater(int successes, int trials, double probability = 0.5)
    {
        Check(successes, trials, probability);
        return Distributions.BinomialUpper(successes, trials, probability);
    }

    /// <summary>P(X at most <paramref name="successes"/>): evidence that the true probability is less.</summary>
    /// <param name="successes">Observed successes, 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">Number of trials, at least 1.</param>
    /// <param name="probability">Success probability under the null hypothesis, 0 to 1.</param>
    /// <exception cref="ArgumentException">A count or probability is impossible.</exception>
    public static double OneSidedLess(int successes, int trials, double probability = 0.5)
    {
        Check(successes, trials, probability);
        return Distributions.BinomialLower(successes, trials, probability);
    }

    /// <summary>Power of the exact two-sided test of probability 0.5: the chance that p is at most <paramref name="alpha"/>.</summary>
    /// <param name="trials">Number of trials, at least 1.</param>
    /// <param name="trueProbability">The probability that holds in truth, 0 to 1.</param>
    /// <param name="alpha">Level of the test, between 0 and 1.</param>
    /// <returns>Rejection probability; it may fall when <paramref name="trials"/> grows by one, because the test is discrete.</returns>
    /// <exception cref="ArgumentException">An argument is impossible.</exception>
    public static double Power(int trials, double trueProbability, double alpha = 0.05)
    {
        Checks.AtLeast(trials, 1);
        Checks.Probability(trueProbability);
        Checks.OpenUnit(alpha);
        return PowerAt(trials, LargestRejected(trials, alpha), trueProbability);
    }

    /// <summary>
    /// The number of trials from which the exact two-sided test of 0.5 keeps at least the wanted power.
    /// </summary>
    /// <remarks>
    /// Power is a saw-tooth in the number of trials: it can reach the wanted value, fall below it again and come back. The result is one
    /// above the LAST size that falls short, so that the power holds there and at every larger size. Sizes up to twice the normal
    /// approximation plus 200 are tried; beyond, the approximation exceeds the wanted power by more than the teeth are deep.
    /// </remarks>
    /// <param name="trueProbability">The probability that holds in truth, not 0.5.</param>
    /// <param name="power">Wanted power, between 0 and 1.</param>
    /// <param name="alpha">Level of the test, between 0 and 1.</param>
    /// <exception cref="ArgumentException">An argument is impossible, or more than five million trials would be needed.</exception>
    public static int TrialsForPower(double trueProbability, double power = 0.8, double alpha = 0.05)
    {
        Checks.Probability(trueProbability);
        Checks.OpenUnit(power);
        Checks.OpenUnit(alpha);
        var distance = Math.Abs(trueProbability - 0.5);
        var spread = Math.Sqrt(trueProbability * (1 - trueProbability));
        var approximation = Math.Pow(
            ((Distributions.NormalCritical(1 - alpha) * 0.5) + (Math.Max(0, Distributions.NormalCritical((2 * power) - 1)) * spread))
                / distance,
            2);
        if (!(approximation <= LargestTrials))
        {
            throw new ArgumentOutOfRangeException(
                nameof(trueProbability),
                Invariant($"trueProbability must differ from 0.5 enough for {LargestTrials} trials to reach power ")
                    + Invariant($"{power}, was {trueProbability}."));
        }

        var trials = (2 * (int)Math.Ceiling(approximation)) + 200;
        var rejected = LargestRejected(trials, alpha);
        while (trials > 0 && PowerAt(trials, rejected, trueProbability) >= power)
        {
            trials--;

            // One trial fewer lowers the bound by at most one.
            while (rejected >= 0 && !Rejects(rejected, trials, alpha))
            {
                rejected--;
            }
        }

        return trials + 1;
    }

    // Under 0.5 the two-sided p of k below the middle is twice the lower tail; rounding must not put one that equals the level above it.
    private static bool Rejects(int successes, int trials, double alpha) =>
        2 * successes < trials && 2 * Distributions.BinomialLower(successes, trials, 0.5) <= alpha * (1 + 1e-12);

    private static int LargestRejected(int trials, double alpha)
    {
        int low = -1, high = trials / 2;
        while (low < high)
        {
            var middle = low + ((high - low + 1) / 2);
            if (Rejects(middle, trials, alpha))
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private static double PowerAt(int trials, int rejected, double trueProbability) => rejected < 0
        ? 0
        : Distributions.BinomialLower(rejected, trials, trueProbability)
        + Distributions.BinomialUpper(trials - rejected, trials, trueProbability);

    private static void Check(int successes, int trials, double probability)
    {
        Checks.Count(successes, trials, nameof(successes), nameof(trials));
        Checks.Probability(probability);
    }
}

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
        Checks.Probability(rate);
        Checks.AtLeast(n, 1);
        Checks.OpenUnit(level);
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

    /// <summary>The mid-p interval: the success probabilities whose <see cref="BinomialTest.MidP"/> is at least the error.</summary>
    /// <param name="k">Successes, 0 to <paramref name="n"/>.</param>
    /// <param name="n">Trials, at least 1.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">A count or the level is impossible.</exception>
    public static Interval MidP(int k, int n, double level = 0.95)
    {
        Check(k, n, level);
        var tail = (1 - level) / 2;

        // The upper tail grows with the probability, the lower one falls.
        double Upper(double p) => Distributions.BinomialUpper(k + 1, n, p) + (Distributions.BinomialMass(k, n, p) / 2);
        double Lower(double p) => Distributions.BinomialLower(k - 1, n, p) + (Distributions.BinomialMass(k, n, p) / 2);
        return new Interval(k == 0 ? 0 : Bisect(p => Upper(p) < tail), k == n ? 1 : Bisect(p => Lower(p) >= tail));
    }

    private static double Bisect(Func<double, bool> below)
    {
        double low = 0, high = 1;
        for (var i = 0; i < 200 && low < high; i++)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = below(middle) ? (middle, high) : (low, middle);
        }

        return low + ((high - low) / 2);
    }

    /// <summary>The textbook interval p plus or minus z times the standard error; not limited to [0, 1], of zero width at 0 and
    /// n.</summary>
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
        Checks.Count(k, n, nameof(k), nameof(n));
        Checks.OpenUnit(level);
    }
}

/// <summary>A closed interval of real numbers.</summary>
/// <param name="Lower">Lower bound.</param>
/// <param name="Upper">Upper bound.</param>
public readonly record struct Interval(double Lower, double Upper)
{
    /// <summary>Length of the interval.</summary>
    public double Width => Upper - Lower;

    /// <summary>Whether a value lies in the interval, bounds included; false for NaN.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(double value) => value >= Lower && value <= Upper;
}

/// <summary>The sign test of paired differences; ties are left out by the caller.</summary>
public static class SignTest
{
    /// <summary>Exact two-sided p of equally likely signs.</summary>
    /// <param name="plus">Number of positive differences.</param>
    /// <param name="minus">Number of negative differences.</param>
    /// <returns>The p-value; 1 without any difference.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double TwoSided(int plus, int minus)
    {
        Checks.AtLeast(plus, 0);
        Checks.AtLeast(minus, 0);
        return plus + minus == 0 ? 1 : BinomialTest.TwoSided(plus, checked(plus + minus));
    }
}

/// <summary>McNemar's test of two classifications of the same items.</summary>
public static class McNemar
{
    /// <summary>Exact two-sided p from the discordant pairs: a sign test of <paramref name="b"/> against <paramref name="c"/>.</summary>
    /// <param name="b">Items that only the first classification calls positive.</param>
    /// <param name="c">Items that only the second classification calls positive.</param>
    /// <returns>The p-value; 1 when no pair is discordant.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double Exact(int b, int c)
    {
        Checks.AtLeast(b, 0);
        Checks.AtLeast(c, 0);
        return SignTest.TwoSided(b, c);
    }

    /// <summary>The same with the mid-p of the discordant pairs.</summary>
    /// <param name="b">Items that only the first classification calls positive.</param>
    /// <param name="c">Items that only the second classification calls positive.</param>
    /// <returns>The p-value; 1 when no pair is discordant.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double MidP(int b, int c)
    {
        Checks.AtLeast(b, 0);
        Checks.AtLeast(c, 0);
        return b + c == 0 ? 1 : BinomialTest.MidP(b, checked(b + c));
    }
}
