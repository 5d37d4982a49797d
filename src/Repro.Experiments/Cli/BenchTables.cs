using System.Text.Json.Nodes;
using Repro.Core.Evaluation.Benchmarks;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary>
/// Rows for whoever reads them: a table where the terminal has room for it, stacked lines where it has not, and in a pipe a line of names
/// and one for each row, with tabs between the columns.
/// </summary>
/// <param name="columns">Names of the columns.</param>
internal sealed class TableLines(params string[] columns)
{
    // A column has a border and two blanks; the last border is the table's own.
    private const int Frame = 3;

    private readonly List<string[]> _rows = [];

    internal void Add(params string[] cells) => _rows.Add(cells);

    internal void Write(TextWriter output) => Write(Terminal.For(output), Terminal.IsRedirected(output));

    internal void Write(IAnsiConsole console, bool plain)
    {
        var widths = columns.Select((name, i) => _rows.Select(row => row[i].Length).Append(name.Length).Max());
        if (plain)
        {
            foreach (var row in _rows.Prepend(columns))
            {
                console.Profile.Out.Writer.WriteLine(Tabbed(row));
            }
        }
        else if (widths.Sum(width => width + Frame) + 1 <= console.Profile.Width)
        {
            var table = new Table().RoundedBorder().AddColumns([.. columns.Select(name => new TableColumn(new Text(name)))]);
            _rows.ForEach(row => table.AddRow(row.Select(cell => new Text(cell))));
            console.Write(table);
        }
        else
        {
            _rows.ForEach(row => Stack(console, row));
        }
    }

    /// <summary>Cells with tabs between them; tabs and line breaks within one are blanks.</summary>
    internal static string Tabbed(IEnumerable<string> cells) => string.Join('\t', cells
        .Select(cell => string.Join(' ', cell.Split(['\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))));

    private void Stack(IAnsiConsole console, string[] row)
    {
        console.Write(new Text(row[0], new Style(decoration: Decoration.Bold)));
        console.WriteLine();
        var others = columns.Skip(1).Zip(row.Skip(1), (name, cell) => $"{name} {cell}");
        console.Write(new Padder(new Text(string.Join("; ", others)), new Padding(2, 0, 0, 0)));
    }
}

/// <summary>Scores of tasks as a table, with those of whole benchmarks below them.</summary>
internal sealed class BenchScores
{
    private readonly List<(BenchmarkSettings Settings, string Task, string Metric, MeanScore Score)> _rows = [];

    internal void Add(BenchmarkSettings settings, string task, IReadOnlyDictionary<string, IReadOnlyList<double>> results) =>
        _rows.AddRange(results.Select(result => (settings, task, result.Key, BenchmarkScores.Mean(result.Value))));

    internal static string Line(IReadOnlyDictionary<string, IReadOnlyList<double>> results) => string.Join("; ", results.Select(result =>
        Shown(result.Key, BenchmarkScores.Mean(result.Value))));

    internal void Write(TextWriter output)
    {
        var table = new TableLines("Task", "Version", "Metric", "Score", "Standard error", "Documents");
        foreach (var (settings, task, metric, score) in _rows)
        {
            Row(table, task, settings.Version, metric, Invariant($"{score.Mean:F4}"), score.StandardError, score.Count);
        }

        foreach (var group in _rows.Where(row => row.Settings.Subsets.Count > 0).GroupBy(row => (row.Settings.Task, row.Metric)))
        {
            // Which mean a published table has is rarely said: both.
            var (settings, score) = (group.First().Settings, BenchmarkScores.Group([.. group.Select(row => row.Score)]));
            var name = Invariant($"{BenchmarkLibrary.GroupName(settings)} ({score.Tasks} of {settings.Subsets.Count} tasks)");
            Row(table, name, settings.Version, group.Key.Metric, Invariant($"{score.Mean:F4} (mean of tasks {score.Unweighted:F4})"),
                score.StandardError, score.Count);
        }

        table.Write(output);
    }

    private static void Row(TableLines table, string task, string version, string metric, string score, double error, int count) =>
        table.Add(task, version, metric, score, Invariant($"{error:F4}"), Invariant($"{count}"));

    private static string Shown(string metric, MeanScore score) => Invariant($"{metric} {score.Mean:F4} +- {score.StandardError:F4}");
}

/// <summary>Two models on the same documents, as text.</summary>
internal static class BenchDiff
{
    internal static void Write(
        TextWriter output, IReadOnlyList<(SampleFile First, SampleFile Second)> files, string? profile, int shown, ulong seed,
        CancellationToken cancellation)
    {
        var scores = new List<PairedScore>();
        foreach (var (first, second) in files)
        {
            var (origin, other) = (SampleOrigin.Read(first), SampleOrigin.Read(second));
            var settings = SampleFiles.Settings(first, origin, profile);
            var aligned = BenchmarkComparison.Align(
                BenchmarkSamples.Read(first.Path, cancellation), BenchmarkSamples.Read(second.Path, cancellation));
            scores.AddRange(BenchmarkComparison.Compare(settings, first.Task, aligned.Pairs, seed));
            OtherSettings(output, first.Task, origin.Settings, other.Settings);
            Differences(output, first.Task, aligned, BenchmarkComparison.Differences(settings, aligned.Pairs), shown);
        }

        var table = new TableLines(
            "Task", "Metric", "A", "B", "A - B", "95% interval", "Only A", "Only B", "p (McNemar)", "p (Holm)", "Documents");
        foreach (var score in BenchmarkComparison.Adjust(scores))
        {
            table.Add(
                score.Task, score.Metric, Invariant($"{score.First.Mean:F4}"), Invariant($"{score.Second.Mean:F4}"),
                Invariant($"{score.Difference:+0.0000;-0.0000;0.0000}"),
                Invariant($"{score.Interval.Lower:F4} to {score.Interval.Upper:F4}"), Invariant($"{score.OnlyFirst}"),
                Invariant($"{score.OnlySecond}"), Invariant($"{score.PValue:G3}"), Invariant($"{score.AdjustedPValue:G3}"),
                Invariant($"{score.First.Count}"));
        }

        table.Write(output);
    }

    // A difference of the models may be one of how they were asked.
    private static void OtherSettings(TextWriter output, string task, JsonObject first, JsonObject second)
    {
        if (SettingDifferences.Common(first, second, "in A", "in B") is { Count: > 0 } differences)
        {
            output.WriteLine($"note: {task}: the two sides were not asked alike: {string.Join(", ", differences)}");
        }
    }

    private static void Differences(
        TextWriter output, string task, AlignedSamples aligned, IReadOnlyList<SampleDifference> differences, int shown)
    {
        var key = aligned.Key switch
        {
            BenchmarkComparison.Key.Document => "by their hashes",
            BenchmarkComparison.Key.Prompt => "by the hashes of their prompts, since the documents are written otherwise",
            _ => "by their places alone, since neither documents nor prompts are the same",
        };
        output.WriteLine(Invariant($"{task}: {aligned.Pairs.Count} samples on both sides, paired {key}; ")
            + Invariant($"{aligned.OnlyFirst} only in A, {aligned.OnlySecond} only in B"));
        output.WriteLine(Invariant($"  other prompts {differences.Count(found => found.Prompt is not null)}, ")
            + Invariant($"other continuations {differences.Count(found => found.Continuations)}, ")
            + Invariant($"other responses {differences.Count(found => found.Responses)}, ")
            + Invariant($"other targets {differences.Count(found => found.Target)}, ")
            + Invariant($"other scores {differences.Count(found => found.Scores.Count > 0)}, ")
            + Invariant($"largest difference of a log-likelihood {BenchmarkComparison.LargestDifference(aligned.Pairs):G3}"));
        foreach (var found in differences.Where(found => found.Scores.Count > 0 || found.Prompt is not null).Take(shown))
        {
            output.WriteLine(Invariant($"  doc_id {found.DocId} ({found.Filter}): {string.Join("; ", Lines(found))}"));
        }
    }

    private static IEnumerable<string> Lines(SampleDifference found)
    {
        foreach (var (metric, (first, second)) in found.Scores)
        {
            yield return Invariant($"{metric} {first} and {second}");
        }

        if (found.Prompt is { } place)
        {
            yield return Invariant($"prompts part at character {place}");
        }

        if (found.LogLikelihood is { } nats)
        {
            yield return Invariant($"log-likelihoods up to {nats:G4} apart");
        }
    }
}
