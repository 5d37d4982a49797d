using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Repro.Core.Chat.Jinja;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>The hash of what a task asks, by which two programs know that they ask the same: SHA-256 of the JSON text that Python's
/// <c>json.dumps(requests, separators=(',', ':'), sort_keys=True)</c> gives.</summary>
public static class RequestHash
{
    /// <summary>The hash of all requests of a task in order: pairs of context and continuation, or of context and how to
    /// generate.</summary>
    /// <param name="task">The task.</param>
    /// <param name="limit">Those of the first documents alone; null for all.</param>
    /// <returns>64 hexadecimal digits, with the number of requests.</returns>
    public static (string Sha256, int Requests) Compute(BenchmarkTask task, int? limit = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var generation = task.Settings.GenerationKwargs is { } kwargs ? PythonJson.Generation(kwargs) : string.Empty;
        var (row, count, last, escaped) = (new StringBuilder(), 0, (string?)null, string.Empty);
        foreach (var request in task.Requests().Take(limit ?? int.MaxValue).SelectMany(requests => requests))
        {
            // The requests of a document share their context, of which the escaped form is the long one.
            if (!ReferenceEquals(last, request.Context))
            {
                (last, escaped) = (request.Context, PythonJson.Text(request.Context));
            }

            row.Clear().Append(count++ == 0 ? "[[" : ",[").Append(escaped).Append(',')
                .Append(request.Continuation is { } text ? PythonJson.Text(text) : generation).Append(']');
            Append(hash, row);
        }

        hash.AppendData(count == 0 ? "[]"u8 : "]"u8);
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), count);
    }

    /// <summary>SHA-256 of a text as UTF-8, in hexadecimal digits: lm-eval's <c>prompt_hash</c> and its like.</summary>
    /// <param name="text">Any text.</param>
    public static string Compute(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static void Append(IncrementalHash hash, StringBuilder row)
    {
        foreach (var chunk in row.GetChunks())
        {
            hash.AppendData(Encoding.ASCII.GetBytes(chunk.ToArray()));
        }
    }
}

/// <summary>JSON as Python's <c>json.dumps</c> writes it by default: nothing but ASCII.</summary>
internal static class PythonJson
{
    internal static string Text(string text)
    {
        var json = new StringBuilder(text.Length + 16).Append('"');
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                >= ' ' and <= '~' => json.Append(letter),
                _ => json.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture)),
            };
        }

        return json.Append('"').ToString();
    }

    /// <summary>How to generate, with sorted keys; keys that the task does not set are left out.</summary>
    internal static string Generation(GenerationRequest request)
    {
        var members = new List<string> { $"\"do_sample\":{(request.DoSample ? "true" : "false")}" };
        if (request.MaxGenToks is { } most)
        {
            members.Add(Invariant($"\"max_gen_toks\":{most}"));
        }

        if (request.Temperature is { } temperature)
        {
            members.Add($"\"temperature\":{JinjaValues.Number(temperature)}");
        }

        members.Add($"\"until\":[{string.Join(',', request.Until.Select(Text))}]");
        return $"{{{string.Join(',', members)}}}";
    }
}
