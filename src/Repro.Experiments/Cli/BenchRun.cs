using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;

namespace Repro.Experiments.Cli;

/// <summary>Runs tasks on a model and writes what came out.</summary>
internal static class BenchRun
{
    private const string ResultsName = "results.json";

    private static readonly JsonSerializerOptions Indented = new(GenerateVerb.Plain) { WriteIndented = true };

    internal static int Execute(
        ParseResult arguments, BenchRunOptions options, ModelOptions model, List<(BenchmarkSettings Settings, string? Subset)> named,
        CancellationToken cancellation)
    {
        if (!model.IsGiven(arguments))
        {
            throw new ReproException("--model is missing; without a model only --dry is possible");
        }

        if (named.Find(entry => entry.Settings.PromptsOnly is not null).Settings is { } prompts)
        {
            throw new ReproException($"{prompts.Task} of the profile {prompts.Profile} "
                + $"cannot be run: {prompts.PromptsOnly}; --dry is possible");
        }

        // All files are read before the model is loaded, so that a missing one costs nothing.
        var tasks = named.Select(entry => options.Load(arguments, entry.Settings, entry.Subset, cancellation)).ToList();
        var (reading, config) = (options.Reading(arguments), model.Config(arguments));
        tasks.ForEach(task => reading.CheckRoom(task, config));
        var sandbox = Sandbox(tasks);
        var (folder, error) = (options.Folder(arguments), arguments.InvocationConfiguration.Error);
        var (all, own, record) = Recorded(
            arguments, options, model, tasks, Hashes(tasks, options.Limit(arguments)), cancellation);
        Directory.CreateDirectory(folder);

        // What is recorded at all was asked with these settings: others were refused.
        HashSet<string> finished = [.. tasks.Select(task => task.Name)
            .Where(name => record.ContainsKey(name) && File.Exists(SamplesOf(folder, name)))];
        WithoutSamples(folder, record, tasks, error);
        var tokenizer = model.Tokenizer(arguments);
        using var language = finished.Count == tasks.Count ? null : model.Language(arguments);
        var run = language is null ? null : new BenchmarkRun(language, tokenizer, reading, sandbox);
        var scores = new BenchScores();
        all["tasks"] = record;
        foreach (var task in tasks)
        {
            Notes(arguments, task);
            var asked = finished.Contains(task.Name) ? null : run;
            var samples = asked is null ? Finished(folder, task.Name, record, error, cancellation)
                : Samples(asked, task, options.Limit(arguments), Progress(folder, task, own[task.Name], all, error), config.LongestText,
                    error, cancellation);
            var results = SampleScores.Compute(task.Settings, samples);
            if (asked is not null)
            {
                // In this order: where a call is broken off, what is recorded has its samples, and responses are kept until then.
                BenchmarkSamples.Write(SamplesOf(folder, task.Name), samples);
                record[task.Name] = Record(task, own[task.Name], results);
                AtomicFile.WriteText(Path.Combine(folder, ResultsName), all.ToJsonString(Indented));
                File.Delete(UnfinishedOf(folder, task.Name));
            }

            scores.Add(task.Settings, task.Name, results);
            Unparsed(error, task.Name, samples);
            error.WriteLine(Invariant($"{task.Name}: {results.First().Value.Count} documents, {BenchScores.Line(results)}"));
        }

        scores.Write(arguments.InvocationConfiguration.Output);
        return CommandLine.Success;
    }

    private static string SamplesOf(string folder, string task) => Path.Combine(folder, $"samples_{task}.jsonl");

    private static string UnfinishedOf(string folder, string task) => Path.Combine(folder, $"unfinished_{task}.jsonl");

    // Scores of an earlier call stay, as they may be all that is left of it; but nothing can be computed again without the samples.
    private static void WithoutSamples(string folder, JsonObject record, List<BenchmarkTask> asked, TextWriter error)
    {
        foreach (var task in record.Select(task => task.Key).Except(asked.Select(task => task.Name), StringComparer.Ordinal))
        {
            if (Directory.GetFiles(folder, $"samples_{task}.jsonl*").Length == 0)
            {
                error.WriteLine($"note: {task}: {Path.Combine(folder, ResultsName)} has its scores, but {SamplesOf(folder, task)} is not "
                    + "there; the scores stay, and running the task again writes its samples");
            }
        }
    }

    // The samples of a task that an earlier call recorded, which may have been broken off after it.
    private static IReadOnlyList<BenchmarkSample> Finished(
        string folder, string task, JsonObject record, TextWriter error, CancellationToken cancellation)
    {
        var (path, there) = (SamplesOf(folder, task), record[task]?["documents"]);
        var samples = BenchmarkSamples.Read(path, cancellation);
        var documents = samples.Select(sample => sample.DocId).Distinct().Count();
        if (!JsonNode.DeepEquals(there, documents))
        {
            throw new ReproException(Invariant($"{path}: has samples of {documents} documents, and {ResultsName} beside it says ")
                + $"{there?.ToJsonString() ?? "nothing"}; without this file the task is run again");
        }

        error.WriteLine($"note: {task}: is taken from {path}, where an earlier call with the same settings finished it");
        return samples;
    }

    /// <summary>The hash of each task's requests, and their number.</summary>
    internal static Dictionary<string, (string Sha256, int Requests)> Hashes(IEnumerable<BenchmarkTask> tasks, int? limit) =>
        tasks.ToDictionary(task => task.Name, task => RequestHash.Compute(task, limit));

    /// <summary>What the results will record: of all tasks, of each, and the tasks of earlier calls into the folder.</summary>
    /// <exception cref="ReproException">The model has no weights, or an earlier call had other settings.</exception>
    internal static (JsonObject All, Dictionary<string, JsonObject> Own, JsonObject Earlier) Recorded(
        ParseResult arguments, BenchRunOptions options, ModelOptions model, IReadOnlyList<BenchmarkTask> tasks,
        IReadOnlyDictionary<string, (string Sha256, int Requests)> hashes, CancellationToken cancellation)
    {
        var (reading, all) = (options.Reading(arguments), Settings(arguments, options, model, cancellation));
        var own = tasks.ToDictionary(task => task.Name, task => OwnSettings(task, reading, hashes[task.Name].Sha256));
        return (all, own, EarlierTasks(Path.Combine(options.Folder(arguments), ResultsName), all, own));
    }

    // What all tasks have in common whose results stand in one file.
    private static JsonObject Settings(
        ParseResult arguments, BenchRunOptions options, ModelOptions model, CancellationToken cancellation)
    {
        var identity = model.Identity(arguments, null, cancellation);
        return new JsonObject
        {
            ["profile"] = options.Profile(arguments),
            ["model"] = Path.GetFullPath(model.Model(arguments)),
            ["adapter"] = model.Adapter(arguments),
            ["dtype"] = model.Dtype(arguments).ToString().ToLowerInvariant(),
            ["generated_by"] = identity.ToJson(),
            ["tokenizer_sha256"] = identity.Tokenizer,
            ["add_bos_token"] = options.Reading(arguments).AddBosToken,
            ["limit"] = options.Limit(arguments),
        };
    }

    // What may be another for each of them. Both together are what a run must share that goes on with an unfinished one.
    private static JsonObject OwnSettings(BenchmarkTask task, BenchmarkReading reading, string requests) => new()
    {
        ["version"] = task.Settings.Version,
        ["num_fewshot"] = task.Shots,
        ["max_gen_toks"] = task.Settings.OutputType == OutputType.GenerateUntil
            ? reading.NewTokens(task.Settings.GenerationKwargs!) : null,
        ["sampling"] = reading.Sampling is not { } sampling ? null : new JsonObject
        {
            ["samples"] = sampling.Samples,
            ["temperature"] = sampling.Temperature,
            ["top_p"] = sampling.TopP,
            ["seed"] = sampling.Seed,
            ["k"] = new JsonArray([.. sampling.Ks.Select(k => (JsonNode)k)]),
        },
        ["requests_sha256"] = requests,
    };

    // The tasks of earlier calls into the folder. With other settings their results would be lost, or stand where they do not belong.
    private static JsonObject EarlierTasks(string path, JsonObject settings, Dictionary<string, JsonObject> own)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var there = SampleOrigin.Results(path);
        var tasks = there["tasks"] as JsonObject ?? [];
        var differences = SettingDifferences.Find(Compared(there), Compared(settings)).ToList();
        foreach (var (name, now) in own.Where(task => tasks.ContainsKey(task.Key)))
        {
            var before = now.Select(setting => KeyValuePair.Create(setting.Key, (tasks[name] as JsonObject)?[setting.Key]?.DeepClone()));
            differences.AddRange(SettingDifferences.Find(new JsonObject(before), now, $"{name}: "));
        }

        // Of the programs that are there every k can be computed, up to their number.
        var way = differences.TrueForAll(difference => difference.Contains("sampling.k is ", StringComparison.Ordinal))
            ? "bench score --k computes it from the samples that are there, or give another folder with --out."
            : "give another folder with --out.";
        return differences.Count == 0 ? tasks.DeepClone().AsObject()
            : throw new ReproException($"{path}: an earlier call had other settings: {string.Join(", ", differences)}; {way}");
    }

    // Where a model lies is no setting: its hashes tell it from others, and that of the tokenizer has a key of its own.
    private static JsonObject Compared(JsonObject settings)
    {
        var compared = settings.DeepClone().AsObject();
        Array.ForEach(["model", "adapter", "tasks"], key => compared.Remove(key));
        Array.ForEach(["model", "tokenizer"], key => (compared["generated_by"] as JsonObject)?.Remove(key));
        return compared;
    }

    // Responses are kept as they are written; choices are ranked in one go.
    private static BenchmarkProgress? Progress(string folder, BenchmarkTask task, JsonObject own, JsonObject settings, TextWriter error)
    {
        if (task.Settings.OutputType != OutputType.GenerateUntil)
        {
            return null;
        }

        var run = new JsonObject(
            Compared(settings).Concat(own).Select(setting => KeyValuePair.Create(setting.Key, setting.Value?.DeepClone())));
        var progress = BenchmarkProgress.Open(UnfinishedOf(folder, task.Name), run, task.Filters.Count);
        if (progress.Samples.Count / task.Filters.Count is var documents and > 0)
        {
            error.WriteLine(Invariant($"note: {task.Name}: goes on after {documents} documents of an unfinished run"));
        }

        return progress;
    }

    private static IReadOnlyList<BenchmarkSample> Samples(
        BenchmarkRun run, BenchmarkTask task, int? limit, BenchmarkProgress? kept, long positions, TextWriter error,
        CancellationToken cancellation)
    {
        var (before, done) = (run.Shortened, 0);
        var progress = new ProgressLine(error, Math.Min(task.Documents.Count, limit ?? int.MaxValue));
        var samples = run.Run(task, limit, documents => progress.Show(done += documents, task.Name), kept, cancellation);
        progress.Clear();
        if (run.Shortened > before)
        {
            error.WriteLine(Invariant($"note: {task.Name}: of {run.Shortened - before} documents the prompt lost its beginning: with what ")
                + Invariant($"follows it is longer than the model's {positions} positions"));
        }

        return samples;
    }

    internal static void Notes(ParseResult arguments, BenchmarkTask task)
    {
        foreach (var note in task.Notes)
        {
            arguments.InvocationConfiguration.Error.WriteLine($"note: {note}");
        }
    }

    internal static void Unparsed(TextWriter error, string task, IReadOnlyList<BenchmarkSample> samples)
    {
        foreach (var (filter, count) in SampleScores.Unparsed(samples))
        {
            error.WriteLine(Invariant($"note: {task}: {filter} found no answer in {count} responses, which count as wrong"));
        }
    }

    private static CodeSandbox? Sandbox(List<BenchmarkTask> tasks)
    {
        if (tasks.Find(task => task.Settings.RunsPrograms) is not { } programs)
        {
            return null;
        }

        var (sandbox, missing) = CodeSandbox.Find();
        return sandbox ?? throw new ReproException($"{programs.Name} runs programs that a model wrote, and that needs {missing}");
    }

    private static JsonObject Record(BenchmarkTask task, JsonObject own, IReadOnlyDictionary<string, IReadOnlyList<double>> results)
    {
        var record = own.DeepClone().AsObject();
        record["documents"] = results.First().Value.Count;
        record["notes"] = new JsonArray([.. task.Notes.Select(note => (JsonNode)note)]);
        foreach (var (name, values) in results)
        {
            var score = BenchmarkScores.Mean(values);
            (record[name], record[name.Replace(",", "_stderr,", StringComparison.Ordinal)]) = (score.Mean, score.StandardError);
        }

        return record;
    }
}

/// <summary>Files of samples and the tasks in their names.</summary>
internal static class SampleFiles
{
    /// <summary>A file, or those of a folder, by task.</summary>
    internal static IReadOnlyList<SampleFile> In(string place)
    {
        if (File.Exists(place))
        {
            return SampleFile.Parse(place) is { } file ? [file]
                : throw new ReproException($"{place}: a name such as samples_arc_easy.jsonl was expected, which names the task");
        }

        var files = Directory.Exists(place)
            ? Directory.EnumerateFiles(place, "samples_*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .Select(SampleFile.Parse).OfType<SampleFile>().ToList()
            : throw new ReproException($"{place}: no such file or folder");
        var twice = files.GroupBy(file => file.Task).FirstOrDefault(group => group.Count() > 1);
        return twice is not null
            ? throw new ReproException($"{place}: has samples of {twice.Key} more than once, "
                + $"{string.Join(" and ", twice.Select(file => Path.GetRelativePath(place, file.Path)))}; name the file")
            : files.Count > 0 ? files : throw new ReproException($"{place}: no file such as samples_arc_easy.jsonl is in it");
    }

    /// <summary>Files of the same tasks; tasks that one side lacks are named.</summary>
    internal static IReadOnlyList<(SampleFile First, SampleFile Second)> Matched(
        IReadOnlyList<SampleFile> first, IReadOnlyList<SampleFile> second, TextWriter error)
    {
        var others = second.ToDictionary(file => file.Task, StringComparer.Ordinal);
        var both = first.Where(file => others.ContainsKey(file.Task)).Select(file => (file, others[file.Task])).ToList();
        var alone = first.Concat(second).Select(file => file.Task).Except(both.Select(pair => pair.file.Task)).ToList();
        if (alone.Count > 0)
        {
            error.WriteLine($"note: only one side has {string.Join(", ", alone)}");
        }

        return both.Count > 0 ? both : throw new ReproException("no task is on both sides");
    }

    /// <summary>The benchmark of a file: of the profile that is asked for, else of that which the results beside it name.</summary>
    internal static BenchmarkSettings Settings(SampleFile file, SampleOrigin origin, string? profile) =>
        BenchmarkLibrary.Find(file.Task, profile ?? origin.Profile ?? BenchVerb.DefaultProfile).Settings;
}
