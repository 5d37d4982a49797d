namespace Repro.Core.Evaluation.Statistics;

/// <summary>Maximum-likelihood logistic regression of a two-valued outcome on one covariate and an intercept.</summary>
public static class LogisticRegression
{
    private const int MostIterations = 100;

    /// <summary>Fits by Newton's method on the standardised covariate. Separation is detected from the data beforehand and
    /// reported.</summary>
    /// <param name="x">Covariate: at least two finite values that are not all equal.</param>
    /// <param name="y">As many outcomes.</param>
    /// <exception cref="ArgumentException">Too few, unequally many, not finite or constant values.</exception>
    public static LogisticFit Fit(ReadOnlySpan<double> x, ReadOnlySpan<bool> y)
    {
        Checks.Values(x, nameof(x), 2);
        Checks.SameLength(x.Length, y.Length, nameof(x), nameof(y));
        if (!x.ContainsAnyExcept(x[0]))
        {
            throw new ArgumentException(Invariant($"x must vary, was {x[0]} throughout."), nameof(x));
        }

        return Degenerate(x, y) ?? Newton(x, y);
    }

    private static LogisticFit? Degenerate(ReadOnlySpan<double> x, ReadOnlySpan<bool> y)
    {
        double low0 = double.PositiveInfinity, high0 = double.NegativeInfinity, low1 = low0, high1 = high0;
        for (var i = 0; i < x.Length; i++)
        {
            if (y[i])
            {
                (low1, high1) = (Math.Min(low1, x[i]), Math.Max(high1, x[i]));
            }
            else
            {
                (low0, high0) = (Math.Min(low0, x[i]), Math.Max(high0, x[i]));
            }
        }

        if (low0 > high0 || low1 > high1)
        {
            var sign = low1 <= high1 ? double.PositiveInfinity : double.NegativeInfinity;
            return new LogisticFit(sign, double.NaN, double.NaN, double.NaN, 0, 0, Separation.SingleClass);
        }

        if (high0 > low1 && high1 > low0)
        {
            return null;
        }

        var slope = high0 <= low1 ? double.PositiveInfinity : double.NegativeInfinity;
        var touching = high0 == low1 || high1 == low0;
        return new LogisticFit(
            double.NaN, slope, double.NaN, double.NaN, touching ? double.NaN : 0, 0, touching ? Separation.Quasi : Separation.Complete);
    }

    private static LogisticFit Newton(ReadOnlySpan<double> x, ReadOnlySpan<bool> y)
    {
        var mean = Descriptive.MeanOf(x);
        var scale = Math.Sqrt(Descriptive.SquaredDeviations(x) / x.Length);
        double a = 0, b = 0;
        var likelihood = LogLikelihood(x, y, mean, scale, a, b);
        var iteration = 0;
        while (true)
        {
            var s = Score(x, y, mean, scale, a, b);
            var determinant = (s.Iaa * s.Ibb) - (s.Iab * s.Iab);
            var stepA = ((s.Ibb * s.Ga) - (s.Iab * s.Gb)) / determinant;
            var stepB = ((s.Iaa * s.Gb) - (s.Iab * s.Ga)) / determinant;
            if (Math.Abs(stepA) + Math.Abs(stepB) <= 1e-12 * (1 + Math.Abs(a) + Math.Abs(b)) || iteration == MostIterations)
            {
                // Back from z = (x - mean) / scale: the intercept a - b mean / scale has the variance of that combination.
                var ratio = mean / scale;
                var varianceOfIntercept = (s.Ibb + (2 * ratio * s.Iab) + (ratio * ratio * s.Iaa)) / determinant;
                return new LogisticFit(
                    a - (b * ratio),
                    b / scale,
                    Math.Sqrt(varianceOfIntercept),
                    Math.Sqrt(s.Iaa / determinant) / scale,
                    likelihood,
                    iteration,
                    Separation.None);
            }

            // The likelihood is concave: halving the step finds a rise, up to rounding.
            var factor = 1.0;
            var next = LogLikelihood(x, y, mean, scale, a + stepA, b + stepB);
            while (!(next >= likelihood - (1e-12 * Math.Abs(likelihood))) && factor > 1e-10)
            {
                factor /= 2;
                next = LogLikelihood(x, y, mean, scale, a + (factor * stepA), b + (factor * stepB));
            }

            (a, b, likelihood) = (a + (factor * stepA), b + (factor * stepB), next);
            iteration++;
        }
    }

    private static (double Ga, double Gb, double Iaa, double Iab, double Ibb) Score(
        ReadOnlySpan<double> x, ReadOnlySpan<bool> y, double mean, double scale, double a, double b)
    {
        double ga = 0, gb = 0, iaa = 0, iab = 0, ibb = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var z = (x[i] - mean) / scale;
            var p = 1 / (1 + Math.Exp(-(a + (b * z))));
            var residual = (y[i] ? 1 : 0) - p;
            var weight = p * (1 - p);
            ga += residual;
            gb += residual * z;
            iaa += weight;
            iab += weight * z;
            ibb += weight * z * z;
        }

        return (ga, gb, iaa, iab, ibb);
    }

    private static double LogLikelihood(ReadOnlySpan<double> x, ReadOnlySpan<bool> y, double mean, double scale, double a, double b)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            var logit = a + (b * (x[i] - mean) / scale);
            var signed = y[i] ? logit : -logit;
            sum -= Math.Max(0, -signed) + double.LogP1(Math.Exp(-Math.Abs(signed)));
        }

        return sum;
    }
}

/// <summary>A logistic regression of one covariate.</summary>
/// <param name="Intercept">Log-odds at x = 0; NaN under separation, infinite with a single class.</param>
/// <param name="Slope">Change of the log-odds per unit of x; infinite under separation, NaN with a single class.</param>
/// <param name="InterceptStandardError">From the inverse information; NaN under separation.</param>
/// <param name="SlopeStandardError">From the inverse information; NaN under separation.</param>
/// <param name="LogLikelihood">At the maximum; its supremum under separation (0 when complete or with a single class), NaN for
/// quasi-separation.</param>
/// <param name="Iterations">Newton steps taken.</param>
/// <param name="Separation">Why the estimates are not finite, if they are not.</param>
public sealed record LogisticFit(
    double Intercept,
    double Slope,
    double InterceptStandardError,
    double SlopeStandardError,
    double LogLikelihood,
    int Iterations,
    Separation Separation)
{
    /// <summary>Two-sided Wald p of a zero slope; NaN without a finite slope.</summary>
    public double SlopePValue => double.IsNaN(SlopeStandardError) ? double.NaN : Distributions.NormalTwoSided(Slope / SlopeStandardError);

    /// <summary>Modelled probability of a positive outcome.</summary>
    /// <param name="x">Value of the covariate.</param>
    public double Probability(double x) => 1 / (1 + Math.Exp(-(Intercept + (Slope * x))));
}

/// <summary>Whether a covariate predicts a two-valued outcome so well that no finite logistic slope is the best.</summary>
public enum Separation
{
    /// <summary>The values of both classes overlap: a finite maximum exists.</summary>
    None,

    /// <summary>The classes touch in one value only: the slope is infinite.</summary>
    Quasi,

    /// <summary>A threshold splits the classes: the slope is infinite.</summary>
    Complete,

    /// <summary>Only one class occurs: the intercept is infinite.</summary>
    SingleClass,
}
