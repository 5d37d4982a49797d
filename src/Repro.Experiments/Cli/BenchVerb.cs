using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Evaluation.Benchmarks;

namespace Repro.Experiments.Cli;

/// <summary><c>bench</c>: benchmarks on a model, scores of stored samples, and two models side by side.</summary>
internal static class BenchVerb
{
    /// <summary>The harness where nothing names another.</summary>
    internal const string DefaultProfile = "lm-eval";

    private const string DataVariable = "REPRO_DATA";

    internal static Command Create() => new(
        "bench", "Runs benchmarks with the prompts of lm-eval or OpenCompass, and compares two models on them.")
    {
        List(), Run(), Score(), Diff(),
    };

    private static Option<string> Profile() => new("--profile")
    {
        Description = "The harness whose prompts are used: lm-eval or opencompass.",
        DefaultValueFactory = _ => DefaultProfile,
    };

    private static Option<string?> ProfileOfSamples() => new("--profile")
    {
        Description = "The harness whose prompts were used; default: what the results beside the samples say, else lm-eval.",
    };

    private static Command List()
    {
        var command = new Command("list", "Lists the benchmarks with profile, version, documents and metrics.");
        command.SetAction(arguments =>
        {
            var table = new TableLines("Benchmark", "Profile", "Version", "Tasks", "Documents", "Examples", "Metrics");
            foreach (var settings in BenchmarkLibrary.All())
            {
                table.Add(
                    BenchmarkLibrary.GroupName(settings), settings.Profile, settings.Version,
                    Invariant($"{Math.Max(1, settings.Subsets.Count)}"), Invariant($"{settings.Items}"),
                    Invariant($"{settings.NumFewshot}"),
                    settings.PromptsOnly is null ? string.Join(", ", settings.MetricList.Select(SampleScores.Name)) : "prompts only");
            }

            table.Write(arguments.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }

    private static Command Run()
    {
        var tasks = new Argument<string[]>("tasks")
        {
            Description = "Benchmarks such as mmlu, or single tasks such as mmlu_anatomy.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new ModelOptions(optional: "--dry builds and hashes the prompts without one.");
        var run = new BenchRunOptions(Profile());
        var command = new Command("run", "Runs benchmarks on a model; writes samples in the form of lm-eval and results.json.") { tasks };
        run.AddTo(command);
        model.AddTo(command, rows: false, template: false);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var named = arguments.GetValue(tasks)!
                    .SelectMany(name => BenchmarkLibrary.Expand(name, run.Profile(arguments))).Distinct().ToList();
                run.CheckSampling(arguments, [.. named.Select(entry => entry.Settings)]);
                return run.IsDry(arguments) ? Dry(arguments, run, model, named, cancellation)
                    : BenchRun.Execute(arguments, run, model, named, cancellation);
            },
            cancellation));
        return command;
    }

    // What would be asked, and whether it is what others ask: the hash tells.
    private static int Dry(
        ParseResult arguments, BenchRunOptions run, ModelOptions model, List<(BenchmarkSettings Settings, string? Subset)> named,
        CancellationToken cancellation)
    {
        var (output, watch) = (arguments.InvocationConfiguration.Output, Stopwatch.StartNew());
        var tasks = named.Select(entry => run.Load(arguments, entry.Settings, entry.Subset, cancellation)).ToList();
        var hashes = BenchRun.Hashes(tasks, run.Limit(arguments));
        if (model.IsGiven(arguments))
        {
            var (reading, config) = (run.Reading(arguments), model.Config(arguments));
            tasks.ForEach(task => reading.CheckRoom(task, config));
            _ = BenchRun.Recorded(arguments, run, model, tasks, hashes, cancellation);
        }

        var (documents, requests) = (0, 0);
        foreach (var task in tasks)
        {
            var (asked, (hash, count)) = (run.Documents(arguments, task), hashes[task.Name]);
            documents += asked;
            requests += count;
            output.WriteLine(Invariant($"{task.Name}\t{task.Settings.Version}\t{task.Shots}\t{asked}\t{count}\t{hash}"));
            BenchRun.Notes(arguments, task);
            run.Budget(arguments, task);
        }

        arguments.InvocationConfiguration.Error.WriteLine(Invariant(
            $"{named.Count} tasks, {documents} documents, {requests} requests built and hashed ")
            + Invariant($"in {watch.Elapsed.TotalSeconds:F2} s; no model ran"));
        return CommandLine.Success;
    }

    private static Command Score()
    {
        var files = new Argument<string[]>("samples")
        {
            Description = "Files of samples, ours or those of lm-eval's --log_samples, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var profile = ProfileOfSamples();
        var ks = PassOptions.K();
        var command = new Command("score", "Computes scores from stored samples.") { files, profile, ks };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var (scores, asked) = (new BenchScores(), PassOptions.Ks(arguments.GetValue(ks)));
                var all = arguments.GetValue(files)!.SelectMany(SampleFiles.In)
                    .Select(file => (File: file, Origin: SampleOrigin.Read(file)))
                    .Select(entry => (entry.File, entry.Origin,
                        Settings: SampleFiles.Settings(entry.File, entry.Origin, arguments.GetValue(profile)))).ToList();
                if (asked is not null && !all.Exists(entry => entry.Settings.RunsPrograms))
                {
                    throw new ReproException(
                        $"--k is for tasks that run programs; these are of {string.Join(", ", all.Select(entry => entry.File.Task))}");
                }

                foreach (var (file, origin, settings) in all)
                {
                    var samples = BenchmarkSamples.Read(file.Path, cancellation);
                    scores.Add(settings, file.Task, Scored(file, settings, samples, asked));
                    SampleNotes(arguments.InvocationConfiguration.Error, file, origin.IsLimited, settings, samples);
                }

                scores.Write(arguments.InvocationConfiguration.Output);
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<double>> Scored(
        SampleFile file, BenchmarkSettings settings, IReadOnlyList<BenchmarkSample> samples, IReadOnlyList<int>? ks)
    {
        try
        {
            return SampleScores.Compute(settings, samples, ks) is { Count: > 0 } scores ? scores
                : throw new ReproException(
                    $"no score of {string.Join(", ", settings.MetricList.Select(SampleScores.Name))} is logged or can be computed.");
        }
        catch (ReproException e)
        {
            throw new ReproException($"{file.Path}: {e.Message}", e);
        }
    }

    private static void SampleNotes(
        TextWriter error, SampleFile file, bool isLimited, BenchmarkSettings settings, IReadOnlyList<BenchmarkSample> samples)
    {
        BenchRun.Unparsed(error, file.Task, samples);
        var documents = samples.Select(sample => sample.DocId).Distinct().Count();
        if (isLimited)
        {
            error.WriteLine(Invariant($"note: {file.Task}: the run was limited to the first {documents} documents"));
        }
        else if (settings.Subsets.Count == 0 && settings.Items is { } items && items != documents)
        {
            error.WriteLine(Invariant($"note: {file.Task}: {documents} documents, the published split has {items}"));
        }

        foreach (var line in SampleScores.Disagreements(settings, samples))
        {
            error.WriteLine($"warning: {file.Path}: {line}");
        }
    }

    private static Command Diff()
    {
        var first = new Argument<string>("a") { Description = "Samples of one model: a file or a folder." };
        var second = new Argument<string>("b") { Description = "Samples of another model on the same tasks." };
        var profile = ProfileOfSamples();
        var shown = new Option<int>("--show") { Description = "Differing documents to show of each task.", DefaultValueFactory = _ => 5 }
            .Limit(new AtLeastAttribute(0));
        var seed = new Option<long>("--seed") { Description = "Seed of the bootstrap.", DefaultValueFactory = _ => 0 }.Limit(null);
        var command = new Command("diff",
            "Compares two models document by document: prompts, log-likelihoods, answers and scores, with paired tests corrected by Holm.")
        {
            first, second, profile, shown, seed,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var (a, b) = (SampleFiles.In(arguments.GetValue(first)!), SampleFiles.In(arguments.GetValue(second)!));
                BenchDiff.Write(
                    arguments.InvocationConfiguration.Output, SampleFiles.Matched(a, b, arguments.InvocationConfiguration.Error),
                    arguments.GetValue(profile), arguments.GetValue(shown), unchecked((ulong)arguments.GetValue(seed)), cancellation);
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    /// <summary>The folder of the data that an option or the environment names.</summary>
    internal static string Data(string? option) => option ?? Environment.GetEnvironmentVariable(DataVariable) switch
    {
        { Length: > 0 } named => named,
        _ => throw new ReproException($"--data FOLDER or the variable {DataVariable} must name the folder of the published files"),
    };
}

/// <summary>The options of <c>bench run</c> beside those of the model.</summary>
/// <param name="profile">The harness.</param>
internal sealed class BenchRunOptions(Option<string> profile)
{
    private readonly Option<string?> _data = new("--data") { Description = "Folder of the published files; default: that of REPRO_DATA." };
    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for samples and results.",
        DefaultValueFactory = _ => Path.Combine("runs", "bench"),
    };

    private readonly Option<int?> _shots = new Option<int?>("--num-fewshot")
    {
        Description = "Examples before each document; default: the task's.",
    }.Limit(new AtLeastAttribute(0));

    private readonly Option<int?> _limit = new Option<int?>("--limit")
    {
        Description = "The first documents of each task alone, to try things.",
    }.Limit(new AtLeastAttribute(1));

    private readonly Option<int> _batch = new Option<int>("--batch") { Description = "Documents at once.", DefaultValueFactory = _ => 8 }
        .Limit(new AtLeastAttribute(1));

    private readonly Option<int?> _tokens = new Option<int?>("--max-gen-toks")
    {
        Description = "Most new tokens of a response; default: those of the task, else 256.",
    }.Limit(new AtLeastAttribute(1));

    private readonly PassOptions _pass = new();
    private readonly Option<bool> _begin = new("--add-bos-token") { Description = "Begin each prompt with the tokenizer's begin token." };
    private readonly Option<bool> _apart = new("--no-sharing") { Description = "Compute each choice with its whole prompt by itself." };
    private readonly Option<bool> _dry = new("--dry") { Description = "Build and hash the prompts; run nothing." };

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { profile, _data, _out, _shots, _limit, _batch, _tokens, _begin, _apart, _dry })
        {
            command.Add(option);
        }

        _pass.AddTo(command);
    }

    internal string Profile(ParseResult arguments) => arguments.GetValue(profile)!;

    internal bool IsDry(ParseResult arguments) => arguments.GetValue(_dry);

    internal string Folder(ParseResult arguments) => arguments.GetValue(_out)!;

    internal int? Limit(ParseResult arguments) => arguments.GetValue(_limit);

    /// <summary>How many documents of a task are asked.</summary>
    internal int Documents(ParseResult arguments, BenchmarkTask task) =>
        Math.Min(task.Documents.Count, Limit(arguments) ?? int.MaxValue);

    internal BenchmarkReading Reading(ParseResult arguments) => new()
    {
        BatchSize = arguments.GetValue(_batch),
        SharePrefixes = !arguments.GetValue(_apart),
        AddBosToken = arguments.GetValue(_begin),
        MaxGenToks = arguments.GetValue(_tokens),
        Sampling = _pass.Sampling(arguments),
    };

    /// <summary>Refuses several programs for tasks that run none, and a number of new tokens where none of the tasks is
    /// written.</summary>
    internal void CheckSampling(ParseResult arguments, IReadOnlyCollection<BenchmarkSettings> benchmarks)
    {
        if (arguments.GetValue(_tokens) is not null && benchmarks.All(settings => settings.OutputType == OutputType.MultipleChoice))
        {
            var names = benchmarks.Select(BenchmarkLibrary.GroupName).Distinct();
            throw new ReproException($"{_tokens.Name}: {string.Join(", ", names)} ranks given choices and writes nothing; leave it out");
        }

        if (_pass.Sampling(arguments) is not null
            && benchmarks.FirstOrDefault(settings => !settings.RunsPrograms) is { } other)
        {
            throw new ReproException($"--samples: {BenchmarkLibrary.GroupName(other)} takes one response; several are drawn for tasks that "
                + "run programs, such as humaneval");
        }
    }

    /// <summary>Says how much a run of programs may take at most.</summary>
    internal void Budget(ParseResult arguments, BenchmarkTask task)
    {
        if (task.Settings.RunsPrograms)
        {
            var programs = (long)Documents(arguments, task) * (_pass.Sampling(arguments)?.Samples ?? 1);
            var tokens = programs * Reading(arguments).NewTokens(task.Settings.GenerationKwargs!);
            arguments.InvocationConfiguration.Error.WriteLine(
                Invariant($"note: {task.Name}: {programs} programs, at most {tokens} new tokens, and at most ")
                + Invariant($"{CodeSandbox.DefaultTimeout * programs / TimeSpan.FromHours(1):F2} h to run them"));
        }
    }

    internal BenchmarkTask Load(ParseResult arguments, BenchmarkSettings settings, string? subset, CancellationToken cancellation) =>
        BenchmarkTask.Load(
            settings, subset, BenchVerb.Data(arguments.GetValue(_data)), arguments.GetValue(_shots), cancellation: cancellation);
}

/// <summary>The options of several programs for each problem.</summary>
internal sealed class PassOptions
{
    private static readonly int[] Usual = [1, 10, 100];

    private readonly Option<int?> _samples = new Option<int?>("--samples")
    {
        Description = "Programs drawn for each problem, for pass@k; default: one without drawing.",
    }.Limit(new AtLeastAttribute(1));

    private readonly Option<double?> _temperature = new Option<double?>("--temperature")
    {
        Description = "Temperature of the programs; default: 0.8.",
    }.Limit(new AboveAttribute(0));

    private readonly Option<double?> _topP = new Option<double?>("--top-p")
    {
        Description = "Probability of the tokens that are kept; default: 0.95.",
    }.Limit(new WithinAttribute(0, 1) { AboveMinimum = true });

    private readonly Option<long?> _seed = new Option<long?>("--seed") { Description = "Seed of the programs; default: 0." }.Limit(null);
    private readonly Option<string?> _ks = K();

    internal static Option<string?> K() => new("--k")
    {
        Description = "Each k of pass@k, such as 1,10,100; default: those of 1, 10 and 100 that there are programs for.",
    };

    /// <summary>The numbers of <c>--k</c>; null where it is not given.</summary>
    internal static IReadOnlyList<int>? Ks(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return Array.TrueForAll(parts, part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k > 0)
            ? [.. parts.Select(part => int.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture)).Distinct().Order()]
            : throw new ReproException($"--k {text}: whole numbers above 0 such as 1,10,100 were expected");
    }

    internal void AddTo(Command command)
    {
        foreach (var option in new Option[] { _samples, _temperature, _topP, _seed, _ks })
        {
            command.Add(option);
        }
    }

    /// <summary>How programs are drawn; null where none are.</summary>
    internal ProgramSampling? Sampling(ParseResult arguments)
    {
        if (arguments.GetValue(_samples) is not { } samples)
        {
            var given = new Option[] { _temperature, _topP, _seed, _ks }.FirstOrDefault(option => arguments.GetResult(option) is not null);
            return given is null ? null
                : throw new ReproException($"{given.Name} is for several programs of a problem; --samples says how many");
        }

        var (ks, usual) = (Ks(arguments.GetValue(_ks)) ?? [.. Usual.Where(k => k <= samples)], new ProgramSampling { Samples = samples });
        return ks.Max() > samples
            ? throw new ReproException(
                Invariant($"--k {ks.Max()} needs at least {ks.Max()} programs for each problem, --samples is {samples}"))
            : usual with
            {
                Temperature = arguments.GetValue(_temperature) ?? usual.Temperature,
                TopP = arguments.GetValue(_topP) ?? usual.TopP,
                Seed = arguments.GetValue(_seed) ?? usual.Seed,
                Ks = ks,
            };
    }
}
