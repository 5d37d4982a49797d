namespace Repro.Experiments.Procedures;

/// <summary>The inverse of the logistic function.</summary>
public static class Logit
{
    /// <summary>ln(p / (1 - p)).</summary>
    /// <param name="p">Probability, strictly between 0 and 1.</param>
    public static double Of(double p) => p is > 0 and < 1
        ? Math.Log(p / (1 - p))
        : throw new ArgumentOutOfRangeException(nameof(p), p, "expected a probability strictly between 0 and 1");

    /// <summary>Its slope, 1 / (p (1 - p)): how much an error of the probability is magnified; at least 4.</summary>
    /// <param name="p">Probability, strictly between 0 and 1.</param>
    public static double Slope(double p) => p is > 0 and < 1
        ? 1 / (p * (1 - p))
        : throw new ArgumentOutOfRangeException(nameof(p), p, "expected a probability strictly between 0 and 1");
}
