using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Identities;

/// <summary>Runs an identity on seeded random cases and turns what it finds into evidence.</summary>
internal static class IdentityCases
{
    /// <summary>Cases of each identity.</summary>
    public const int Count = 200;

    /// <summary>Differences up to this one are rounding: double precision keeps 2e-16, and the longest sums here have some hundred
    /// terms.</summary>
    public const double Tolerance = 1e-12;

    /// <summary>The evidence of all cases, still open for remarks.</summary>
    /// <param name="context">The context of the spec.</param>
    /// <param name="seed">Seed of the cases.</param>
    /// <param name="check">Checks one case.</param>
    /// <param name="found">What the cases found.</param>
    public static EvidenceBuilder Run(SpecContext context, ulong seed, Action<Deviations, Draws> check, out Deviations found)
    {
        var draws = new Draws(new Xoshiro256(seed));
        found = new Deviations();
        for (var i = 0; i < Count; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            check(found, draws);
        }

        return found.AddTo(context.Evidence().Seed(seed).Sample("cases", Count).Value("tolerance", Tolerance), Tolerance);
    }
}

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

/// <summary>The formulas of the identities in plain numbers, to compare the tensor code with, and tensors from plain numbers.</summary>
internal static class Scalars
{
    /// <summary>1 / (1 + exp(-x)).</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 + exp(x)) without overflow: the loss -log sigmoid(-x).</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>Log-probabilities of logits.</summary>
    public static double[] LogSoftmax(IReadOnlyList<double> logits)
    {
        var largest = logits.Max();
        var normaliser = largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
        return [.. logits.Select(logit => logit - normaliser)];
    }

    /// <summary>KL(p || q) of two lists of log-probabilities.</summary>
    public static double Kl(IReadOnlyList<double> p, IReadOnlyList<double> q) => p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum();

    /// <summary>Sums over the columns of a [rows, columns] list of the entries that the mask counts.</summary>
    public static double[] RowSums(IReadOnlyList<double> values, IReadOnlyList<double> mask, int columns) =>
        [.. Enumerable.Range(0, values.Count / columns).Select(row => Enumerable.Range(row * columns, columns).Where(i => mask[i] == 1)
            .Sum(i => values[i]))];

    /// <summary>A float64 tensor of a shape.</summary>
    public static Tensor From(double[] values, params long[] shape) => tensor(values, ScalarType.Float64).reshape(shape);
}
