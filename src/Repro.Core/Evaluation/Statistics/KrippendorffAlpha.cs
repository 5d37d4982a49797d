namespace Repro.Core.Evaluation.Statistics;

/// <summary>Krippendorff's alpha: agreement of raters beyond chance, for any number of raters of whom each may leave units out.</summary>
public static class KrippendorffAlpha
{
    /// <summary>
    /// alpha = 1 - D_o / D_e with squared differences as disagreement. With SS the sum of squared deviations and n all values of units
    /// with two or more, D_o = sum of 2 m SS / (m - 1) over units of m values, over n, and D_e = 2 SS / (n - 1) of all n.
    /// </summary>
    /// <param name="units">For each unit the values that raters gave it; units with fewer than two do not count.</param>
    /// <returns>1 for full agreement, about 0 for chance, negative below it.</returns>
    /// <exception cref="ArgumentException">No unit has two values, a value is not finite, or all are equal.</exception>
    public static double Interval(IReadOnlyList<double[]> units)
    {
        var counted = Counted(units);
        var all = counted.SelectMany(unit => unit).ToArray();
        var total = Descriptive.SquaredDeviations(all);
        if (total == 0)
        {
            throw new ArgumentException(Invariant($"units must vary, all {all.Length} values were {all[0]}."), nameof(units));
        }

        var within = counted.Sum(unit => unit.Length * Descriptive.SquaredDeviations(unit) / (unit.Length - 1));
        return 1 - (within * (all.Length - 1) / (all.Length * total));
    }

    /// <summary>For ranks and grades: <see cref="Interval"/> after each value is replaced by its average rank among all, which is
    /// Krippendorff's ordinal difference.</summary>
    /// <param name="units">For each unit the values that raters gave it; units with fewer than two do not count.</param>
    /// <returns>1 for full agreement, about 0 for chance, negative below it.</returns>
    /// <exception cref="ArgumentException">No unit has two values, a value is not finite, or all are equal.</exception>
    public static double Ordinal(IReadOnlyList<double[]> units)
    {
        var counted = Counted(units);
        var ranks = Correlation.AverageRanks([.. counted.SelectMany(unit => unit)]);
        var (replaced, next) = (new List<double[]>(), 0);
        foreach (var unit in counted)
        {
            replaced.Add(ranks[next..(next + unit.Length)]);
            next += unit.Length;
        }

        return Interval(replaced);
    }

    private static List<double[]> Counted(IReadOnlyList<double[]> units)
    {
        ArgumentNullException.ThrowIfNull(units);
        var counted = units.Where(unit => unit.Length > 1).ToList();
        if (counted.Count == 0)
        {
            throw new ArgumentException(Invariant($"units must hold one with two values, held none among {units.Count}."), nameof(units));
        }

        foreach (var unit in counted)
        {
            Checks.Values(unit, nameof(units), 2);
        }

        return counted;
    }
}
