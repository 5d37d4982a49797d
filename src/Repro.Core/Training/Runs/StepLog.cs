using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Repro.Core.Training.Runs;

/// <summary>A file of JSON lines, each with the number of steps that were done under <c>step</c>, in order.</summary>
internal sealed class StepLog : IDisposable
{
    internal static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    internal static readonly JsonSerializerOptions Indented = new(Compact) { WriteIndented = true };

    private readonly IRunFiles _files;
    private readonly Stream _stream;

    /// <summary>Opens a log and takes away what comes after a step: lines of steps that a kill undid, and a torn last line.</summary>
    /// <param name="path">The file; it may be missing.</param>
    /// <param name="files">The file system.</param>
    /// <param name="step">Lines up to this step stay.</param>
    internal StepLog(string path, IRunFiles files, long step)
    {
        _files = files;
        _stream = files.Append(path);
        try
        {
            _stream.Seek(0, SeekOrigin.Begin);
            var end = EndOf(_stream, step);
            _stream.SetLength(end);
            _stream.Seek(end, SeekOrigin.Begin);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>Adds a line.</summary>
    internal void Add(JsonObject line)
    {
        _stream.Write([.. JsonSerializer.SerializeToUtf8Bytes(line, Compact), (byte)'\n']);
        _stream.Flush();
    }

    /// <summary>Brings all lines to the disk.</summary>
    internal void Sync() => _files.Sync(_stream);

    public void Dispose() => _stream.Dispose();

    // The place after the last whole line that belongs to the steps that stay.
    private static long EndOf(Stream stream, long step)
    {
        var line = new List<byte>();
        var (end, position) = (0L, 0L);
        var buffer = new byte[1 << 16];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            for (var i = 0; i < count; i++)
            {
                position++;
                if (buffer[i] != '\n')
                {
                    line.Add(buffer[i]);
                    continue;
                }

                if (StepOf([.. line]) is not { } found || found > step)
                {
                    return end;
                }

                end = position;
                line.Clear();
            }
        }

        return end;
    }

    private static long? StepOf(byte[] line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"] is JsonValue value && value.TryGetValue(out long step) ? step : null;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
