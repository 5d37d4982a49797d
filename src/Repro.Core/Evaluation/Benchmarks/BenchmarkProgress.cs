using System.Text;
using System.Text.Json;
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
    /// <param name="run">What is run, as one line: whatever changes the samples.</param>
    /// <param name="samplesEach">Samples of each document.</param>
    /// <exception cref="ReproException">The file is of another run, or damaged before its end.</exception>
    public static BenchmarkProgress Open(string path, string run, int samplesEach)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentException.ThrowIfNullOrEmpty(run);
        Checks.AtLeast(samplesEach, 1);
        var text = File.Exists(path) ? File.ReadAllText(path) : string.Empty;

        // What follows the last line end was being written when the run was broken off.
        string[] lines = text.LastIndexOf('\n') is var end and >= 0 ? text[..end].Split('\n') : [];
        if (lines.Length > 0 && lines[0] != run)
        {
            throw new ReproException($"{path}: an unfinished run with other settings, model or prompts. It goes on with those it was begun "
                + $"with ({lines[0]}), not with {run}; remove the file to begin anew.");
        }

        var whole = lines.Skip(1).Take((lines.Length - 1) / samplesEach * samplesEach).ToList();
        var samples = whole.Select((line, i) => Sample(path, line, i + 2)).ToList();
        AtomicFile.WriteText(path, string.Concat(whole.Prepend(run).Select(line => line + "\n")));
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

    private static BenchmarkSample Sample(string path, string line, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return BenchmarkSamples.Of(new RowFields(json.RootElement, path, number));
        }
        catch (JsonException damage)
        {
            throw new ReproException(Invariant($"{path}:{number}: not valid JSON: {damage.Message}"), damage);
        }
    }
}
