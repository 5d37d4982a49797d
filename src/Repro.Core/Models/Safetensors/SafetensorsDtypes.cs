using static TorchSharp.torch;

namespace Repro.Core.Models.Safetensors;

/// <summary>Names of element types in the header, and their sizes.</summary>
internal static class SafetensorsDtypes
{
    private static readonly (string Name, ScalarType Type, int Size)[] _known =
    [
        ("F32", ScalarType.Float32, 4),
        ("BF16", ScalarType.BFloat16, 2),
        ("F16", ScalarType.Float16, 2),
        ("F64", ScalarType.Float64, 8),
        ("I64", ScalarType.Int64, 8),
        ("I32", ScalarType.Int32, 4),
        ("I16", ScalarType.Int16, 2),
        ("I8", ScalarType.Int8, 1),
        ("U8", ScalarType.Byte, 1),
        ("BOOL", ScalarType.Bool, 1),
    ];

    internal static string Supported => string.Join(", ", _known.Select(known => known.Name));

    internal static ScalarType? Find(string name)
    {
        foreach (var known in _known)
        {
            if (known.Name == name)
            {
                return known.Type;
            }
        }

        return null;
    }

    internal static string? NameOf(ScalarType type)
    {
        foreach (var known in _known)
        {
            if (known.Type == type)
            {
                return known.Name;
            }
        }

        return null;
    }

    internal static int SizeOf(ScalarType type) => _known.First(known => known.Type == type).Size;
}
