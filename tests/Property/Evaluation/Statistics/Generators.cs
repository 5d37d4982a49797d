using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Losses;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Evaluation.Statistics;

/// <summary>K of N.</summary>
public sealed record Counts(int K, int N) : Drawn;

/// <summary>Numbers of one sample.</summary>
public sealed record Sample(double[] Values) : Drawn;

/// <summary>Numbers of a sample, and how many bins they are counted in.</summary>
public sealed record BinnedSample(double[] Values, int Bins) : Drawn;

/// <summary>P-values of several tests.</summary>
public sealed record PValues(double[] Values) : Drawn;

/// <summary>A probability.</summary>
public sealed record Probability(double Value) : Drawn;

/// <summary>Paired numbers, neither side constant.</summary>
public sealed record PairedSample(double[] X, double[] Y) : Drawn;

/// <summary>A correlation of N pairs, and the level of its interval.</summary>
public sealed record CorrelationOf(double R, int N, double Level) : Drawn;

/// <summary>A test of N throws at a level, where the truth is P.</summary>
public sealed record PowerCase(int N, double P, double Alpha) : Drawn;

/// <summary>A table of two by two.</summary>
public sealed record FourfoldTable(int A, int B, int C, int D) : Drawn;

/// <summary>A share that is printed with some decimals.</summary>
public sealed record PrintedShare(int K, int N, int Decimals, GrimRounding Rounding) : Drawn;

/// <summary>A proportion of N that is printed as so many thousandths.</summary>
public sealed record PrintedThousandths(int N, int Thousandths) : Drawn;

/// <summary>A number and an outcome for each subject.</summary>
public sealed record Outcomes(double[] X, bool[] Y) : Drawn;

/// <summary>A seed and a bound of random integers.</summary>
public sealed record RandomBound(int Seed, int Bound) : Drawn;

/// <summary>Draws the inputs of the statistical functions.</summary>
public static class StatisticsInputs
{
    private static readonly double[] Levels = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999];

    private static readonly double[] Alphas = [0.01, 0.05, 0.1, 0.3];

    /// <summary>N from 1 to 300; the ends 0 and N are frequent.</summary>
    public static Arbitrary<Counts> Counts() =>
        Draw.Of(CountsUpTo(300).Select(x => new Counts(x.K, x.N)), x => x.N >= 1 && x.K >= 0 && x.K <= x.N);

    public static Arbitrary<Sample> Samples() => OfAtLeast(1);

    public static Arbitrary<BinnedSample> Binned() => Draw.Of(
        from values in Values(1, 40)
        from bins in Gen.Choose(1, 12)
        select new BinnedSample(values, bins),
        x => x.Values.Length >= 1 && x.Bins >= 1);

    public static Arbitrary<PValues> PValues() => Draw.Of(
        from count in Gen.Choose(1, 12)
        from values in Gen.ArrayOf(Gen.Frequency((3, Draw.Real(0, 1)), (1, Gen.Elements(0.0, 1.0))), count)
        select new PValues(values),
        x => x.Values.Length >= 1 && x.Values.All(p => p is >= 0 and <= 1));

    public static Arbitrary<Probability> Probabilities() =>
        Draw.Of(Draw.Real(0, 1).Select(p => new Probability(p)), x => x.Value is >= 0 and <= 1);

    public static Arbitrary<PairedSample> Pairs() => Draw.Of(
        (from n in Gen.Choose(2, 25)
         from x in Gen.ArrayOf(Draw.Real(-5, 5), n)
         from y in Gen.ArrayOf(Draw.Real(-5, 5), n)
         select new PairedSample(x, y)).Where(Varied),
        Varied,
        pair => Enumerable.Range(0, pair.X.Length).Select(i => new PairedSample(Draw.Without(pair.X, i), Draw.Without(pair.Y, i))));

    public static Arbitrary<CorrelationOf> Correlations() => Draw.Of(
        from r in Draw.Real(-1, 1) from n in Gen.Choose(4, 500) from level in Gen.Elements(Levels) select new CorrelationOf(r, n, level),
        x => x.R is >= -1 and <= 1 && x.N >= 4 && Levels.Contains(x.Level));

    public static Arbitrary<PowerCase> Powers() => Draw.Of(
        from n in Gen.Choose(1, 60) from p in Draw.Real(0, 1) from alpha in Gen.Elements(Alphas) select new PowerCase(n, p, alpha),
        x => x.N >= 1 && x.P is >= 0 and <= 1 && Alphas.Contains(x.Alpha));

    public static Arbitrary<FourfoldTable> Tables() => Draw.Of(
        from a in Gen.Choose(0, 15)
        from b in Gen.Choose(0, 15)
        from c in Gen.Choose(0, 15)
        from d in Gen.Choose(1, 15)
        select new FourfoldTable(a, b, c, d),
        x => x is { A: >= 0, B: >= 0, C: >= 0, D: >= 1 });

    public static Arbitrary<PrintedShare> Shares() => Draw.Of(
        from counts in CountsUpTo(2000)
        from decimals in Gen.Choose(0, 6)
        from rounding in Gen.Elements(GrimRounding.Either, GrimRounding.HalfUp, GrimRounding.HalfEven, GrimRounding.Truncated)
        select new PrintedShare(counts.K, counts.N, decimals, rounding),
        x => x.N >= 1 && x.K >= 0 && x.K <= x.N && x.Decimals >= 0);

    public static Arbitrary<PrintedThousandths> Thousandths() => Draw.Of(
        from n in Gen.Choose(1, 60)
        from thousandths in Gen.Choose(0, 1000)
        select new PrintedThousandths(n, thousandths), x => x.N >= 1 && x.Thousandths >= 0);

    public static Arbitrary<Outcomes> Outcomes() => Draw.Of(
        (from n in Gen.Choose(4, 40)
         from x in Gen.ArrayOf(Draw.Real(-3, 3), n)
         from y in Gen.ArrayOf(Gen.Elements(true, false), n)
         select new Outcomes(x, y)).Where(Usable),
        Usable,
        data => Enumerable.Range(0, data.X.Length).Select(i => new Outcomes(Draw.Without(data.X, i), Draw.Without(data.Y, i))));

    public static Arbitrary<RandomBound> Bounds() => Draw.Of(
        from seed in Gen.Choose(0, int.MaxValue)
        from bound in Gen.Frequency((1, Gen.Choose(1, 10)), (1, Gen.Choose(1, int.MaxValue)))
        select new RandomBound(seed, bound),
        x => x.Seed >= 0 && x.Bound >= 1);

    internal static Arbitrary<Sample> OfAtLeast(int fewest) =>
        Draw.Of(Values(fewest, 30).Select(x => new Sample(x)), x => x.Values.Length >= fewest);

    private static Gen<(int K, int N)> CountsUpTo(int largest) =>
        from n in Gen.Choose(1, largest)
        from k in Gen.Frequency((8, Gen.Choose(0, n)), (1, Gen.Constant(0)), (1, Gen.Constant(n)))
        select (k, n);

    private static Gen<double[]> Values(int fewest, int most) =>
        from count in Gen.Choose(fewest, most)
        from values in Gen.ArrayOf(Gen.Frequency((3, Draw.Real(-10, 10)), (1, Gen.Choose(-2, 2).Select(i => (double)i))), count)
        select values;

    private static bool Varied(PairedSample pair) =>
        pair.X.Length == pair.Y.Length && pair.X.Distinct().Count() > 1 && pair.Y.Distinct().Count() > 1;

    private static bool Usable(Outcomes data) => data.X.Length == data.Y.Length && data.X.Length >= 4 && data.X.Distinct().Count() > 1;
}

/// <summary>Samples that have a variance.</summary>
public static class SamplesOfTwo
{
    public static Arbitrary<Sample> Samples() => StatisticsInputs.OfAtLeast(2);
}
