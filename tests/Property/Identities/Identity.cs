using FsCheck;
using FsCheck.Fluent;
using Repro.Experiments.Adr;

namespace Repro.Tests.Properties.Identities;

/// <summary>Generators of the identities, and the bound up to which both sides must agree.</summary>
internal static class Identity
{
    private const double Tolerance = 1e-11;

    /// <summary>0 or 1; shrinks to 1, the mask that hides nothing.</summary>
    public static readonly Gen<double> Bit = Gen.Elements(0.0, 1.0);

    /// <summary>Multiples of 1/4 from -2 to 2, so that ties are frequent.</summary>
    public static readonly Gen<double> Coarse = Gen.Choose(-8, 8).Select(i => i * 0.25);

    /// <summary>From -scale to scale.</summary>
    public static Gen<double> Real(double scale) => Gen.Choose(-10_000, 10_000).Select(i => i * scale / 10_000);

    /// <summary>From -scale to 0.</summary>
    public static Gen<double> LogProb(double scale) => Gen.Choose(-10_000, 0).Select(i => i * scale / 10_000);

    /// <summary>Token ids.</summary>
    public static Gen<double> Token(int vocabulary) => Gen.Choose(0, vocabulary - 1).Select(i => (double)i);

    /// <summary>Lists of given lengths. Shrinks by setting numbers to 0 (bits to 1) one at a time.</summary>
    public static Arbitrary<double[][]> Parts(params (int Count, Gen<double> Of)[] parts) => Arb.From(
        Gen.CollectToArray(parts, part => Gen.ArrayOf(part.Of, part.Count)),
        lists => parts.SelectMany((part, i) => Enumerable.Range(0, part.Count)
            .Where(j => lists[i][j] != Rest(part.Of))
            .Select(j => lists.Select((list, k) => k == i ? [.. list[..j], Rest(part.Of), .. list[(j + 1)..]] : list).ToArray())));

    /// <summary>One list of a drawn length, with further lists of fixed lengths behind it; shrinks by dropping entries of the first.</summary>
    public static Arbitrary<double[][]> Response(int least, int most, Gen<double> of, params (int Count, Gen<double> Of)[] parts) => Arb.From(
        from count in Gen.Choose(least, most)
        from first in Gen.ArrayOf(of, count)
        from rest in Gen.CollectToArray(parts, part => Gen.ArrayOf(part.Of, part.Count))
        select rest.Prepend(first).ToArray(),
        lists => Enumerable.Range(0, lists[0].Length).Where(_ => lists[0].Length > least)
            .Select(j => lists[1..].Prepend([.. lists[0][..j], .. lists[0][(j + 1)..]]).ToArray()));

    /// <summary>A mask [rows, columns] whose empty rows count their last position.</summary>
    public static double[] NotEmpty(double[] mask, int columns) =>
        [.. mask.Select((bit, i) => i % columns == columns - 1 && mask[(i - columns + 1)..i].All(b => b == 0) ? 1 : bit)];

    /// <summary>Fails with the relations that do not hold.</summary>
    public static void Holds(Action<Deviations> check)
    {
        var found = new Deviations();
        check(found);
        Assert.True(found.Worst <= Tolerance, found.Failures(Tolerance));
    }

    private static double Rest(Gen<double> of) => ReferenceEquals(of, Bit) ? 1 : 0;
}
