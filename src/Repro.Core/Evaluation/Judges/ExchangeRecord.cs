using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Repro.Core.Evaluation.Judges;

/// <summary>A recorded answer of a service.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The whole body, so that log-probabilities, usage and fingerprint stay.</param>
public sealed record RecordedAnswer(int Status, string Body);

/// <summary>
/// The requests that a service answered, in one file of lines, <c>exchanges.jsonl</c>. An answer is on disk before anything is made of it:
/// what was paid for is never asked again, whatever ends the program.
/// </summary>
/// <remarks>The key of a request is the SHA-256 of its body as JSON with sorted keys, without <c>user</c> and <c>stream</c>, with path and
/// model. Only one program writes at a time. A last line without its end, cut by a kill, is dropped.</remarks>
public sealed class ExchangeRecord : IDisposable
{
    private readonly ConcurrentDictionary<string, RecordedAnswer> _answers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);
    private readonly FileStream? _file;
    private readonly FileStream? _writer;
    private readonly Lock _lock = new();

    /// <summary>Reads a record.</summary>
    /// <param name="folder">Its folder; made where it is written. Where there is none yet, nothing is recorded.</param>
    /// <param name="write">Whether answers will be added.</param>
    /// <exception cref="ReproException">A file cannot be opened, a line is damaged, or another program writes to it.</exception>
    public ExchangeRecord(string folder, bool write)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Path = System.IO.Path.Combine(folder, "exchanges.jsonl");
        try
        {
            if (write)
            {
                Directory.CreateDirectory(folder);
                _writer = OnlyWriter(folder);
                _file = new FileStream(Path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
                Load(_file);
            }
            else if (File.Exists(Path))
            {
                using var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                Load(file);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Dispose();
            throw new ReproException($"{Path}: cannot be opened: {failure.Message}", failure);
        }
        catch (ReproException)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Answers that are there.</summary>
    public int Count => _answers.Count;

    /// <summary>Requests that were sent before the program was killed and whose answer never came: they may be paid for twice.</summary>
    public int SentWithoutAnswer => _open.Count;

    /// <summary>The key of a request.</summary>
    /// <param name="path">Path of its address, such as <c>/v1/chat/completions</c>.</param>
    /// <param name="body">Its body, a JSON object.</param>
    /// <exception cref="ReproException">The body is no JSON object.</exception>
    public static string KeyOf(string path, ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var request = JsonNode.Parse(ref reader) as JsonObject ?? throw new ReproException($"{path}: the request is no JSON object.");
            request.Remove("user");
            request.Remove("stream");
            var text = $"{Sorted(request)!.ToJsonString()}\n{path}\n{request["model"]?.ToJsonString()}";
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }
        catch (JsonException failure)
        {
            throw new ReproException($"{path}: the request is no JSON: {failure.Message}", failure);
        }
    }

    /// <summary>The recorded answer to a request; null where there is none.</summary>
    /// <param name="key">Key of the request.</param>
    public RecordedAnswer? Find(string key) => _answers.GetValueOrDefault(key);

    /// <summary>Notes that a request goes out.</summary>
    internal void Sent(string key) => Append(new JsonObject { ["event"] = "sent", ["key"] = key }, isPaid: false);

    /// <summary>Notes that a request came to nothing.</summary>
    internal void Failed(string key, string reason) =>
        Append(new JsonObject { ["event"] = "failed", ["key"] = key, ["reason"] = reason }, isPaid: false);

    /// <summary>Keeps an answer; on return it is on disk.</summary>
    internal void Answered(string key, string path, string? model, RecordedAnswer answer)
    {
        Append(
            new JsonObject
            {
                ["event"] = "answer",
                ["key"] = key,
                ["path"] = path,
                ["model"] = model,
                ["status"] = answer.Status,
                ["date"] = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
                ["body"] = answer.Body,
            },
            isPaid: true);
        _answers[key] = answer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _writer?.Dispose();
    }

    // A file of its own, since not every system keeps a second program from writing to one that is shared for reading.
    private static FileStream OnlyWriter(string folder)
    {
        var path = System.IO.Path.Combine(folder, "exchanges.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure)
        {
            throw new ReproException($"{folder}: another program writes to this record ({failure.Message})", failure);
        }
    }

    private void Append(JsonObject line, bool isPaid)
    {
        var bytes = Encoding.UTF8.GetBytes(line.ToJsonString() + "\n");
        lock (_lock)
        {
            var file = _file ?? throw new InvalidOperationException($"{Path} was opened for reading only.");
            file.Write(bytes);
            file.Flush(flushToDisk: isPaid);
        }
    }

    // A last line without its end is none.
    private void Load(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        var (whole, line) = (bytes.AsSpan().LastIndexOf((byte)'\n') + 1, 0);
        for (var start = 0; start < whole;)
        {
            var length = bytes.AsSpan(start).IndexOf((byte)'\n');
            Take(bytes.AsMemory(start, length), ++line);
            start += length + 1;
        }

        if (_file is not null)
        {
            _file.SetLength(whole);
            _file.Position = whole;
        }
    }

    private void Take(ReadOnlyMemory<byte> text, int line)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var row = document.RootElement;
            var key = row.GetProperty("key").GetString()!;
            switch (row.GetProperty("event").GetString())
            {
                case "sent":
                    _open.Add(key);
                    break;
                case "failed":
                    _open.Remove(key);
                    break;
                case "answer":
                    _open.Remove(key);
                    _answers[key] = new RecordedAnswer(row.GetProperty("status").GetInt32(), row.GetProperty("body").GetString()!);
                    break;
            }
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ReproException(Invariant($"{Path}:{line}: is no recorded exchange: {failure.Message}"), failure);
        }
    }

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject map => new JsonObject(map.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, Sorted(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
