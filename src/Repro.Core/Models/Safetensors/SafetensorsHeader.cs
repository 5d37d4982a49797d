using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Repro.Core.Models.Safetensors;

/// <summary>Reads the JSON header strictly: every byte of the data belongs to exactly one tensor, and every size agrees.</summary>
internal sealed class SafetensorsHeader
{
    // Entries nest two deep: the list of tensors, one tensor, its shape.
    private const int MaximumDepth = 4;
    private const int MaximumDimensions = 64;

    private readonly string _file;
    private readonly long _dataLength;
    private readonly Dictionary<string, SafetensorsEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string file, long dataLength)
    {
        _file = file;
        _dataLength = dataLength;
    }

    internal IReadOnlyDictionary<string, SafetensorsEntry> Entries => _entries;

    internal IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <exception cref="ReproException">The header is not valid, or does not account for exactly the bytes that follow it.</exception>
    internal static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength, string file)
    {
        var header = new SafetensorsHeader(file, dataLength);
        try
        {
            header.ReadAll(json);
        }
        catch (JsonException failure)
        {
            throw new ReproException($"{file}: the header is not valid JSON: {failure.Message}", failure);
        }
        catch (InvalidOperationException failure)
        {
            // Names that are not valid UTF-8 or have broken escapes.
            throw new ReproException($"{file}: the header holds text that is not valid Unicode.", failure);
        }

        header.RequireFullCover();
        return header;
    }

    private void ReadAll(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
        {
            throw new ReproException($"{_file}: the header must start with '{{'.");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaximumDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            Require(reader.TokenType == JsonTokenType.StartObject, name, "an object was expected");
            if (name == "__metadata__")
            {
                ReadMetadata(ref reader);
            }
            else if (!_entries.TryAdd(name, ReadEntry(ref reader, name)))
            {
                throw new ReproException($"{_file}: tensor '{name}' is listed twice.");
            }
        }

        // Only white space may follow; anything else makes the reader throw.
        while (reader.Read())
        {
        }
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        if (_metadata.Count > 0)
        {
            throw new ReproException($"{_file}: '__metadata__' is listed twice.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, "__metadata__." + key, "a text was expected");
            Require(_metadata.TryAdd(key, reader.GetString()!), "__metadata__." + key, "it is listed twice");
        }
    }

    private SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        ScalarType? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            switch (key)
            {
                case "dtype" when dtype is null:
                    Require(reader.TokenType == JsonTokenType.String, name, "dtype must be a text");
                    dtype = ReadDtype(reader.GetString()!, name);
                    break;
                case "shape" when shape is null:
                    shape = ReadNumbers(ref reader, name, "shape", MaximumDimensions);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadNumbers(ref reader, name, "data_offsets", 2);
                    break;
                default:
                    throw new ReproException(
                        $"{_file}: tensor '{name}' has key '{key}' twice or where only dtype, shape and data_offsets may stand.");
            }
        }

        if (dtype is null || shape is null || offsets is not { Count: 2 })
        {
            throw new ReproException($"{_file}: tensor '{name}' must have dtype, shape and two data_offsets.");
        }

        return Checked(new SafetensorsEntry(name, dtype.Value, shape, offsets[0], offsets[1]));
    }

    private ScalarType ReadDtype(string text, string name) =>
        SafetensorsDtypes.Find(text)
        ?? throw new ReproException($"{_file}: tensor '{name}' has dtype '{text}'; supported are {SafetensorsDtypes.Supported}.");

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string key, int limit)
    {
        Require(reader.TokenType == JsonTokenType.StartArray, name, $"{key} must be a list of whole numbers");
        var numbers = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var number = 0L;
            Require(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number) && number >= 0,
                name,
                $"{key} must hold whole numbers from 0 to {long.MaxValue}");
            Require(numbers.Count < limit, name, Invariant($"{key} must have at most {limit} numbers"));
            numbers.Add(number);
        }

        return numbers;
    }

    private SafetensorsEntry Checked(SafetensorsEntry entry)
    {
        Require(
            entry.Begin <= entry.End && entry.End <= _dataLength,
            entry.Name,
            Invariant($"data_offsets [{entry.Begin}, {entry.End}] do not lie within the {_dataLength} bytes of data"));
        var size = (UInt128)SafetensorsDtypes.SizeOf(entry.Dtype);
        var empty = entry.Shape.Contains(0);
        foreach (var dimension in entry.Shape)
        {
            // The product of sizes must stay a 64-bit count even where another dimension is 0: LibTorch forms it.
            size *= (UInt128)Math.Max(dimension, 1);
            Require(size <= long.MaxValue, entry.Name, $"shape [{InvariantText.Join(", ", entry.Shape)}] is too large");
        }

        var expected = empty ? 0 : (long)size;
        Require(
            entry.End - entry.Begin == expected,
            entry.Name,
            Invariant($"dtype and shape [{InvariantText.Join(", ", entry.Shape)}] take {expected} bytes, ")
                + Invariant($"data_offsets span {entry.End - entry.Begin}"));
        return entry;
    }

    private void RequireFullCover()
    {
        var position = 0L;
        foreach (var entry in _entries.Values.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin != position)
            {
                var fault = entry.Begin < position
                    ? "overlaps the tensor before it"
                    : Invariant($"leaves {entry.Begin - position} bytes before it unused");
                throw new ReproException(
                    Invariant($"{_file}: tensor '{Shown(entry.Name)}' {fault} (it begins at {entry.Begin}, {position} was expected)."));
            }

            position = entry.End;
        }

        if (position != _dataLength)
        {
            throw new ReproException(Invariant($"{_file}: the tensors take {position} bytes of data, the file has {_dataLength}."));
        }
    }

    private void Require([DoesNotReturnIf(false)] bool condition, string name, string expectation)
    {
        if (!condition)
        {
            throw new ReproException($"{_file}: '{Shown(name)}': {expectation}.");
        }
    }

    private static string Shown(string name) => name.Length <= 200 ? name : new StringBuilder(name, 0, 200, 203).Append("...").ToString();
}
