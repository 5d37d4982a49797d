namespace Repro.Experiments.Procedures;

/// <summary>Recognises averages of few whole ratings: fractions with a small denominator.</summary>
public static class SmallFractions
{
    /// <summary>Whether a number is k / m for whole k and m.</summary>
    /// <param name="value">The number.</param>
    /// <param name="largestDenominator">Largest m, at least 1.</param>
    /// <param name="tolerance">How far the number may lie from k / m.</param>
    public static bool Matches(double value, int largestDenominator, double tolerance = 1e-9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestDenominator, 1);
        return Enumerable.Range(1, largestDenominator).Any(m => Math.Abs(value - (Math.Round(value * m) / m)) < tolerance);
    }

    /// <summary>Share of numbers of an interval that lie that near to such a fraction: how often chance alone matches.</summary>
    /// <param name="low">Lower end.</param>
    /// <param name="high">Upper end, above the lower one.</param>
    /// <param name="largestDenominator">Largest m, at least 1.</param>
    /// <param name="tolerance">As for <see cref="Matches"/>.</param>
    public static double ChanceShare(double low, double high, int largestDenominator, double tolerance = 1e-9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        ArgumentOutOfRangeException.ThrowIfLessThan(largestDenominator, 1);
        var fractions = Enumerable.Range(1, largestDenominator)
            .SelectMany(m => Enumerable.Range(0, (int)Math.Floor(high * m) + 1).Select(k => (double)k / m))
            .Where(f => f >= low)
            .Distinct()
            .Count();
        return Math.Min(1, fractions * 2 * tolerance / (high - low));
    }
}
