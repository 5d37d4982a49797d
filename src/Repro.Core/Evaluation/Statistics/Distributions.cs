using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace Repro.Core.Evaluation.Statistics;

/// <summary>Quantiles and tail areas shared by the tests; tails are computed directly, not as one minus a value close to one.</summary>
internal static class Distributions
{
    /// <summary>Standard normal quantile that leaves (1 - level) / 2 in each tail.</summary>
    public static double NormalCritical(double level) => -Normal.InvCDF(0, 1, (1 - level) / 2);

    /// <summary>Two-sided tail area of a standard normal value.</summary>
    public static double NormalTwoSided(double z) => double.IsInfinity(z) ? 0 : SpecialFunctions.Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>Two-sided tail area of Student's t.</summary>
    public static double StudentTwoSided(double t, double degreesOfFreedom) =>
        double.IsInfinity(t)
            ? 0
            : SpecialFunctions.BetaRegularized(degreesOfFreedom / 2, 0.5, degreesOfFreedom / (degreesOfFreedom + (t * t)));

    /// <summary>Student quantile that leaves (1 - level) / 2 in each tail.</summary>
    public static double StudentCritical(double level, double degreesOfFreedom) =>
        -StudentT.InvCDF(0, 1, degreesOfFreedom, (1 - level) / 2);

    /// <summary>Upper tail area of chi-squared.</summary>
    public static double ChiSquaredUpper(double statistic, double degreesOfFreedom) =>
        statistic <= 0
            ? 1
            : double.IsPositiveInfinity(statistic) ? 0 : SpecialFunctions.GammaUpperRegularized(degreesOfFreedom / 2, statistic / 2);

    /// <summary>Binomial probability mass.</summary>
    public static double BinomialMass(int successes, int trials, double probability)
    {
        if (probability is 0 or 1)
        {
            return successes == (probability is 0 ? 0 : trials) ? 1 : 0;
        }

        return Math.Exp(
            LogChoose(trials, successes)
            + (successes * Math.Log(probability))
            + ((trials - successes) * double.LogP1(-probability)));
    }

    /// <summary>P(X at most successes) for a binomial X.</summary>
    public static double BinomialLower(int successes, int trials, double probability)
    {
        if (successes < 0)
        {
            return 0;
        }

        return successes >= trials ? 1 : SpecialFunctions.BetaRegularized(trials - successes, successes + 1, 1 - probability);
    }

    /// <summary>P(X at least successes) for a binomial X.</summary>
    public static double BinomialUpper(int successes, int trials, double probability)
    {
        if (successes <= 0)
        {
            return 1;
        }

        return successes > trials ? 0 : SpecialFunctions.BetaRegularized(successes, trials - successes + 1, probability);
    }

    /// <summary>Logarithm of the binomial coefficient.</summary>
    public static double LogChoose(int n, int k) => SpecialFunctions.BinomialLn(n, k);
}
