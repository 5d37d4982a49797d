using System.Text.Json;
using static TorchSharp.torch;

namespace Repro.Tests.Shared.Vectors;

/// <summary>Tensors of the vector schema: <c>{"dtype", "shape", "data"}</c>, not-finite numbers as strings.</summary>
internal static class VectorTensor
{
    public static Tensor Read(JsonElement element, ScalarType floating)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty("dtype", out var dtype))
        {
            throw new InvalidDataException($"a tensor was expected, found {element.ValueKind}.");
        }

        var shape = element.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()).ToArray();
        var type = dtype.GetString() switch
        {
            "float32" or "float64" => floating,
            "int64" => ScalarType.Int64,
            "bool" => ScalarType.Bool,
            var other => throw new InvalidDataException($"dtype {other} is not part of the schema."),
        };
        using var flat = tensor(Doubles(element), ScalarType.Float64);
        using var cast = flat.to_type(type, copy: true);
        return cast.reshape(shape);
    }

    /// <summary>All numbers of a tensor, or of a bare number.</summary>
    public static double[] Doubles(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => [.. element.GetProperty("data").EnumerateArray().Select(Number)],
        JsonValueKind.Array => [.. element.EnumerateArray().Select(Number)],
        _ => [Number(element)],
    };

    private static double Number(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.String => element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => throw new InvalidDataException($"'{text}' is not a number of the schema."),
        },
        _ => element.GetDouble(),
    };
}
