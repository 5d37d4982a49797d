using FsCheck;
using FsCheck.Fluent;

namespace Repro.Tests.Properties.Evaluation.Statistics;

/// <summary>Inputs of the statistical functions.</summary>
internal static class Generators
{
    /// <summary>Counts k of n with n from 1 to <paramref name="largest"/>; the ends 0 and n are frequent. Shrinks towards 0 of 1.</summary>
    public static Arbitrary<(int K, int N)> Counts(int largest = 300) =>
        Arb.From(
            from n in Gen.Choose(1, largest)
            from k in Gen.Frequency((8, Gen.Choose(0, n)), (1, Gen.Constant(0)), (1, Gen.Constant(n)))
            select (k, n),
            pair => new[] { (pair.k / 2, (pair.n + 1) / 2), (Math.Min(pair.k, pair.n - 1), pair.n - 1), (pair.k - 1, pair.n) }
                .Where(p => p.Item2 >= 1 && p.Item1 >= 0 && p != pair));

    /// <summary>A double in a range, on a grid fine enough to be arbitrary and coarse enough to tie.</summary>
    public static Gen<double> Real(double low, double high) =>
        Gen.Choose(0, 10_000).Select(i => low + ((high - low) * i / 10_000));

    /// <summary>Lists of reals; shrinks by dropping elements.</summary>
    public static Arbitrary<double[]> Reals(int fewest, int most, double low = -10, double high = 10) =>
        Arb.From(
            from count in Gen.Choose(fewest, most)
            from values in Gen.ArrayOf(Gen.Frequency((3, Real(low, high)), (1, Gen.Choose(-2, 2).Select(i => Math.Clamp(i, low, high)))), count)
            select values,
            values => Enumerable.Range(0, values.Length)
                .Where(_ => values.Length > fewest)
                .Select(i => values.Where((_, j) => j != i).ToArray()));

    /// <summary>Confidence levels.</summary>
    public static Gen<double> Level => Gen.Elements(0.5, 0.8, 0.9, 0.95, 0.99, 0.999);
}
