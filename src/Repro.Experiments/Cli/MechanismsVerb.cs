using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Repro.Core;
using Repro.Experiments.Claims;
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
        var seeds = new Option<string?>("--seeds") { Description = "Seeds: how many, such as 8, or which, such as 9-16; default: 1-8." };
        var arm = new Option<string?>("--arm") { Description = "Only runs whose arm begins with this." };
        var budget = new Option<string?>("--budget") { Description = "Time after which no further run is begun, such as 15m, 90s or 2h." };
        var cells = new Option<string?>("--cells") { Description = "Folder of finished runs; default: out/cells of the checkout." };
        var write = new Option<bool>("--write") { Description = "Write the results to fixtures/results once all runs are there." };
        var command = new Command("mechanisms", "Trains the small models that mechanism claims are judged by; finished runs are kept "
            + "and taken up again.")
        {
            only, arm, seeds, budget, cells, write,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var root = Workplace.Root(arguments);
                var chosen = arguments.GetValue(only) is { Length: > 0 } named ? named.Select(ExperimentList.Find).ToList()
                    : [.. ExperimentList.All];
                var store = new CellStore(arguments.GetValue(cells) ?? Path.Combine(root, "out", "cells"));
                var limit = arguments.GetValue(budget) is { } text ? Duration.Parse(text) : (TimeSpan?)null;
                var numbers = arguments.GetValue(seeds) is { } range ? SeedRange.Parse(range) : BaseModels.Seeds;
                if (arguments.GetValue(write) && !numbers.SequenceEqual(BaseModels.Seeds))
                {
                    throw new ReproException(Invariant($"--write: results are those of the seeds 1 to {BaseModels.Seeds.Count}; leave ")
                        + "--seeds out");
                }

                var work = new MechanismWork(chosen, numbers, store, limit, arguments.GetValue(arm),
                    arguments.InvocationConfiguration.Output);
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
            Cell[] open = [.. cells.Where(cell => cell.Key.Arm.StartsWith(arm ?? string.Empty, StringComparison.Ordinal)
                && store.Find(cell.Key) is null)];
            output.WriteLine(
                Invariant($"{experiment.Id}: {experiment.Title}, {seeds.Count} {InvariantText.Noun(seeds.Count, "seed")}, ")
                    + Invariant($"{cells.Length} {InvariantText.Noun(cells.Length, "run")}, {open.Length} to make"));
            missing += Make(open, clock, cancellation);
            if (results is not null && cells.All(cell => store.Find(cell.Key) is not null))
            {
                var design = Path.Combine(results, "..", "designs", experiment.Id + ".yaml");
                ExperimentResults.Write(
                    Path.Combine(results, experiment.Id + ".json"), experiment,
                    File.Exists(design) ? ExperimentDesign.Read(design).Stamp : null,
                        cells.Select(cell => (cell.Key, store.Find(cell.Key)!)));
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

/// <summary>Seeds as people write them.</summary>
internal static class SeedRange
{
    private const int Most = 1000;

    /// <summary>Reads <c>8</c>, which is 1 to 8, or <c>9-16</c>.</summary>
    /// <exception cref="ReproException">It is something else.</exception>
    internal static IReadOnlyList<long> Parse(string text)
    {
        var ends = text.Split('-');
        var whole = ends.Length is 1 or 2 && ends.All(end => int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        int[] numbers = whole ? [.. ends.Select(end => int.Parse(end, CultureInfo.InvariantCulture))] : [0];
        var (first, last) = numbers.Length == 1 ? (1, numbers[0]) : (numbers[0], numbers[1]);
        return first >= 1 && last >= first && last - first < Most
            ? [.. Enumerable.Range(first, last - first + 1).Select(seed => (long)seed)]
            : throw new ReproException(Invariant($"--seeds {text}: a number of seeds or a range was expected, such as 8 or 9-16, at ")
            + Invariant($"most {Most}"));
    }
}

/// <summary>Lengths of time as people write them.</summary>
internal static class Duration
{
    /// <summary>Reads <c>90s</c>, <c>15m</c> or <c>2h</c>.</summary>
    /// <exception cref="ReproException">It is something else.</exception>
    internal static TimeSpan Parse(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        return unit > 0 && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var count) && count > 0
            ? TimeSpan.FromSeconds(count * unit)
            : throw new ReproException($"--budget {text}: a time was expected, such as 90s, 15m or 2h");
    }
}
