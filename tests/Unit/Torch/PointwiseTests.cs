using Repro.Tests.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PointwiseTests
{
    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Functions() => new()
    {
        { "exp", x => x.exp(), Math.Exp },
        { "exp2", x => x.exp2(), x => Math.Pow(2, x) },
        { "expm1", x => x.expm1(), x => Math.Exp(x) - 1 },
        { "log", x => x.log(), Math.Log },
        { "log2", x => x.log2(), Math.Log2 },
        { "log10", x => x.log10(), Math.Log10 },
        { "log1p", x => x.log1p(), x => Math.Log(1 + x) },
        { "sqrt", x => x.sqrt(), Math.Sqrt },
        { "rsqrt", x => x.rsqrt(), x => 1 / Math.Sqrt(x) },
        { "square", x => x.square(), x => x * x },
        { "pow", x => x.pow(3), x => x * x * x },
        { "sin", x => x.sin(), Math.Sin },
        { "cos", x => x.cos(), Math.Cos },
        { "tan", x => x.tan(), Math.Tan },
        { "asin", x => x.asin(), Math.Asin },
        { "acos", x => x.acos(), Math.Acos },
        { "atan", x => x.atan(), Math.Atan },
        { "sinh", x => x.sinh(), Math.Sinh },
        { "cosh", x => x.cosh(), Math.Cosh },
        { "tanh", x => x.tanh(), Math.Tanh },
        { "sigmoid", x => x.sigmoid(), Sigmoid },
        { "logit", x => x.logit(), x => Math.Log(x / (1 - x)) },
        { "log_sigmoid", x => x.log_sigmoid(), x => -Math.Log(1 + Math.Exp(-x)) },
        { "silu", x => x.silu(), x => x * Sigmoid(x) },
        { "relu", x => x.relu(), x => Math.Max(0, x) },
        { "softplus", x => x.softplus(), x => Math.Log(1 + Math.Exp(x)) },
        { "elu", x => x.neg().elu(), x => Math.Exp(-x) - 1 },
        { "leaky_relu", x => x.neg().leaky_relu(0.1), x => -0.1 * x },
        { "hardtanh", x => x.hardtanh(-0.5, 0.5), x => Math.Min(0.5, x) },
        { "deg2rad", x => x.deg2rad(), x => x * Math.PI / 180 },
        { "erf of exp", x => x.erf().erfinv(), x => x },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void AFunctionHasItsValues(string name, Func<Tensor, Tensor> function, Func<double, double> expected)
    {
        double[] points = [0.1, 0.25, 0.5, 0.75, 0.9];
        using var scope = NewDisposeScope();
        function(tensor(points)).Values().Should().BeEquivalentTo(
            points.Select(expected),
            options => options.WithStrictOrdering().Using<double>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-9)).WhenTypeIs<double>(),
            name);
    }

    [Fact]
    public void GeluIsExactOrByTanh()
    {
        using var x = tensor(new[] { -1.0, 0, 1 });
        x.gelu().ShouldBe(-0.158655, 0, 0.841345);
    }

    [Fact]
    public void PowersOfTensorsAndNumbers()
    {
        using var x = tensor(new[] { 1f, 2f, 3f });
        x.pow(2).ShouldBe(1, 4, 9);
        x.pow(x).ShouldBe(1, 4, 27);
        x.pow(0.5).ShouldBe(1, Math.Sqrt(2), Math.Sqrt(3));
    }

    [Fact]
    public void SoftmaxAndItsLogarithmSumToOne()
    {
        using var x = tensor(new[,] { { 1.0, 2.0, 3.0 }, { 1.0, 1.0, 1.0 } });
        x.softmax(1).ShouldBe([2, 3], 0.0900306, 0.2447285, 0.6652410, 1.0 / 3, 1.0 / 3, 1.0 / 3);
        x.log_softmax(-1).ShouldBe([2, 3], -2.4076060, -1.4076060, -0.4076060, -1.0986123, -1.0986123, -1.0986123);
        using var single = x.softmax(1, ScalarType.Float32);
        single.dtype.Should().Be(ScalarType.Float32);
    }

    [Fact]
    public void AngleOfTwoCoordinatesKnowsItsQuadrant()
    {
        using var y = tensor(new[] { 1.0, -1.0 });
        using var x = tensor(new[] { -1.0, -1.0 });
        y.atan2(x).ShouldBe(3 * Math.PI / 4, -3 * Math.PI / 4);
    }

    [Fact]
    public void LogarithmOfASumOfExponentials()
    {
        using var x = tensor(new[,] { { 1000.0, 1000.0 }, { 0.0, 0.0 } });
        x.logsumexp(1).ShouldBe(1000 + Math.Log(2), Math.Log(2));
        x.logsumexp(1, keepdim: true).ShouldBe([2, 1], 1000 + Math.Log(2), Math.Log(2));
        using var zero = zeros(1);
        zero.logaddexp(zero).ShouldBe(Math.Log(2));
    }

    [Fact]
    public void MissingAndInfiniteValuesAreReplaced()
    {
        using var x = tensor(new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1 });
        x.nan_to_num(0, 9, -9).ShouldBe(0, 9, -9, 1);
        x.isnan().ShouldBe(true, false, false, false);
        x.isinf().ShouldBe(false, true, true, false);
        x.isfinite().ShouldBe(false, false, false, true);
    }

    [Fact]
    public void InPlaceFunctionsChangeTheirTensor()
    {
        using var x = tensor(new[] { 0.0, 1.0 });
        x.exp_().ShouldBeStill(1, Math.E);
        x.log_().ShouldBeStill(0, 1);
        x.sigmoid_().ShouldBeStill(0.5, 0.7310586);
        x.sqrt_().ShouldBeStill(Math.Sqrt(0.5), Math.Sqrt(0.7310586));
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
