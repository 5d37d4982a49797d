using System.CommandLine;
using Repro.Core;
using Repro.Experiments.Studies;

namespace Repro.Experiments.Cli;

/// <summary><c>study</c>: people rank anonymous answers in their browsers.</summary>
internal static class StudyVerb
{
    private const string DefaultUrl = "http://127.0.0.1:5080";

    internal static Command Create() =>
        new("study", "People rank two to four anonymous answers to a prompt in their browsers.")
        {
            Serve(), Status(), Export(), Import(),
        };

    private static Command Serve()
    {
        var inputs = new Argument<string[]>("data")
        {
            Description = "Rows with a prompt and 'responses'; or two to four files of generate or AlpacaEval, or their folder, joined by "
                + "prompt. May be left out where the study is there already.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var file = Database("--out", "File of the study; an existing one is continued.");
        var urls = new Option<string>("--urls")
        {
            Description = "Where to listen; several with semicolons. What is not loopback is open to others.",
            DefaultValueFactory = _ => DefaultUrl,
        };
        var hosts = new Option<string[]>("--host")
        {
            Description = "Name under which a proxy on this machine passes requests on, such as study.example.org; may be repeated.",
            DefaultValueFactory = _ => [],
        };
        var seed = new Option<long?>("--seed") { Description = "Seed of the orders in which answers are shown; default: 0." }.Limit(null);
        var command = new Command("serve", "Serves the page until Ctrl-C; every ranking is on disk before the page says so.")
        {
            inputs, file, urls, hosts, seed,
        };
        command.SetAction(async (arguments, cancellation) =>
        {
            var (output, error) = (arguments.InvocationConfiguration.Output, arguments.InvocationConfiguration.Error);
            var (path, where) = (arguments.GetValue(file)!, arguments.GetValue(urls)!);
            using var store = Open(path, arguments.GetValue(inputs) ?? [], arguments.GetValue(seed), error.WriteLine, cancellation);
            await using var server = await StudyServer.StartAsync(
                store, new StudyAddress(where, arguments.GetValue(hosts) ?? []), TimeProvider.System, cancellation);
            foreach (var address in server.Addresses)
            {
                if (!StudyServer.IsLoopback(address))
                {
                    await error.WriteLineAsync($"warning: {address} is open to everyone who reaches this machine, and is not encrypted");
                }

                await output.WriteLineAsync($"for raters: {address}");
                await output.WriteLineAsync($"progress:   {address}/status?key={store.OwnerKey}");
            }

            await output.FlushAsync(cancellation);
            await server.RunAsync(cancellation);
            await output.WriteLineAsync(Invariant($"stopped; {store.Current().Count} rankings are in {path}"));
            return CommandLine.Success;
        });
        return command;
    }

    private static Command Status()
    {
        var file = Database();
        var command = new Command("status", "Progress of each rater, and how far they agree.") { file };
        command.SetAction(arguments =>
        {
            using var store = StudyStore.Open(arguments.GetValue(file)!);
            Print(store, arguments.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }

    private static Command Export()
    {
        var file = Database();
        var form = new Option<ExportForm>("--form")
        {
            Description = "rankings: a JSON line for each ranking; preferences: chosen and rejected for training; argilla: the files "
                + "of the thesis' study, in a folder.",
            DefaultValueFactory = _ => ExportForm.Rankings,
        };
        var history = new Option<bool>("--history") { Description = "With rankings: those that were replaced as well." };
        var to = new Option<string>("--out") { Description = "File, or folder for argilla.", Required = true };
        var command = new Command("export", "Writes rankings with the names of the models.") { file, form, history, to };
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(history) && arguments.GetValue(form) != ExportForm.Rankings)
            {
                throw new ReproException("--history goes with --form rankings alone; the other forms have no place for replaced rankings");
            }

            using var store = StudyStore.Open(arguments.GetValue(file)!);
            var (path, output) = (arguments.GetValue(to)!, arguments.InvocationConfiguration.Output);
            try
            {
                if (arguments.GetValue(form) == ExportForm.Argilla)
                {
                    foreach (var written in ArgillaFiles.Export(store, path))
                    {
                        output.WriteLine(written);
                    }

                    return CommandLine.Success;
                }

                var rows = arguments.GetValue(form) == ExportForm.Preferences ? StudyExport.Preferences(store)
                    : StudyExport.Rankings(store, arguments.GetValue(history));
                var lines = rows.Select(row => row.ToJsonString(StudyExport.Plain) + "\n").ToList();
                AtomicFile.WriteText(path, string.Concat(lines));
                output.WriteLine(Invariant($"{path}: {lines.Count} rows"));
                return CommandLine.Success;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ReproException($"--out {path}: cannot be written ({e.Message})", e);
            }
        });
        return command;
    }

    private static Command Import()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "Files of a study made with Argilla as the thesis' author released them: all_keys.json, original*run-1.json and "
                + "*_run_0.json, and so on.",
        };
        var file = Database("--out", "File of the study to make.");
        var command = new Command("import", "Makes a study of the files of another one.") { folder, file };
        command.SetAction(arguments =>
        {
            using var store = ArgillaFiles.Import(
                arguments.GetValue(folder)!, arguments.GetValue(file)!, arguments.InvocationConfiguration.Error.WriteLine);
            Print(store, arguments.InvocationConfiguration.Output);
            return CommandLine.Success;
        });
        return command;
    }

    private static Argument<string> Database() => new("study") { Description = "File of the study." };

    private static Option<string> Database(string name, string description) => new(name) { Description = description, Required = true };

    private static StudyStore Open(string path, string[] inputs, long? seed, Action<string> note, CancellationToken cancellation)
    {
        if (inputs.Length == 0)
        {
            return SameSeed(StudyStore.Open(path), seed, path);
        }

        var items = StudyFiles.Read(inputs, note, cancellation);
        if (!StudyStore.Exists(path))
        {
            return StudyStore.Create(path, seed ?? 0, items);
        }

        var store = SameSeed(StudyStore.Open(path), seed, path);
        if (store.Items.Select(item => item.Key + item.Json()).SequenceEqual(items.Select(item => item.Key + item.Json())))
        {
            return store;
        }

        store.Dispose();
        throw new ReproException($"{path}: the study in it has other items than {string.Join(", ", inputs)}; give another --out");
    }

    private static StudyStore SameSeed(StudyStore store, long? seed, string path)
    {
        if (seed is null || seed == store.Seed)
        {
            return store;
        }

        var stored = store.Seed;
        store.Dispose();
        throw new ReproException(Invariant($"{path}: the study has the seed {stored}, --seed {seed} was given; ")
            + "answers would change places in the middle of it");
    }

    private static void Print(StudyStore store, TextWriter output)
    {
        var current = store.Current();
        var (agreement, replaced) = (StudyAgreement.Compute(current), current.Sum(ranking => ranking.Revision));
        output.WriteLine(Invariant($"{store.Items.Count} items, {current.Count} rankings, {replaced} replaced"));
        foreach (var rater in store.Raters())
        {
            var done = current.Count(ranking => ranking.Rater == rater.Name);
            output.WriteLine(Invariant($"{rater.Name}: {done} of {store.Items.Count}"));
        }

        output.WriteLine(Invariant($"agreement over {agreement.Items} items with two raters or more: Krippendorff's alpha (ordinal) ")
            + $"{Number(agreement.Alpha)}, mean Kendall's tau-b {Number(agreement.MeanTau)}, mean Kendall's W {Number(agreement.MeanW)}, "
            + $"pairs of answers in the same order {Number(agreement.SameOrder)}");
    }

    private static string Number(double? value) => value is { } number ? Invariant($"{number:F3}") : "not yet";
}

/// <summary>What <c>study export</c> writes.</summary>
internal enum ExportForm
{
    /// <summary>JSON lines, one a ranking.</summary>
    Rankings,

    /// <summary>JSON lines, one a pair of answers.</summary>
    Preferences,

    /// <summary>The files of the thesis' study.</summary>
    Argilla,
}
