using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using static TorchSharp.torch;

namespace Repro.Core.Models.Safetensors;

/// <summary>
/// A safetensors file, mapped into memory: eight bytes of header length (little endian), a JSON header, raw tensors.
/// Tensors are copied from the mapping straight to where they are wanted; nothing else is held.
/// </summary>
public sealed unsafe class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    // The limit of the reference implementation.
    private const long MaximumHeader = 100_000_000;

    // Spans count in 32 bits: larger tensors are copied in parts.
    private const long PartBytes = 1L << 30;

    private readonly MemoryMappedFile _mapping;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _data;
    private readonly SafetensorsHeader _header;
    private bool _disposed;

    private SafetensorsFile(string path, MemoryMappedFile mapping, MemoryMappedViewAccessor view, long length)
    {
        Path = path;
        _mapping = mapping;
        _view = view;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            start += view.PointerOffset;
            var declared = BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(start, LengthBytes));
            if (declared > (ulong)Math.Min(length - LengthBytes, MaximumHeader))
            {
                throw new ReproException(
                    Invariant($"{path}: the header should take {declared} bytes, ")
                        + Invariant($"but the file has {length} bytes and a header at most {MaximumHeader}."));
            }

            _header = SafetensorsHeader.Parse(
                new ReadOnlySpan<byte>(start + LengthBytes, (int)declared), length - LengthBytes - (long)declared, path);
            _data = start + LengthBytes + (long)declared;
        }
        catch
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
            throw;
        }
    }

    /// <summary>Where the file lies.</summary>
    public string Path { get; }

    /// <summary>Tensors by name.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Entries => _header.Entries;

    /// <summary>The texts under <c>__metadata__</c>; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Maps a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReproException">The file cannot be read, or is not a valid safetensors file; nothing stays open.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        MemoryMappedFile? mapping = null;
        MemoryMappedViewAccessor? view = null;
        try
        {
            var length = LinkedFile.Length(path);
            if (length < LengthBytes)
            {
                throw new ReproException(Invariant($"{path}: a safetensors file has at least {LengthBytes} bytes, this one has {length}."));
            }

            mapping = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            return new SafetensorsFile(path, mapping, view, length);
        }
        catch (Exception failure)
        {
            view?.Dispose();
            mapping?.Dispose();
            if (failure is IOException or UnauthorizedAccessException)
            {
                throw ReproException.Unreadable(path, failure);
            }

            throw;
        }
    }

    /// <summary>A new tensor on the CPU with the recorded dtype and shape.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="ReproException">There is no such tensor.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var target = empty([.. entry.Shape], dtype: entry.Dtype);
        Fill(entry, target);
        return target;
    }

    /// <summary>Copies a tensor into one of the same shape; dtype and device are converted. One on the meta device has no numbers to
    /// copy to: the shape alone is compared.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="target">Contiguous, of the recorded shape.</param>
    /// <exception cref="ReproException">There is no such tensor, or its shape is another one.</exception>
    public void CopyTo(string name, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        var entry = Entry(name);
        if (!target.shape.SequenceEqual(entry.Shape))
        {
            throw new ReproException(
                $"{Path}: tensor '{name}' has shape [{InvariantText.Join(", ", entry.Shape)}], "
                    + $"the model expects [{InvariantText.Join(", ", target.shape)}].");
        }

        if (target.device.type == TorchSharp.DeviceType.META)
        {
            return;
        }

        using var noGrad = no_grad();
        if (target.dtype == entry.Dtype && target.device.type == TorchSharp.DeviceType.CPU && target.is_contiguous())
        {
            using var alias = target.detach();
            Fill(entry, alias);
            return;
        }

        using var read = Read(name);
        target.copy_(read);
    }

    /// <summary>Closes the mapping. Tensors that were read stay.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _mapping.Dispose();
        }
    }

    private SafetensorsEntry Entry(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Entries.TryGetValue(name, out var entry) ? entry : throw new ReproException($"{Path}: there is no tensor '{name}'.");
    }

    private void Fill(SafetensorsEntry entry, Tensor target)
    {
        if (entry.Begin == entry.End)
        {
            return;
        }

        var size = SafetensorsDtypes.SizeOf(entry.Dtype);
        using var flat = target.view(-1);
        for (var first = entry.Begin; first < entry.End; first += PartBytes)
        {
            var count = Math.Min(PartBytes, entry.End - first);
            using var part = flat.narrow(0, (first - entry.Begin) / size, count / size);
            new ReadOnlySpan<byte>(_data + first, (int)count).CopyTo(part.bytes);
        }
    }
}

/// <summary>One tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="Dtype">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">The byte after the last one, counted likewise.</param>
public sealed record SafetensorsEntry(string Name, ScalarType Dtype, IReadOnlyList<long> Shape, long Begin, long End);

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
