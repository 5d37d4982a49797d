using System.CommandLine;
using System.Diagnostics;
using Repro.Experiments.Worlds;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary><c>mechanisms</c>: trains the small models that mechanism claims are judged by.</summary>
internal static class MechanismsVerb
{
    internal static Command Create()
    {
        var only = new Option<string[]>("--only")
        {
            Description = "Experiments to run: " + string.Join(", ", ExperimentList.All.Select(experiment => experiment.Id)) + ".",
            AllowMultipleArgumentsPerToken = true,
        };
        var seeds = new Option<int>("--seeds") { Description = "How many seeds.", DefaultValueFactory = _ => BaseModels.Seeds.Count };
        var first = new Option<int>("--first-seed") { Description = "The first of them; another one starts a second set.", DefaultValueFactory = _ => 1 };
        var arm = new Option<string?>("--arm") { Description = "Only runs whose arm begins with this." };
        var budget = new Option<string?>("--budget") { Description = "Time after which no further run is begun, such as 15m, 90s or 2h." };
        var cells = new Option<string?>("--cells") { Description = "Folder of finished runs; default: out/cells of the checkout." };
        var write = new Option<bool>("--write") { Description = "Write the results to fixtures/results once all runs are there." };
        var command = new Command("mechanisms", "Trains the small models that mechanism claims are judged by; finished runs are kept and taken up again.")
        {
            only, arm, seeds, first, budget, cells, write,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var root = Workplace.Root(arguments);
                var chosen = arguments.GetValue(only) is { Length: > 0 } named ? named.Select(ExperimentList.Find).ToList() : [.. ExperimentList.All];
                var store = new CellStore(arguments.GetValue(cells) ?? Path.Combine(root, "out", "cells"));
                var limit = arguments.GetValue(budget) is { } text ? Duration.Parse(text) : (TimeSpan?)null;
                long[] numbers = [.. Enumerable.Range(arguments.GetValue(first), arguments.GetValue(seeds)).Select(seed => (long)seed)];
                var work = new MechanismWork(chosen, numbers, store, limit, arguments.GetValue(arm), arguments.InvocationConfiguration.Output);
                return work.Run(arguments.GetValue(write) ? Path.Combine(root, "fixtures", "results") : null, cancellation);
            },
            cancellation));
        return command;
    }
}

/// <summary>The runs of a call of <c>mechanisms</c>.</summary>
internal sealed class MechanismWork(
    IReadOnlyList<IExperiment> experiments, IReadOnlyList<long> seeds, CellStore store, TimeSpan? budget, string? arm, TextWriter output)
{
    internal int Run(string? results, CancellationToken cancellation)
    {
        // One thread a process: on a busy machine two took ten times the processor time, and the bits depend on their number.
        set_num_threads(1);
        var clock = Stopwatch.StartNew();
        var missing = 0;
        foreach (var experiment in experiments)
        {
            Cell[] cells = [.. seeds.SelectMany(experiment.Cells)];
            Cell[] open = [.. cells.Where(cell => cell.Key.Arm.StartsWith(arm ?? string.Empty, StringComparison.Ordinal) && store.Find(cell.Key) is null)];
            output.WriteLine(Invariant($"{experiment.Id}: {experiment.Title}, {seeds.Count} seeds, {cells.Length} runs, {open.Length} to make"));
            missing += Make(open, clock, cancellation);
            if (results is not null && cells.All(cell => store.Find(cell.Key) is not null))
            {
                ExperimentResults.Write(Path.Combine(results, experiment.Id + ".json"), experiment, cells.Select(cell => (cell.Key, store.Find(cell.Key)!)));
            }
        }

        if (missing > 0)
        {
            output.WriteLine(Invariant($"{missing} runs are still to be made; the same command takes them up."));
        }

        return missing > 0 ? CommandLine.Failure : CommandLine.Success;
    }

    // Seed by seed, so that what there is after a budget is whole pairs of arms.
    private int Make(Cell[] open, Stopwatch clock, CancellationToken cancellation)
    {
        for (var done = 0; done < open.Length; done++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (clock.Elapsed > budget)
            {
                return open.Length - done;
            }

            var start = clock.Elapsed;
            store.Get(open[done], cancellation);
            output.WriteLine(Invariant($"  {open[done].Key.Arm}, seed {open[done].Key.Seed}: {(clock.Elapsed - start).TotalSeconds:F1} s"));
        }

        return 0;
    }
}

/// <summary>Lengths of time as people write them.</summary>
internal static class Duration
{
    /// <summary>Reads <c>90s</c>, <c>15m</c> or <c>2h</c>.</summary>
    /// <exception cref="InputException">It is something else.</exception>
    internal static TimeSpan Parse(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        return unit > 0 && double.TryParse(text[..^1], System.Globalization.CultureInfo.InvariantCulture, out var count) && count > 0
            ? TimeSpan.FromSeconds(count * unit)
            : throw new InputException($"--budget {text}: a time was expected, such as 90s, 15m or 2h");
    }
}
