namespace Repro.Core.Evaluation.Statistics;

/// <summary>A logistic regression of one covariate.</summary>
/// <param name="Intercept">Log-odds at x = 0; NaN under separation, infinite with a single class.</param>
/// <param name="Slope">Change of the log-odds per unit of x; infinite under separation, NaN with a single class.</param>
/// <param name="InterceptStandardError">From the inverse information; NaN under separation.</param>
/// <param name="SlopeStandardError">From the inverse information; NaN under separation.</param>
/// <param name="LogLikelihood">At the maximum; its supremum under separation (0 when complete or with a single class), NaN for quasi-separation.</param>
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
