using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>A loss of some float64 leaves of given shapes; the leaves are drawn from a seeded normal distribution, scaled and
/// shifted.</summary>
internal sealed record GradientCase(string Name, long[][] Shapes, Func<Tensor[], Tensor> Loss, double Scale = 0.7, double Shift = 0)
{
    private const double Step = 1e-6;

    /// <summary>Compares every partial derivative with a central difference.</summary>
    public void Check()
    {
        using var scope = NewDisposeScope();
        var random = new Random(20261120);
        var values = Shapes.Select(shape =>
            Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => Shift + (Scale * Normal(random)))
                .ToArray()).ToArray();
        var leaves = values.Select((v, i) => tensor(v, ScalarType.Float64).reshape(Shapes[i]).requires_grad_()).ToArray();
        Loss(leaves).sum().backward();
        var moved = false;
        for (var leaf = 0; leaf < values.Length; leaf++)
        {
            var gradient = Repro.Tests.Shared.Vectors.VectorComparison.Doubles(leaves[leaf].grad!);
            for (var i = 0; i < gradient.Length; i++)
            {
                var difference = (At(values, leaf, i, Step) - At(values, leaf, i, -Step)) / (2 * Step);
                gradient[i].Should().BeApproximately(
                    difference, 1e-7 + (1e-5 * Math.Abs(difference)), "{0}: leaf {1}, element {2}", Name, leaf, i);
                moved |= Math.Abs(gradient[i]) > 1e-6;
            }
        }

        moved.Should().BeTrue("{0}: a gradient that is 0 everywhere proves nothing", Name);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private double At(double[][] values, int leaf, int element, double step)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var shifted = values.Select((v, i) =>
        {
            var copy = (double[])v.Clone();
            if (i == leaf)
            {
                copy[element] += step;
            }

            return tensor(copy, ScalarType.Float64).reshape(Shapes[i]);
        }).ToArray();
        return Loss(shifted).sum().item<double>();
    }
}
