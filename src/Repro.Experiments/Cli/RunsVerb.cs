using System.CommandLine;
using Repro.Core;
using Repro.Core.Training.Runs;
using Repro.Experiments.Reporting;

namespace Repro.Experiments.Cli;

/// <summary><c>runs</c>: a page that compares training runs.</summary>
internal static class RunsVerb
{
    internal static Command Create()
    {
        var folders = new Argument<string[]>("folders")
        {
            Description = "Folders of runs, or folders with runs in them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var file = new Option<string>("--out") { Description = "The page to write.", DefaultValueFactory = _ => "runs.html" };
        var metrics = new Option<string[]>("--metric")
        {
            Description = "A metric to draw, such as kl/mean; default: those that matter most. May be repeated.",
        };
        var command = new Command("runs", "Compares training runs on one HTML page: curves, settings that differ, cost.")
        {
            folders, file, metrics,
        };
        command.SetAction(arguments =>
        {
            var runs = arguments.GetValue(folders)!.SelectMany(Runs).DistinctBy(Path.GetFullPath).Select(RunRecord.Read).ToList();
            var libraries = ChartLibrary.Load(CommonOptions.Root(arguments));
            var path = Path.GetFullPath(arguments.GetValue(file)!);
            var page = new RunsPage(runs, Path.GetDirectoryName(path)!, arguments.GetValue(metrics) ?? []).Write(libraries);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                AtomicFile.WriteText(path, page);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ReproException($"--out {path}: cannot be written ({e.Message})", e);
            }

            arguments.InvocationConfiguration.Output.WriteLine(Invariant($"{runs.Count} runs: {path}"));
            return CommandLine.Success;
        });
        return command;
    }

    // The folder itself, or the runs that lie in it.
    private static IReadOnlyList<string> Runs(string folder)
    {
        if (RunRecord.IsRun(folder))
        {
            return [folder];
        }

        var inside = Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Where(RunRecord.IsRun).Order(StringComparer.Ordinal).ToList()
            : throw new ReproException($"{folder}: no such folder");
        return inside.Count > 0 ? inside : throw new ReproException($"{folder}: is not the folder of a run, and there is none in it");
    }
}
