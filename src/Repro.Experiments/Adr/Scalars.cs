using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

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
        [.. Enumerable.Range(0, values.Count / columns).Select(row => Enumerable.Range(row * columns, columns).Where(i => mask[i] == 1).Sum(i => values[i]))];

    /// <summary>A float64 tensor of a shape.</summary>
    public static Tensor Of(double[] values, params long[] shape) => tensor(values, ScalarType.Float64).reshape(shape);
}
