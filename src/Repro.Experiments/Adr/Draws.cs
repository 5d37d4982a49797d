using Repro.Core.Randomness;

namespace Repro.Experiments.Adr;

/// <summary>Random inputs of one case of an identity, equal on every platform.</summary>
/// <param name="random">The generator.</param>
internal sealed class Draws(Xoshiro256 random)
{
    /// <summary>Between two integers, both included.</summary>
    public int Integer(int low, int high) => low + random.NextInt32(high - low + 1);

    /// <summary>Evenly between -<paramref name="scale"/> and <paramref name="scale"/>.</summary>
    public double Real(double scale) => scale * ((2 * random.NextDouble()) - 1);

    /// <summary>Several of <see cref="Real"/>.</summary>
    public double[] Reals(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => Real(scale))];

    /// <summary>Log-probabilities: below 0, as far as -<paramref name="scale"/>.</summary>
    public double[] LogProbs(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => scale * (random.NextDouble() - 1))];

    /// <summary>Multiples of 1/4 from -2 to 2, so that equal values and values at a bound are frequent.</summary>
    public double Coarse() => Integer(-8, 8) * 0.25;

    /// <summary>Several of <see cref="Coarse()"/>.</summary>
    public double[] Coarse(int count) => [.. Enumerable.Range(0, count).Select(_ => Coarse())];

    /// <summary>Ones and zeros.</summary>
    public double[] Bits(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)Integer(0, 1))];

    /// <summary>A mask [rows, columns] with at least one 1 in each row.</summary>
    public double[] Mask(int rows, int columns)
    {
        var mask = Bits(rows * columns);
        for (var row = 0; row < rows; row++)
        {
            mask[(row * columns) + Integer(0, columns - 1)] = 1;
        }

        return mask;
    }

    /// <summary>Token ids below <paramref name="vocabulary"/>.</summary>
    public long[] Tokens(int count, int vocabulary) => [.. Enumerable.Range(0, count).Select(_ => (long)Integer(0, vocabulary - 1))];
}
