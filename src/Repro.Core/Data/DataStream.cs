using System.Buffers.Binary;
using System.IO.Compression;
using ZstdSharp;

namespace Repro.Core.Data;

/// <summary>Opens data files. What a file begins with decides how it is compressed; its ending is only checked against that.</summary>
internal static class DataStream
{
    /// <summary>How much a compressed file may unpack to, whatever its size.</summary>
    internal const long AlwaysAllowed = 16 << 20;

    /// <summary>Beyond <see cref="AlwaysAllowed"/>: bytes for each compressed one. Texts reach 3 to 20, the gzip format ends at
    /// 1032.</summary>
    internal const int LargestRatio = 100;

    // Formats that people have and that are not read, by their first bytes.
    private static readonly (byte[] Start, string Problem)[] Refused =
    [
        ("PK\x03\x04"u8.ToArray(), "is a zip archive; unpack it, or compress it with gzip or zstd"),
        ("BZh"u8.ToArray(), "is compressed with bzip2; unpack it, or use gzip or zstd"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "is compressed with xz; unpack it, or use gzip or zstd"),
        ([0x37, 0x7A, 0xBC, 0xAF], "is a 7-Zip archive; unpack it"),
        ("ARROW1"u8.ToArray(), "is an Arrow file; save the data set as JSON lines, CSV or Parquet"),
        ([0xFF, 0xFE], "is encoded in UTF-16; UTF-8 was expected"),
        ([0xFE, 0xFF], "is encoded in UTF-16; UTF-8 was expected"),
        ("version https://git-lfs"u8.ToArray(), "is a pointer of Git LFS and not the data themselves; fetch them with 'git lfs pull'"),
    ];

    private static readonly byte[] Gzip = [0x1F, 0x8B];
    private static readonly byte[] Zstandard = [0x28, 0xB5, 0x2F, 0xFD];
    private static readonly byte[] ParquetStart = "PAR1"u8.ToArray();

    /// <summary>Opens a file for one reading from front to back.</summary>
    /// <returns>The unpacked bytes.</returns>
    /// <exception cref="ReproException">The file is missing, a folder, a device, of another compression than its ending, or of a kind
    /// that is not read.</exception>
    internal static Stream Open(string path)
    {
        var (file, start) = OpenFile(path);
        try
        {
            var compression = start.AsSpan().StartsWith(Gzip) ? ".gz" : start.AsSpan().StartsWith(Zstandard) ? ".zst" : null;
            RequireEnding(path, compression);
            if (Array.Find(Refused, kind => start.AsSpan().StartsWith(kind.Start)) is { Problem: { } problem })
            {
                throw new ReproException($"{path}: {problem}.");
            }

            return compression switch
            {
                ".gz" => new LimitedStream(new GZipStream(file, CompressionMode.Decompress), path, file.Length) { IsGzip = true },
                ".zst" => new LimitedStream(new DecompressionStream(file, leaveOpen: false), path, file.Length),
                _ => file,
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file as it is, for readers that go back and forth.</summary>
    /// <exception cref="ReproException">As for <see cref="Open"/>.</exception>
    internal static Stream OpenWhole(string path) => OpenFile(path).File;

    /// <summary>Whether a file holds Parquet, whatever it is called.</summary>
    internal static bool IsParquet(string path)
    {
        var (file, start) = OpenFile(path);
        file.Dispose();
        return start.AsSpan().StartsWith(ParquetStart) || Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase);
    }

    private static (FileStream File, byte[] Start) OpenFile(string path)
    {
        FileStream? file = null;
        try
        {
            // Opening a pipe waits until somebody writes to it, and a device never ends: both have no length, as only empty files do.
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            if (Directory.Exists(target))
            {
                throw new ReproException($"{path}: is a folder; a file was expected.");
            }

            if (File.Exists(target) && new FileInfo(target).Length == 0)
            {
                throw new ReproException($"{path}: the file holds no rows; at least one was expected (it is empty, or a pipe or device).");
            }

            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
            var start = new byte[24];
            Array.Resize(ref start, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
            file.Position = 0;
            return (file, start);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            file?.Dispose();
            throw ReproException.Unreadable(path, failure);
        }
    }

    private static void RequireEnding(string path, string? compression)
    {
        foreach (var (ending, name) in new[] { (".gz", "gzip"), (".zst", "zstd") })
        {
            if (path.EndsWith(ending, StringComparison.OrdinalIgnoreCase) && compression != ending)
            {
                throw new ReproException($"{path}: {name} data were expected; the file does not begin like one.");
            }
        }
    }
}

/// <summary>A stream that is read once, from front to back.</summary>
internal abstract class ForwardStream(Stream inner) : Stream
{
    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => false;

    public sealed override bool CanWrite => false;

    public sealed override long Length => throw new NotSupportedException();

    public sealed override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public sealed override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public sealed override void Flush()
    {
    }

    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public sealed override void SetLength(long value) => throw new NotSupportedException();

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected sealed override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Bytes of a text, which has no NUL: a file with one is of another kind, or was never written to the end.</summary>
internal sealed class TextStream(Stream inner, string path) : ForwardStream(inner)
{
    private readonly Stream _inner = inner;
    private long _line = 1;

    public override int Read(Span<byte> buffer)
    {
        var bytes = buffer[.._inner.Read(buffer)];
        if (bytes.IndexOf((byte)0) is >= 0 and var place)
        {
            var line = _line + bytes[..place].Count((byte)'\n');
            throw new ReproException(Invariant($"{path}:{line}: a NUL byte stands here; text in UTF-8 was expected."));
        }

        _line += bytes.Count((byte)'\n');
        return bytes.Length;
    }
}

/// <summary>Unpacked bytes, of which there may not be absurdly many: a few kilobytes can unpack to terabytes.</summary>
internal sealed class LimitedStream(Stream inner, string path, long compressed) : ForwardStream(inner)
{
    private readonly Stream _inner = inner;

    /// <summary>Whether the end of the file tells how many bytes there are.</summary>
    internal bool IsGzip { get; init; }

    private readonly long _most = Math.Max(DataStream.AlwaysAllowed, compressed * DataStream.LargestRatio);
    private long _read;

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = _inner.Read(buffer);
        }
        catch (Exception failure) when (failure is ZstdException or EndOfStreamException)
        {
            throw new InvalidDataException(failure.Message, failure);
        }

        if (count == 0 && buffer.Length > 0 && IsGzip && !EndsWhole())
        {
            throw new InvalidDataException("the compressed data end early.");
        }

        _read += count;
        return _read <= _most ? count : throw new ReproException(Invariant(
            $"{path}: {compressed} bytes unpack to more than {_most}, over {DataStream.LargestRatio} times as many, ")
            + "which no data set does; unpack the file first if it is right.");
    }

    // The runtime takes an early end for the end. A gzip member closes with its length modulo 2^32; files of several members (as some
    // programs write that compress in parallel) are told by the beginning of a later one.
    private bool EndsWhole()
    {
        using var file = File.OpenRead(path);
        var end = new byte[sizeof(uint)];
        file.Position = Math.Max(0, file.Length - end.Length);
        file.ReadExactly(end);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        return length == unchecked((uint)_read) || (length < _read && HasLaterMember(file));
    }

    private static bool HasLaterMember(FileStream file)
    {
        ReadOnlySpan<byte> start = [0x1F, 0x8B, 0x08];
        var buffer = new byte[1 << 16];
        var kept = 0;
        file.Position = 1;
        for (var count = 1; count > 0;)
        {
            count = file.Read(buffer, kept, buffer.Length - kept);
            if (buffer.AsSpan(0, kept + count).IndexOf(start) >= 0)
            {
                return true;
            }

            var rest = Math.Min(start.Length - 1, kept + count);
            buffer.AsSpan(kept + count - rest, rest).CopyTo(buffer);
            kept = rest;
        }

        return false;
    }
}
