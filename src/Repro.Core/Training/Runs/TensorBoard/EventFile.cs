using System.Buffers.Binary;
using Google.Protobuf;

namespace Repro.Core.Training.Runs.TensorBoard;

/// <summary>
/// An event file that TensorBoard reads: records of length, checksum of the length, bytes of an event, checksum of the bytes; little endian.
/// </summary>
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
                Add(new TensorBoardEvent(now, 0, Version, new Dictionary<string, float>()));
            }
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Every whole event of a stream, with the place after it. Reading ends at the first record that is torn or fails its checksum.</summary>
    internal static IEnumerable<(long End, TensorBoardEvent Event)> Read(Stream stream)
    {
        var head = new byte[12];
        var position = stream.Position;
        while (stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            var length = BinaryPrimitives.ReadInt64LittleEndian(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8)) != MaskedCrc.Of(head.AsSpan(0, 8)) || length is < 0 or > LongestRecord)
            {
                yield break;
            }

            var body = new byte[length + 4];
            if (stream.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length
                || BinaryPrimitives.ReadUInt32LittleEndian(body.AsSpan((int)length)) != MaskedCrc.Of(body.AsSpan(0, (int)length))
                || Parse(body[..(int)length]) is not { } parsed)
            {
                yield break;
            }

            position += Frame + length;
            yield return (position, parsed);
        }
    }

    /// <summary>Adds the scalars of a step.</summary>
    internal void Add(double now, long step, IReadOnlyDictionary<string, double> scalars) =>
        Add(new TensorBoardEvent(now, step, null, scalars.ToDictionary(pair => pair.Key, pair => (float)pair.Value)));

    /// <summary>Brings all events to the disk.</summary>
    internal void Sync() => _files.Sync(_stream);

    public void Dispose() => _stream.Dispose();

    private static TensorBoardEvent? Parse(byte[] bytes)
    {
        try
        {
            return TensorBoardEvent.Parse(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private void Add(TensorBoardEvent entry)
    {
        var body = entry.ToBytes();
        var record = new byte[Frame + body.Length];
        BinaryPrimitives.WriteInt64LittleEndian(record, body.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc.Of(record.AsSpan(0, 8)));
        body.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + body.Length), MaskedCrc.Of(body));
        _stream.Write(record);
        _stream.Flush();
    }
}
