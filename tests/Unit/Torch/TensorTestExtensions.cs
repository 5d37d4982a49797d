using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Torch;

/// <summary>Reads a result and disposes it, so that a test holds on to nothing.</summary>
internal static class TensorTestExtensions
{
    public static float ToSingleAndDispose(this Tensor tensor)
    {
        using (tensor)
        {
            return tensor.ToSingle();
        }
    }

    public static Tensor ReshapeAndDispose(this Tensor tensor, params long[] shape)
    {
        using (tensor)
        {
            return tensor.reshape(shape);
        }
    }

    /// <summary>All elements as doubles, whatever dtype and device.</summary>
    public static double[] Values(this Tensor tensor)
    {
        using (tensor)
        {
            using var local = tensor.cpu();
            using var doubles = local.to_type(ScalarType.Float64);
            return doubles.data<double>().ToArray();
        }
    }

    /// <summary>Asserts the elements, in order, to 1e-5 relative or absolute, and disposes the result.</summary>
    public static void ShouldBe(this Tensor tensor, params double[] expected)
    {
        var values = tensor.Values();
        values.Should().HaveCount(expected.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var near = double.IsNaN(expected[i])
                ? double.IsNaN(values[i])
                : values[i] == expected[i] || Math.Abs(values[i] - expected[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[i]));
            near.Should().BeTrue($"element {i} should be {expected[i]} and is {values[i]} in [{string.Join(", ", values)}]");
        }
    }

    /// <summary>Asserts shape and elements, and disposes the result.</summary>
    public static void ShouldBe(this Tensor tensor, long[] shape, params double[] expected)
    {
        tensor.shape.Should().Equal(shape);
        tensor.ShouldBe(expected);
    }

    /// <summary>Asserts truth values, and disposes the result.</summary>
    public static void ShouldBe(this Tensor tensor, params bool[] expected)
    {
        tensor.dtype.Should().Be(ScalarType.Bool);
        tensor.Values().Should().Equal(expected.Select(value => value ? 1.0 : 0.0));
    }

    public static void ShouldBe(this (Tensor First, Tensor Second) pair, double[] first, double[] second)
    {
        pair.First.ShouldBe(first);
        pair.Second.ShouldBe(second);
    }

    public static void DisposeAll(this IEnumerable<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            tensor.Dispose();
        }
    }

    /// <summary>Asserts the elements and leaves the tensor alone.</summary>
    public static void ShouldBeStill(this Tensor tensor, params double[] expected) => tensor.clone().ShouldBe(expected);

    public static ScalarType DtypeAndDispose(this Tensor tensor)
    {
        using (tensor)
        {
            return tensor.dtype;
        }
    }

    /// <summary>The result of a step whose input is not needed any more.</summary>
    public static Tensor AndDispose(this Tensor tensor, Func<Tensor, Tensor> step)
    {
        using (tensor)
        {
            return step(tensor);
        }
    }
}
