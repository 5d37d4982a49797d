using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Data;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>What a run of a task has so far, in a file, so that a run that was broken off goes on where it was. The first line says what is
/// run; the others are samples, those of a document together.</summary>
public sealed class BenchmarkProgress
{
    private readonly string _path;

    private BenchmarkProgress(string path, IReadOnlyList<BenchmarkSample> samples) => (_path, Samples) = (path, samples);

    /// <summary>The samples of whole documents that were there when the file was opened.</summary>
    public IReadOnlyList<BenchmarkSample> Samples { get; }

    /// <summary>Opens the file of a run, or begins it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="run">What is run: whatever changes the samples.</param>
    /// <param name="samplesEach">Samples of each document.</param>
    /// <exception cref="ReproException">The file is of another run, or damaged before its end.</exception>
    public static BenchmarkProgress Open(string path, JsonObject run, int samplesEach)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(run);
        Checks.AtLeast(samplesEach, 1);
        var text = File.Exists(path) ? File.ReadAllText(path) : string.Empty;

        // What follows the last line end was being written when the run was broken off.
        string[] lines = text.LastIndexOf('\n') is var end and >= 0 ? text[..end].Split('\n') : [];
        if (lines.Length > 0 && SettingDifferences.Find(Begun(path, lines[0]), run) is { Count: > 0 } differences)
        {
            throw new ReproException($"{path}: an unfinished run with other settings: {string.Join(", ", differences)}; it goes on with "
                + "those it was begun with, or remove the file to begin anew.");
        }

        var whole = lines.Skip(1).Take((lines.Length - 1) / samplesEach * samplesEach).ToList();
        var samples = whole.Select((line, i) => Sample(path, line, i + 2)).ToList();
        AtomicFile.WriteText(path, string.Concat(whole.Prepend(run.ToJsonString()).Select(line => line + "\n")));
        return new BenchmarkProgress(path, samples);
    }

    /// <summary>Adds samples of whole documents; they are on the disk when it returns.</summary>
    /// <param name="samples">In the order of the documents.</param>
    public void Append(IEnumerable<BenchmarkSample> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        using var file = new FileStream(_path, FileMode.Append, FileAccess.Write);
        file.Write(Encoding.UTF8.GetBytes(string.Concat(samples.Select(sample => BenchmarkSamples.Line(sample) + "\n"))));
        file.Flush(flushToDisk: true);
    }

    private static JsonObject Begun(string path, string line)
    {
        using var json = Parsed(path, line, 1);
        return json.RootElement.ValueKind == JsonValueKind.Object ? JsonObject.Create(json.RootElement.Clone())!
            : throw new ReproException($"{path}:1: the settings of a run were expected.");
    }

    private static BenchmarkSample Sample(string path, string line, int number)
    {
        using var json = Parsed(path, line, number);
        return BenchmarkSamples.Parse(new RowFields(json.RootElement, path, number));
    }

    private static JsonDocument Parsed(string path, string line, int number)
    {
        try
        {
            var document = JsonDocument.Parse(line);
            JsonRows.CheckNames(document.RootElement);
            return document;
        }
        catch (JsonException damage)
        {
            throw new ReproException(Invariant($"{path}:{number}: is not valid JSON: {JsonRows.Reason(damage)}."), damage);
        }
        catch (InvalidOperationException damage)
        {
            throw new ReproException(
                Invariant($"{path}:{number}: a key holds half of a surrogate pair; names in Unicode were expected."), damage);
        }
    }
}

/// <summary>In what the settings of two runs differ.</summary>
public static class SettingDifferences
{
    // Hashes are told apart by their beginnings.
    private const int Shown = 12;

    /// <summary>The keys with other values, each with both, such as <c>sampling.seed is 1 there and 2 here</c>.</summary>
    /// <param name="there">The settings of an earlier run.</param>
    /// <param name="here">Those of this one; a key that is missing has the value null.</param>
    /// <param name="prefix">Stands before each key.</param>
    public static IReadOnlyList<string> Find(JsonObject there, JsonObject here, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(there);
        ArgumentNullException.ThrowIfNull(here);
        return Compare(there, here, prefix, "there", "here");
    }

    /// <summary>The same for runs of which one may not have recorded what the other has: only keys that both have.</summary>
    /// <param name="first">The settings of one run.</param>
    /// <param name="second">Those of another.</param>
    /// <param name="inFirst">Says where the first value is, such as <c>in A</c>.</param>
    /// <param name="inSecond">The same of the second.</param>
    public static IReadOnlyList<string> Common(JsonObject first, JsonObject second, string inFirst, string inSecond)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Compare(KeysOf(second, first), KeysOf(first, second), string.Empty, inFirst, inSecond);
    }

    // The settings without keys that another has not.
    private static JsonObject KeysOf(JsonObject other, JsonObject settings) => new(settings
        .Where(setting => other.ContainsKey(setting.Key)).Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.DeepClone())));

    private static List<string> Compare(JsonObject first, JsonObject second, string prefix, string inFirst, string inSecond)
    {
        var differences = new List<string>();
        foreach (var key in second.Concat(first).Select(setting => setting.Key).Distinct())
        {
            if (first[key] is JsonObject before && second[key] is JsonObject now)
            {
                differences.AddRange(Compare(before, now, $"{prefix}{key}.", inFirst, inSecond));
            }
            else if (!JsonNode.DeepEquals(first[key], second[key]))
            {
                differences.Add($"{prefix}{key} is {Text(first[key])} {inFirst} and {Text(second[key])} {inSecond}");
            }
        }

        return differences;
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "not set",
        JsonObject => "set",
        JsonArray => value.ToJsonString(),
        _ => value.ToString() is { Length: > 4 * Shown } hash ? hash[..Shown] + "..." : value.ToString(),
    };
}
