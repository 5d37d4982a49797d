using Repro.Core.Data;
using Repro.Core.Randomness;

namespace Repro.Core.Evaluation.Benchmarks;

/// <summary>The worked examples that stand before the documents of a task.</summary>
/// <param name="Count">How many.</param>
/// <param name="Rows">What they are made of: those that every document has, or those that are drawn from; empty where they come as one
/// text.</param>
/// <param name="Text">All of them as they stand in the prompt; null where they are made of rows.</param>
/// <param name="AreDrawn">Whether each document has others.</param>
internal sealed record FewshotExamples(int Count, IReadOnlyList<BenchmarkDocument> Rows, string? Text, bool AreDrawn)
{
    // The files of BIG-Bench Hard have a notice above a line of hyphens.
    private const string EndOfNotice = "-----\n";

    /// <summary>Reads the examples of a task.</summary>
    /// <param name="settings">The benchmark.</param>
    /// <param name="subset">Its part; null where it has none.</param>
    /// <param name="folder">The folder of the data.</param>
    /// <param name="asked">How many; null for what the task says.</param>
    /// <param name="notes">Takes what is to be known of the files.</param>
    /// <param name="cancellation">Checked between rows.</param>
    /// <exception cref="ReproException">A file is missing or damaged, or there are not as many as asked for.</exception>
    internal static FewshotExamples Read(
        BenchmarkSettings settings, string? subset, string folder, int? asked, List<string> notes, CancellationToken cancellation)
    {
        var (count, task) = (asked ?? settings.NumFewshot, BenchmarkLibrary.TaskName(settings, subset));
        ArgumentOutOfRangeException.ThrowIfNegative(count, nameof(asked));
        if (settings.FewshotText is { } text)
        {
            return count != settings.NumFewshot
                ? throw new ReproException(Invariant(
                    $"{task}: its {settings.NumFewshot} examples come as one text; {count} were asked for."))
                : new(count, [], WholeText(settings, subset, folder, text, notes) + settings.FewshotDelimiter, AreDrawn: false);
        }

        if (count == 0)
        {
            return new(0, [], string.Empty, AreDrawn: false);
        }

        var missing = settings.FewshotData.Select(file => Place(folder, file, subset)).FirstOrDefault(path => !File.Exists(path));
        var rows = missing is null ? BenchmarkTask.Read(settings, settings.FewshotData, subset, folder, notes, cancellation)
            : throw new ReproException($"{missing}: no such file; {task} takes its examples from it (--num-fewshot 0 needs none).");
        List<BenchmarkDocument> chosen = settings.FewshotRows.Count == 0 ? rows
            : [.. settings.FewshotRows.Where(row => row < rows.Count).Select(row => rows[row])];
        return count > chosen.Count
            ? throw new ReproException(Invariant($"{task}: {count} examples were asked for; its files have {chosen.Count}."))
            : settings.FewshotSampler == FewshotSampler.FirstN ? new(count, [.. chosen.Take(count)], null, AreDrawn: false)
            : new(count, chosen, null, AreDrawn: true);
    }

    /// <summary>The examples of the next document.</summary>
    /// <param name="random">Draws them.</param>
    internal IEnumerable<BenchmarkDocument> Draw(PythonRandom random) => random.Sample(Rows, Count);

    private static string WholeText(BenchmarkSettings settings, string? subset, string folder, string file, List<string> notes)
    {
        var (path, task) = (Place(folder, file, subset), BenchmarkLibrary.TaskName(settings, subset));
        if (!File.Exists(path))
        {
            throw new ReproException($"{path}: no such file; {task} takes its {Invariant($"{settings.NumFewshot}")} examples from it "
                + "(docs/benchmarks.md says where it is published).");
        }

        using var reader = new StreamReader(DataStream.Open(path));
        var all = reader.ReadToEnd().ReplaceLineEndings("\n");
        var notice = all.IndexOf(EndOfNotice, StringComparison.Ordinal);
        var text = (notice < 0 ? all : all[(notice + EndOfNotice.Length)..]).TrimEnd('\n') + "\n";
        var official = subset is null ? null : settings.Subsets[subset].FewshotSha256;
        if (official is not null && RequestHash.Compute(text) != official)
        {
            notes.Add($"{file.Replace("{subset}", subset, StringComparison.Ordinal)}: not the official examples "
                + $"(sha256 {official[..12]}...)");
        }

        return text;
    }

    private static string Place(string folder, string file, string? subset) =>
        Path.Combine(folder, file.Replace("{subset}", subset, StringComparison.Ordinal));
}
