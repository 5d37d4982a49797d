namespace Repro.Core.Evaluation.Statistics;

/// <summary>Student's t tests of a difference of means.</summary>
public static class TTest
{
    /// <summary>Two independent samples with one common variance.</summary>
    /// <param name="first">At least two finite values.</param>
    /// <param name="second">At least two finite values.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or all values equal.</exception>
    public static TTestResult Pooled(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, second);
        var degrees = first.Length + second.Length - 2;
        var (a, b, exponent) = Squares(first, second);
        var error = Math.Sqrt((a + b) / degrees * ((1.0 / first.Length) + (1.0 / second.Length)));
        return Result(first, second, Math.ScaleB(error, exponent), degrees);
    }

    /// <summary>Two independent samples with a variance each; degrees of freedom by Welch and Satterthwaite.</summary>
    /// <param name="first">At least two finite values.</param>
    /// <param name="second">At least two finite values.</param>
    /// <exception cref="ArgumentException">Too few values, one that is not finite, or all values equal.</exception>
    public static TTestResult Welch(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, second);
        var (a, b, exponent) = Squares(first, second);
        a /= (first.Length - 1.0) * first.Length;
        b /= (second.Length - 1.0) * second.Length;
        var degrees = a + b == 0
            ? first.Length + second.Length - 2
            : (a + b) * (a + b) / ((a * a / (first.Length - 1)) + (b * b / (second.Length - 1)));
        return Result(first, second, Math.ScaleB(Math.Sqrt(a + b), exponent), degrees);
    }

    /// <summary>Paired samples: a one-sample test of the differences.</summary>
    /// <param name="first">At least two finite values.</param>
    /// <param name="second">As many finite values, item by item paired with the first.</param>
    /// <exception cref="ArgumentException">Too few or unequally many values, one that is not finite, or all differences 0.</exception>
    public static TTestResult Paired(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Check(first, second);
        Checks.SameLength(first.Length, second.Length, nameof(first), nameof(second));
        var differences = new double[first.Length];
        for (var i = 0; i < differences.Length; i++)
        {
            differences[i] = first[i] - second[i];
        }

        return Result(Descriptive.MeanOf(differences), StandardError.OfMean(differences, 1), differences.Length - 1);
    }

    // Sums of squared deviations in units of two to twice the exponent, of which neither overflows and the larger does not vanish.
    private static (double First, double Second, int Exponent) Squares(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        var ((a, exponentA), (b, exponentB)) = (Descriptive.Deviations(first), Descriptive.Deviations(second));
        var (squaresA, squaresB) = (Descriptive.SumOfSquares(a), Descriptive.SumOfSquares(b));
        var exponent = squaresA == 0 ? exponentB : squaresB == 0 ? exponentA : Math.Max(exponentA, exponentB);
        return (Math.ScaleB(squaresA, 2 * (exponentA - exponent)), Math.ScaleB(squaresB, 2 * (exponentB - exponent)), exponent);
    }

    /// <summary>Confidence interval of an estimate by Student's t.</summary>
    /// <param name="estimate">The estimate.</param>
    /// <param name="error">Its standard error; 0 gives an interval of one point.</param>
    /// <param name="degrees">Degrees of freedom of the error, above 0.</param>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The level is impossible.</exception>
    public static Interval Interval(double estimate, double error, double degrees, double level = 0.95)
    {
        Checks.OpenUnit(level);
        var half = error == 0 ? 0 : Distributions.StudentCritical(level, degrees) * error;
        return new Interval(estimate - half, estimate + half);
    }

    private static TTestResult Result(ReadOnlySpan<double> first, ReadOnlySpan<double> second, double error, double degrees) =>
        Result(first[0] - second[0] + (MeanFromFirst(first) - MeanFromFirst(second)), error, degrees);

    // Mean less the first value, which is exact where the values lie closer together than the mean can be rounded.
    private static double MeanFromFirst(ReadOnlySpan<double> values)
    {
        var shifted = values.ToArray();
        Descriptive.Subtract(shifted, values[0]);
        return Descriptive.MeanOf(shifted);
    }

    private static void Check(ReadOnlySpan<double> first, ReadOnlySpan<double> second)
    {
        Checks.Values(first, nameof(first), 2);
        Checks.Values(second, nameof(second), 2);
    }

    // Where nothing varies and nothing differs there is no t: neither 0 nor 1 would be its p.
    private static TTestResult Result(double difference, double error, double degrees)
    {
        if (!double.IsFinite(difference))
        {
            throw new ArgumentException("first and second lie too far apart for the range of doubles.", nameof(difference));
        }

        if (difference == 0 && error == 0)
        {
            throw new ArgumentException("first and second must vary or differ for a t test: all values are equal.", nameof(difference));
        }

        var t = difference / error;
        return new TTestResult(difference, error, t, degrees, Distributions.StudentTwoSided(t, degrees));
    }
}

/// <summary>A two-sided t test.</summary>
/// <param name="Difference">Mean of the first sample minus mean of the second.</param>
/// <param name="StandardError">Standard error of the difference.</param>
/// <param name="T">Difference over standard error; infinite when the standard error is 0.</param>
/// <param name="DegreesOfFreedom">Degrees of freedom; fractional for Welch's form.</param>
/// <param name="PValue">Two-sided p.</param>
public sealed record TTestResult(double Difference, double StandardError, double T, double DegreesOfFreedom, double PValue)
{
    /// <summary>Confidence interval of the difference.</summary>
    /// <param name="level">Confidence level, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The level is impossible.</exception>
    public Interval Interval(double level = 0.95) => TTest.Interval(Difference, StandardError, DegreesOfFreedom, level);
}
