using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Repro.Core;

/// <summary>Checks of what goes into a loss. Each failure names the tensor and states what was found and what was expected.</summary>
internal static class TensorChecks
{
    /// <summary>A size that may be anything in <see cref="Shape"/>.</summary>
    public const long Any = -1;

    public static string Show(Tensor tensor) => "[" + InvariantText.Join(", ", tensor.shape) + "]";

    public static void Shape(Tensor tensor, string name, params long[] expected)
    {
        var found = tensor.shape;
        if (found.Length == expected.Length && found.Zip(expected).All(pair => pair.Second == Any || pair.First == pair.Second))
        {
            return;
        }

        var wanted = string.Join(", ", expected.Select(size => size == Any ? "any" : size.ToString(CultureInfo.InvariantCulture)));
        throw new ReproException($"{name} has shape {Show(tensor)}; [{wanted}] was expected.");
    }

    public static void Same(Tensor tensor, string name, Tensor model, string modelName)
    {
        if (!tensor.shape.SequenceEqual(model.shape))
        {
            throw new ReproException($"{name} has shape {Show(tensor)}; {modelName} has {Show(model)}, and both must be equal.");
        }
    }

    public static void Floating(Tensor tensor, string name)
    {
        if (!tensor.is_floating_point())
        {
            throw new ReproException($"{name} has dtype {tensor.dtype}; a floating point tensor was expected.");
        }
    }

    /// <summary>A floating point vector [batch] with at least one, finite, entry.</summary>
    public static void Vector(Tensor tensor, string name)
    {
        Shape(tensor, name, Any);
        Floating(tensor, name);
        NotEmpty(tensor, name);
        Finite(tensor, name);
    }

    public static void NotEmpty(Tensor tensor, string name)
    {
        if (tensor.numel() == 0)
        {
            throw new ReproException($"{name} is empty, shape {Show(tensor)}; at least one entry was expected.");
        }
    }

    public static void Finite(Tensor tensor, string name)
    {
        using var scope = NewDisposeScope();
        var good = tensor.detach().isfinite();
        if (good.all().ToBoolean())
        {
            return;
        }

        var place = good.logical_not().nonzero()[0].cpu().data<long>().ToArray();
        // A tensor without dimensions has its one entry at no place, and index takes no empty list.
        var entry = place.Length == 0 ? tensor.detach() : tensor.detach().index(place.Select(i => TensorIndex.Single(i)).ToArray());
        var value = entry.to_type(ScalarType.Float64).ToDouble();
        throw new ReproException(Invariant($"{name}[{InvariantText.Join(", ", place)}] is {value}; finite values were expected."));
    }

    /// <summary>Finite wherever <paramref name="mask"/>, of dtype bool and the same shape, is true.</summary>
    public static void FiniteWhere(Tensor tensor, string name, Tensor mask)
    {
        using var scope = NewDisposeScope();
        Finite(tensor.detach().masked_fill(mask.logical_not(), 0), name);
    }

    /// <summary>
    /// Checks a mask (bool, integer or floating; every entry 0 or 1) and returns it as bool. It belongs to the current dispose scope unless
    /// it was bool already.
    /// </summary>
    public static Tensor Mask(Tensor mask, string name, params long[] shape)
    {
        Shape(mask, name, shape);
        if (mask.dtype != ScalarType.Bool)
        {
            using var scope = NewDisposeScope();
            if (!mask.eq(0).logical_or(mask.eq(1)).all().ToBoolean())
            {
                throw new ReproException($"{name} has an entry other than 0 and 1; 1 = counts, 0 = ignored was expected.");
            }

            mask = mask.eq(1).MoveToOuterDisposeScope();
        }

        return mask;
    }

    /// <summary>As <see cref="Mask"/>, and at least one entry counts.</summary>
    public static Tensor CountingMask(Tensor mask, string name, params long[] shape)
    {
        var counted = Mask(mask, name, shape);
        using var scope = NewDisposeScope();
        if (!counted.any().ToBoolean())
        {
            throw new ReproException($"{name} counts no position of the batch, shape {Show(mask)}; at least one was expected.");
        }

        return counted;
    }

    /// <summary>As <see cref="Mask"/> for shape [batch, time], and every row counts at least one position.</summary>
    public static Tensor MaskWithoutEmptyRows(Tensor mask, string name, params long[] shape)
    {
        var counted = CountingMask(mask, name, shape);
        using var scope = NewDisposeScope();
        var empty = counted.any(1).logical_not();
        if (empty.any().ToBoolean())
        {
            throw new ReproException(
                Invariant(
                    $"{name} counts no position of row {empty.nonzero()[0].ToInt64()}: an empty response; every row needs at least one."));
        }

        return counted;
    }

    public static void Positive(double value, string name)
    {
        if (!(value > 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite and above 0, was {value}."));
        }
    }

    public static void NotNegative(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite and not negative, was {value}."));
        }
    }

    public static void NotZero(double value, string name)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be finite and not 0, was {value}."));
        }
    }

    public static void Between(double value, double low, double high, string name)
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, Invariant($"{name} must be from {low} to {high}, was {value}."));
        }
    }
}
