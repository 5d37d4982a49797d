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

/// <summary>Logistic regression with an L1 penalty, exactly: the minimum of |b|_1 + c sum_i w_i loss_i, where loss_i is
/// the cross-entropy of a share p_i with sigmoid(x_i b). No coefficient is free of the penalty (as liblinear's with
/// <c>fit_intercept=False</c>).</summary>
public static class PenalizedLogisticRegression
{
    private const int MostIterations = 200;
    private const int MostSweeps = 1000;

    /// <summary>Fits by proximal Newton steps: coordinate descent on the quadratic of a step, then a line search.</summary>
    /// <param name="features">Row after row, <paramref name="columns"/> finite numbers each.</param>
    /// <param name="columns">Features of a row, at least 1.</param>
    /// <param name="shares">Share of label 1 of each row, 0 to 1.</param>
    /// <param name="weights">Weight of each row, at least 0.</param>
    /// <param name="c">Inverse strength of the penalty, above 0.</param>
    /// <param name="start">Coefficients to begin with; empty for zeros. The minimum does not depend on them.</param>
    /// <exception cref="ArgumentException">Lengths do not fit, or a number is outside.</exception>
    public static PenalizedLogisticFit Fit(
        ReadOnlySpan<double> features,
        int columns,
        ReadOnlySpan<double> shares,
        ReadOnlySpan<double> weights,
        double c,
        ReadOnlySpan<double> start = default)
    {
        Checks.AtLeast(columns, 1);
        Checks.Values(features, nameof(features));
        Checks.Values(shares, nameof(shares));
        Checks.Values(weights, nameof(weights));
        Checks.SameLength(shares.Length, weights.Length, nameof(shares), nameof(weights));
        Checks.SameLength(features.Length, shares.Length * columns, nameof(features), nameof(shares));
        if (!(c > 0 && double.IsFinite(c)) || shares.ContainsAnyExceptInRange(0, 1)
            || weights.ContainsAnyInRange(double.MinValue, -double.Epsilon))
        {
            throw new ArgumentException("c must be above 0, shares from 0 to 1 and weights at least 0.", nameof(c));
        }

        var problem = new Problem(features, columns, shares, weights, c);
        double[] b = start.IsEmpty ? new double[columns] : start.ToArray();
        Checks.SameLength(b.Length, columns, nameof(start), nameof(columns));
        return Newton(problem, b);
    }

    /// <summary>The loss without its penalty: sum_i w_i loss_i.</summary>
    internal static double Loss(
        ReadOnlySpan<double> features, ReadOnlySpan<double> shares, ReadOnlySpan<double> weights, double[] b) =>
        new Problem(features, b.Length, shares, weights, 1).Loss(b);

    private static PenalizedLogisticFit Newton(Problem problem, double[] b)
    {
        var value = problem.Value(b);
        var gradient = new double[b.Length];
        var curvature = new double[b.Length * b.Length];
        for (var iteration = 0; ; iteration++)
        {
            problem.Derivatives(b, gradient, curvature);
            var step = Step(b, gradient, curvature);
            if (step.Max(Math.Abs) <= 1e-13 * (1 + b.Max(Math.Abs)) || iteration == MostIterations)
            {
                return new PenalizedLogisticFit(b, gradient, value, iteration);
            }

            var (next, nextValue) = Search(problem, b, value, step, Decrease(b, gradient, step));
            if (next is null)
            {
                // No step lowers the value any more: what is left is rounding.
                return new PenalizedLogisticFit(b, gradient, value, iteration);
            }

            (b, value) = (next, nextValue);
        }
    }

    // Coordinate descent on gradient d + d H d / 2 + |b + d|_1.
    private static double[] Step(double[] b, double[] gradient, double[] curvature)
    {
        var n = b.Length;
        var step = new double[n];
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var moved = 0.0;
            for (var j = 0; j < n; j++)
            {
                var slope = gradient[j];
                for (var k = 0; k < n; k++)
                {
                    slope += curvature[(j * n) + k] * step[k];
                }

                var bend = Math.Max(curvature[(j * n) + j], 1e-12);
                var goal = Shrunk(b[j] + step[j] - (slope / bend), 1 / bend);
                moved = Math.Max(moved, Math.Abs(goal - b[j] - step[j]));
                step[j] = goal - b[j];
            }

            if (moved <= 1e-15 * (1 + b.Max(Math.Abs)))
            {
                break;
            }
        }

        return step;
    }

    private static double Shrunk(double value, double by) => Math.Sign(value) * Math.Max(0, Math.Abs(value) - by);

    private static double Decrease(double[] b, double[] gradient, double[] step)
    {
        var sum = 0.0;
        for (var j = 0; j < b.Length; j++)
        {
            sum += (gradient[j] * step[j]) + Math.Abs(b[j] + step[j]) - Math.Abs(b[j]);
        }

        return sum;
    }

    private static (double[]? Next, double Value) Search(Problem problem, double[] b, double value, double[] step, double decrease)
    {
        for (var factor = 1.0; factor > 1e-10; factor /= 2)
        {
            var next = new double[b.Length];
            for (var j = 0; j < b.Length; j++)
            {
                next[j] = b[j] + (factor * step[j]);
            }

            // Near the minimum the value is flat to the last bit while its slope is not: a step that rounding hides is taken.
            var reached = problem.Value(next);
            if (reached <= value + (1e-4 * factor * decrease) || (factor == 1 && reached <= value + (1e-14 * Math.Abs(value))))
            {
                return (next, reached);
            }
        }

        return (null, value);
    }

    private readonly ref struct Problem(
        ReadOnlySpan<double> features, int columns, ReadOnlySpan<double> shares, ReadOnlySpan<double> weights, double c)
    {
        private readonly ReadOnlySpan<double> _features = features;
        private readonly ReadOnlySpan<double> _shares = shares;
        private readonly ReadOnlySpan<double> _weights = weights;

        internal double Value(double[] b) => b.Sum(Math.Abs) + (c * Loss(b));

        internal double Loss(double[] b)
        {
            var sum = 0.0;
            for (var i = 0; i < _shares.Length; i++)
            {
                var logit = Logit(i, b);
                var softplus = Math.Max(0, logit) + double.LogP1(Math.Exp(-Math.Abs(logit)));
                sum += _weights[i] * (softplus - (_shares[i] * logit));
            }

            return sum;
        }

        internal void Derivatives(double[] b, double[] gradient, double[] curvature)
        {
            Array.Clear(gradient);
            Array.Clear(curvature);
            for (var i = 0; i < _shares.Length; i++)
            {
                var q = 1 / (1 + Math.Exp(-Logit(i, b)));
                var residual = c * _weights[i] * (q - _shares[i]);
                var bend = c * _weights[i] * q * (1 - q);
                var row = _features.Slice(i * columns, columns);
                for (var j = 0; j < columns; j++)
                {
                    gradient[j] += residual * row[j];
                    for (var k = 0; k < columns; k++)
                    {
                        curvature[(j * columns) + k] += bend * row[j] * row[k];
                    }
                }
            }
        }

        private double Logit(int i, double[] b)
        {
            var sum = 0.0;
            for (var j = 0; j < columns; j++)
            {
                sum += _features[(i * columns) + j] * b[j];
            }

            return sum;
        }
    }
}

/// <summary>A logistic regression with an L1 penalty.</summary>
/// <param name="Coefficients">One a feature.</param>
/// <param name="Gradient">Of c sum w loss at the coefficients: minus the sign of a coefficient that is not 0, from -1 to 1 at one that
/// is.</param>
/// <param name="Objective">The smallest value of penalty and loss.</param>
/// <param name="Iterations">Newton steps taken.</param>
public sealed record PenalizedLogisticFit(
    IReadOnlyList<double> Coefficients, IReadOnlyList<double> Gradient, double Objective, int Iterations);

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
