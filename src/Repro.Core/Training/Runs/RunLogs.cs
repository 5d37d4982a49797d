using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Repro.Core.Training.Runs;

/// <summary>What a run writes down on its way: metrics and samples as JSON lines, scalars for TensorBoard.</summary>
internal sealed class RunLogs : IDisposable
{
    internal const string MetricFile = "metrics.jsonl";

    internal const string SampleFile = "samples.jsonl";

    private readonly TimeProvider _clock;
    private readonly StepLog _metrics;
    private readonly StepLog _samples;
    private readonly EventFile _events;

    /// <summary>Opens the logs of a run; what they say of later steps is taken away.</summary>
    internal RunLogs(RunFolder folder, long step, TimeProvider clock)
    {
        _clock = clock;
        _metrics = new StepLog(folder.File(MetricFile), folder.Files, step);
        try
        {
            _samples = new StepLog(folder.File(SampleFile), folder.Files, step);
        }
        catch
        {
            _metrics.Dispose();
            throw;
        }

        try
        {
            _events = new EventFile(folder.File(EventFile.Name), folder.Files, step, Now);
        }
        catch
        {
            _metrics.Dispose();
            _samples.Dispose();
            throw;
        }
    }

    private double Now => _clock.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;

    internal void Step(long step, StepReport report, double seconds, long tokens)
    {
        _metrics.Add(new JsonObject
        {
            ["step"] = step,
            ["kind"] = "train",
            ["seconds"] = Math.Round(seconds, 6),
            ["tokens"] = report.Tokens,
            ["tokens_so_far"] = tokens,
            ["metrics"] = Numbers(report.Metrics),
        });
        foreach (var sample in report.Samples)
        {
            _samples.Add(new JsonObject
            {
                ["step"] = step,
                ["prompt"] = sample.Prompt,
                ["response"] = sample.Response,
                ["scores"] = Numbers(sample.Scores),
            });
        }

        _events.Add(
            Now,
            step,
            report.Metrics.Select(pair => ($"train/{pair.Key}", pair.Value))
                .Append(("train/tokens_per_second", report.Tokens / Math.Max(seconds, 1e-9)))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2));
    }

    internal void Evaluation(long step, IReadOnlyDictionary<string, double> metrics, double seconds)
    {
        _metrics.Add(new JsonObject
        {
            ["step"] = step,
            ["kind"] = "evaluation",
            ["seconds"] = Math.Round(seconds, 6),
            ["metrics"] = Numbers(metrics),
        });
        _events.Add(Now, step, metrics.ToDictionary(pair => $"evaluation/{pair.Key}", pair => pair.Value));
    }

    internal void Sync()
    {
        _metrics.Sync();
        _samples.Sync();
        _events.Sync();
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _samples.Dispose();
        _events.Dispose();
    }

    // JSON has no word for what is not finite.
    internal static JsonObject Numbers(IReadOnlyDictionary<string, double> numbers) =>
        new(numbers.Select(pair => KeyValuePair.Create<string, JsonNode?>(
            pair.Key, double.IsFinite(pair.Value) ? JsonValue.Create(pair.Value) : JsonValue.Create(Invariant($"{pair.Value}")))));
}

/// <summary>A file of JSON lines, each with the number of steps that were done under <c>step</c>, in order.</summary>
internal sealed class StepLog : IDisposable
{
    internal static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

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
