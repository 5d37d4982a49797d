using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;
using Tensorboard;

namespace Repro.Core.Training.Runs;

/// <summary>
/// An event file that TensorBoard reads: records of length, checksum of the length, bytes of an event, checksum of the bytes; little
/// endian.
/// </summary>
/// <remarks>
/// The messages are those of TorchSharp. Its SummaryWriter cannot do what a run needs: go on in a file, take back the steps after a
/// checkpoint, bring its records to the disk, and give the file a name that stays.
/// </remarks>
internal sealed class EventFile : IDisposable
{
    // TensorBoard takes every file with "tfevents" in its name.
    internal const string Name = "events.out.tfevents.0000000001.repro";

    private const string Version = "brain.Event:2";
    private const int Frame = 16;
    private const long LongestRecord = 1 << 26;

    private readonly IRunFiles _files;
    private readonly Stream _stream;

    /// <summary>Opens a file and takes away what comes after a step, and a torn last record.</summary>
    /// <param name="path">The file; it may be missing.</param>
    /// <param name="files">The file system.</param>
    /// <param name="step">Events up to this step stay.</param>
    /// <param name="now">Seconds since 1970.</param>
    internal EventFile(string path, IRunFiles files, long step, double now)
    {
        _files = files;
        _stream = files.Append(path);
        try
        {
            var end = 0L;
            _stream.Seek(0, SeekOrigin.Begin);
            foreach (var (next, entry) in Read(_stream))
            {
                if (entry.Step > step)
                {
                    break;
                }

                end = next;
            }

            _stream.SetLength(end);
            _stream.Seek(end, SeekOrigin.Begin);
            if (end == 0)
            {
                Add(new Event { WallTime = now, FileVersion = Version });
            }
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Every whole event of a stream, with the place after it. Reading ends at the first record that is torn or fails its
    /// checksum.</summary>
    internal static IEnumerable<(long End, Event Event)> Read(Stream stream)
    {
        var head = new byte[12];
        var position = stream.Position;
        while (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var length = BinaryPrimitives.ReadInt64LittleEndian(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8)) != MaskedChecksum(head.AsSpan(0, 8))
                || length is < 0 or > LongestRecord)
            {
                yield break;
            }

            var body = new byte[length + 4];
            if (stream.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length
                || BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan((int)length)) != MaskedChecksum(body.AsSpan(0, (int)length))
                || Parse(body[..(int)length]) is not { } parsed)
            {
                yield break;
            }

            position += Frame + length;
            yield return (position, parsed);
        }
    }

    /// <summary>Adds the scalars of a step.</summary>
    internal void Add(double now, long step, IReadOnlyDictionary<string, double> scalars)
    {
        var summary = new Summary();
        summary.Value.AddRange(scalars.Select(pair => new Summary.Types.Value { Tag = pair.Key, SimpleValue = (float)pair.Value }));
        Add(new Event { WallTime = now, Step = step, Summary = summary });
    }

    /// <summary>Brings all events to the disk.</summary>
    internal void Sync() => _files.Sync(_stream);

    public void Dispose() => _stream.Dispose();

    private static Event? Parse(byte[] bytes)
    {
        try
        {
            return Event.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private void Add(Event entry)
    {
        var body = entry.ToByteArray();
        var record = new byte[Frame + body.Length];
        BinaryPrimitives.WriteInt64LittleEndian(record, body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedChecksum(record.AsSpan(0, 8)));
        body.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + body.Length), MaskedChecksum(body));
        _stream.Write(record);
        _stream.Flush();
    }

    /// <summary>CRC-32C (Castagnoli) of some bytes.</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>The checksum of TFRecord files: rotated by 15 bits and shifted by a constant, so that a checksum over checksums stays
    /// useful.</summary>
    internal static uint MaskedChecksum(ReadOnlySpan<byte> bytes) => unchecked(BitOperations.RotateRight(Checksum(bytes), 15) + 0xa282ead8);
}
