using Repro.Core.Randomness;

namespace Repro.Experiments.Mechanisms;

/// <summary>Normal numbers from a generator that gives the same numbers on every platform.</summary>
internal static class Gaussian
{
    /// <summary>A draw of N(0, 1) by the method of Box and Muller.</summary>
    /// <param name="random">Gives two numbers.</param>
    public static double NextNormal(this Xoshiro256 random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Several draws.</summary>
    /// <param name="random">Gives two numbers for each.</param>
    /// <param name="count">How many.</param>
    public static double[] NextNormals(this Xoshiro256 random, int count)
    {
        var draws = new double[count];
        for (var i = 0; i < count; i++)
        {
            draws[i] = random.NextNormal();
        }

        return draws;
    }
}
