using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Configuration;

namespace Repro.Core.Training.Runs;

/// <summary>The summary of a run in Markdown: what was trained, on what, how it went, what it cost; beside it the curves as SVG.</summary>
internal static class RunCard
{
    internal const string Name = "card.md";

    internal const string CurveFile = "curves.svg";

    // Enough to see what kind of answer it is.
    private const int LongestSample = 800;

    internal static void Write(RunFolder folder, long step, long? total)
    {
        var text = new StringBuilder();
        var run = RunRecord.Read(folder.Path);
        text.Append(CultureInfo.InvariantCulture, $"# {folder.Config.Stage}: {Path.GetFileName(folder.Path)}\n\n");
        var all = total is null ? "an unknown number of" : Invariant($"{total}");
        text.Append(run.Error is not null ? Invariant($"The run failed after {step} of {all} {InvariantText.Noun(total ?? 2, "step")}.\n")
            : step >= total ? total == 1 ? "The one step is done.\n" : Invariant($"All {total} steps are done.\n")
            : Invariant($"{step} of {total} steps are done; `--resume` goes on.\n"));
        Failures(text, run.Environment["failures"] as JsonArray);
        Metrics(text, run);
        Curves(text, folder, run);
        Samples(text, folder.File(RunLogs.SampleFile));
        text.Append("\n## Settings\n\n| key | value |\n| --- | --- |\n");
        foreach (var (key, value) in ConfigWriter.Flatten(folder.Config))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {key} | {Cell(value)} |\n");
        }

        Data(text, run.Environment["data"]);
        text.Append("\n## Files\n\n| file | setting | bytes | SHA-256 |\n| --- | --- | ---: | --- |\n");
        var files = run.Environment["files"].Deserialize<Dictionary<string, InputFile>>(StepLog.Compact) ?? [];
        foreach (var (path, file) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(path)} | {file.Key} | {file.Bytes} | {file.Sha256[..16]} |\n");
        }

        Hardware(text, run);
        folder.Replace(Name, text.ToString());
    }

    private static void Failures(StringBuilder text, JsonArray? failures)
    {
        if (failures is not { Count: > 0 })
        {
            return;
        }

        text.Append("\n## Failures\n\n| time | after step | error |\n| --- | ---: | --- |\n");
        foreach (var failure in failures)
        {
            Row(text, Text(failure!["time"]), Text(failure["step"]), Cell(Text(failure["error"])));
        }
    }

    private static void Curves(StringBuilder text, RunFolder folder, RunRecord run)
    {
        if (RunCurves.Svg(run.Lines) is { } curves)
        {
            folder.Replace(CurveFile, curves);
            text.Append(CultureInfo.InvariantCulture, $"\n## Curves\n\n![Metrics by step; held-out data orange]({CurveFile})\n");
        }
    }

    // Those of the first step, before the update, and of the last one.
    private static void Samples(StringBuilder text, string file)
    {
        var first = new List<JsonNode>();
        var last = new List<JsonNode>();
        foreach (var sample in RunRecord.Rows(file).Select(Parsed).TakeWhile(sample => sample is not null))
        {
            if (first.Count == 0 || Text(first[0]["step"]) == Text(sample!["step"]))
            {
                first.Add(sample!);
            }

            if (last.Count > 0 && Text(last[0]["step"]) != Text(sample!["step"]))
            {
                last.Clear();
            }

            last.Add(sample!);
        }

        if (first.Count == 0)
        {
            return;
        }

        text.Append("\n## Samples\n");
        foreach (var sample in Text(first[0]["step"]) == Text(last[0]["step"]) ? first : first.Concat(last))
        {
            var scores = sample["scores"]?.AsObject().Select(pair => $"{pair.Key} {Shown(pair.Value)}") ?? [];
            text.Append(CultureInfo.InvariantCulture, $"\nStep {sample["step"]}, {string.Join(", ", scores)}\n\n");
            text.Append(Quoted("prompt", Text(sample["prompt"]))).Append('\n').Append(Quoted("response", Text(sample["response"])));
        }
    }

    private static JsonNode? Parsed(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A fence that the text itself cannot close.
    private static string Quoted(string what, string sample)
    {
        var fence = "```";
        while (sample.Contains(fence, StringComparison.Ordinal))
        {
            fence += "`";
        }

        // Not between the halves of a character.
        var length = sample.Length <= LongestSample ? sample.Length
            : char.IsHighSurrogate(sample[LongestSample - 1]) ? LongestSample - 1 : LongestSample;
        var cut = length < sample.Length ? Invariant($" (the first {length} of {sample.Length} characters)") : string.Empty;
        return $"{what}{cut}:\n\n{fence}text\n{sample[..length]}\n{fence}\n";
    }

    private static void Hardware(StringBuilder text, RunRecord run)
    {
        var sessions = run.Environment["sessions"]!.AsArray();
        if (sessions.Count == 0)
        {
            return;
        }

        var session = sessions[^1]!;
        var gpus = session["gpus"] is JsonArray { Count: > 0 } found ? string.Join(", ", found.Select(Text)) : "no GPU";
        text.Append(CultureInfo.InvariantCulture, $"""

            ## Environment

            LibTorch {session["lib_torch"]}, {session["runtime"]}, {session["system"]}, {session["processor"]},
            {session["threads"]} threads, {gpus}; commit {session["commit"] ?? "unknown"}, seed {session["seed"]}.
            Sessions: {sessions.Count}, the first from {sessions[0]!["started"]}.

            """);
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

    private static void Metrics(StringBuilder text, RunRecord run)
    {
        foreach (var (evaluation, title) in new[] { (false, "Training"), (true, "Evaluation") })
        {
            var own = run.Lines.Where(line => line.IsEvaluation == evaluation).ToList();
            if (own.Count == 0)
            {
                continue;
            }

            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| metric | step {own[0].Step} | step {own[^1].Step} |\n");
            text.Append("| --- | ---: | ---: |\n");
            foreach (var (name, value) in own[^1].Metrics)
            {
                var first = own[0].Metrics.TryGetValue(name, out var before) ? Shown(before) : "-";
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(name)} | {first} | {Shown(value)} |\n");
            }
        }

        if (run.StepSeconds > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## Cost\n\n{run.Tokens} tokens in {run.StepSeconds:F1} s of steps, ")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{run.Tokens / run.StepSeconds:F0} tokens/s; {run.EvaluationSeconds:F1} s of evaluations. ")
                .Append("Loading, and steps that a kill undid, are not counted.\n");
        }
    }

    private static string Shown(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static string Shown(JsonNode? value) =>
        value is JsonValue number && number.TryGetValue(out double found)
            ? found.ToString("G6", CultureInfo.InvariantCulture)
            : value?.ToString() ?? "-";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
