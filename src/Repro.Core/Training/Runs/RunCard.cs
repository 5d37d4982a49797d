using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;

namespace Repro.Core.Training.Runs;

/// <summary>The summary of a run in Markdown: what was trained, on what, how it went.</summary>
internal static class RunCard
{
    private const string Name = "card.md";

    internal static void Write(RunFolder folder, long step, long total)
    {
        var text = new StringBuilder();
        var environment = folder.Environment();
        var session = environment["sessions"]!.AsArray()[^1]!;
        text.Append(CultureInfo.InvariantCulture, $"# {folder.Config.Stage}: {Path.GetFileName(folder.Path)}\n\n");
        text.Append(step >= total ? Invariant($"All {total} steps are done.\n") : Invariant($"{step} of {total} steps are done; `--resume` goes on.\n"));
        Metrics(text, folder.File(RunLogs.MetricFile));
        text.Append("\n## Settings\n\n| key | value |\n| --- | --- |\n");
        foreach (var (key, value) in ConfigWriter.Flatten(folder.Config))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {key} | {Cell(value)} |\n");
        }

        Data(text, environment["data"]);
        text.Append("\n## Files\n\n| file | setting | bytes | SHA-256 |\n| --- | --- | ---: | --- |\n");
        var files = environment["files"].Deserialize<Dictionary<string, InputFile>>(StepLog.Compact) ?? [];
        foreach (var (path, file) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(path)} | {file.Key} | {file.Bytes} | {file.Sha256[..16]} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"""

            ## Environment

            LibTorch {session["lib_torch"]}, {session["runtime"]}, {session["system"]}, {session["processor"]}, {session["threads"]} threads; commit {session["commit"] ?? "unknown"}, seed {session["seed"]}.
            Sessions: {environment["sessions"]!.AsArray().Count}.

            """);
        folder.Replace(Name, text.ToString());
    }

    // As the last session read it.
    private static void Data(StringBuilder text, JsonNode? data)
    {
        if (data?["sets"] is not JsonArray { Count: > 0 } sets)
        {
            return;
        }

        text.Append("\n## Data\n\n| data set | format | read as | train | held out |\n| --- | --- | --- | ---: | ---: |\n");
        var reasons = new List<(string Set, string Verb, JsonNode? Reasons)>();
        foreach (var set in sets.Select(set => set!.AsObject()))
        {
            var path = Cell(Text(set["path"]));
            var format = set["detected_by"] is { } by ? $"{Text(set["format"])} (detected by {Text(by)})" : Text(set["format"]);
            Row(text, path, Cell(format), Text(set["kind"]), Text(set["train"]), Text(set["held_out"]));
            reasons.AddRange([(path, "left out", set["left_out"]), (path, "changed", set["changed"])]);
        }

        reasons.AddRange([("all", "left out", data["left_out"]), ("all", "changed", data["changed"])]);
        var found =
            reasons.SelectMany(item => item.Reasons?.AsObject() ?? [], (item, reason) => (item.Set, item.Verb, reason.Key, reason.Value))
            .ToList();
        text.Append(found.Count > 0 ? "\n| data set | rows | what | first |\n| --- | ---: | --- | --- |\n"
            : "\nNo row was left out, cut or changed.\n");
        foreach (var (set, verb, reason, value) in found)
        {
            Row(text, set, Text(value!["count"]), $"{verb}: {Cell(reason)}", Cell(Text(value["first"])));
        }
    }

    private static void Row(StringBuilder text, params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Text(JsonNode? node) => node?.ToString() ?? string.Empty;

    private static void Metrics(StringBuilder text, string file)
    {
        var lines = File.ReadLines(file).Select(line => JsonNode.Parse(line)!).ToList();
        foreach (var (kind, title) in new[] { ("train", "Training"), ("evaluation", "Evaluation") })
        {
            var own = lines.Where(line => (string?)line["kind"] == kind).ToList();
            if (own.Count == 0)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| metric | step {own[0]["step"]} | step {own[^1]["step"]} |\n| --- | ---: | ---: |\n");
            foreach (var name in own[^1]["metrics"]!.AsObject().Select(pair => pair.Key))
            {
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(name)} | {Shown(own[0]["metrics"]![name])} | {Shown(own[^1]["metrics"]![name])} |\n");
            }
        }

        var train = lines.Where(line => (string?)line["kind"] == "train").ToList();
        var seconds = train.Sum(line => (double)line["seconds"]!);
        var tokens = train.Sum(line => (long)line["tokens"]!);
        if (seconds > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{tokens} tokens in {seconds:F1} s of steps, {tokens / seconds:F0} tokens/s.\n");
        }
    }

    private static string Shown(JsonNode? value) =>
        value is JsonValue number && number.TryGetValue(out double found) ? found.ToString("G6", CultureInfo.InvariantCulture) : value?.ToString() ?? "-";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
