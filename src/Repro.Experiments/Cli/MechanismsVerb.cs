using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Experiments.Claims;
using Repro.Experiments.Worlds;
using static TorchSharp.torch;

namespace Repro.Experiments.Cli;

/// <summary><c>mechanisms</c>: trains the small models that mechanism claims are judged by.</summary>
internal static class MechanismsVerb
{
    internal static Command Create()
    {
        var options = new MechanismOptions();
        var command = new Command("mechanisms", "Trains the small models that mechanism claims are judged by; finished runs are kept "
            + "and taken up again.")
        {
            options.Only, options.Study, options.Seeds, options.Arm, options.Base, options.Workers, options.Budget, options.Cells,
            options.Write, options.List, options.Number, options.Array,
        };
        command.SetAction((arguments, cancellation) => Task.Run(() => Run(options, arguments, cancellation), cancellation));
        return command;
    }

    private static int Run(MechanismOptions options, ParseResult arguments, CancellationToken cancellation)
    {
        var root = CommonOptions.Root(arguments);
        var set = arguments.GetValue(options.Study) ? SeedSet.Study : SeedSet.Fixture;
        var plan = new CellPlan(
            arguments.GetValue(options.Only) is { Length: > 0 } named ? [.. named.Select(ExperimentList.Find)]
                : set == SeedSet.Study ? ExperimentList.Everything : ExperimentList.All,
            arguments.GetValue(options.Seeds) is { } range ? SeedRange.Parse(range) : set.Seeds,
            arguments.GetValue(options.Base) is { } size ? BaseSize.Parse(size) : BaseSize.Small,
            arguments.GetValue(options.Arm));
        plan.RequireRuns();
        var folder = arguments.GetValue(options.Cells) ?? Path.Combine(root, "out", "cells");
        var output = arguments.InvocationConfiguration.Output;
        if (arguments.GetValue(options.List))
        {
            plan.WriteList(output);
            return CommandLine.Success;
        }

        if (arguments.GetValue(options.Array) is { } array)
        {
            JobArray.Write(
                array, plan, JobArray.Arguments(arguments, [options.Only, options.Study, options.Seeds, options.Arm, options.Base]), root);
            output.WriteLine(
                Invariant($"{Path.Combine(array, JobArray.ScriptName)}: {plan.Cells.Count} {InvariantText.Noun(plan.Cells.Count, "run")}; ")
                    + "sbatch it in that folder");
            return CommandLine.Success;
        }

        var write = arguments.GetValue(options.Write);
        if (write && !(plan.Seeds.SequenceEqual(set.Seeds) && plan.Base == BaseSize.Small))
        {
            throw new ReproException(Invariant($"--write: results are those of the seeds {set.Seeds[0]} to {set.Seeds[^1]} with base ")
                + "models of 2x64; leave --seeds and --base out");
        }

        // A number that is not there is refused first: the thread would keep its one thread of LibTorch for whatever runs on it next.
        var chosen = arguments.GetValue(options.Number) is { } number ? plan.Cell(number) : null;

        // One thread a run: on a busy machine two took ten times the processor time, and the bits depend on their number. More cores
        // make more runs at once.
        set_num_threads(1);
        var work = new MechanismWork(plan, new CellStore(folder), output);
        if (chosen is not null)
        {
            return work.Make(chosen, cancellation);
        }

        var limit = arguments.GetValue(options.Budget) is { } text ? Duration.Parse(text) : (TimeSpan?)null;
        var workers = arguments.GetValue(options.Workers) ?? Environment.ProcessorCount;
        var missing = work.MakeAll(seedBySeed: set != SeedSet.Fixture, limit, workers, folder, cancellation);
        if (write)
        {
            work.WriteResults(set, Path.Combine(root, "fixtures"));
        }

        return missing > 0 ? CommandLine.LimitReached : CommandLine.Success;
    }
}

/// <summary>Options of <c>mechanisms</c>.</summary>
internal sealed class MechanismOptions
{
    public Option<string[]> Only { get; } = new("--only")
    {
        Description = "Experiments to run: " + string.Join(", ", ExperimentList.Everything.Select(experiment => experiment.Id)) + ".",
        AllowMultipleArgumentsPerToken = true,
    };

    public Option<bool> Study { get; } = new("--study")
    {
        Description = "The study: seeds 9 to 28, which no other result uses, with designs and results of their own, seed by seed.",
    };

    public Option<string?> Seeds { get; } = new("--seeds")
    {
        Description = "Seeds: how many, such as 8, or which, such as 9-16; default: 1-8, with --study 9-28.",
    };

    public Option<string?> Arm { get; } = new("--arm") { Description = "Only runs whose arm begins with this." };

    public Option<string?> Base { get; } = new("--base")
    {
        Description = "Layers and width of the base models, such as 4x128; default: 2x64, which all committed results have.",
    };

    public Option<int?> Workers { get; } = new Option<int?>("--workers")
    {
        Description = "Runs that are made at once, each by one thread; default: as many as the machine has processors.",
    }.Limit(new AtLeastAttribute(1));

    public Option<string?> Budget { get; } = new("--budget")
    {
        Description = "Time after which no further run or base model is begun, such as 15m, 90s or 2h; the exit code is then 4.",
    };

    public Option<string?> Cells { get; } = new("--cells")
    {
        Description = "Folder of finished runs; default: out/cells of the checkout.",
    };

    public Option<bool> Write { get; } = new("--write")
    {
        Description = "Write the results to fixtures/results once all runs are there, which trains those that are missing; with --study "
            + "those of the whole seeds.",
    };

    public Option<bool> List { get; } = new("--cells-list")
    {
        Description = "Print the runs as JSON lines, numbered from 0, and make none.",
    };

    public Option<int?> Number { get; } = new Option<int?>("--cell")
    {
        Description = "Make one run, by its number in the list, and no other.",
    }.Limit(new AtLeastAttribute(0));

    public Option<string?> Array { get; } = new("--array")
    {
        Description = "Write cells.jsonl and array.sh, a job array for Slurm, to this folder and make no run.",
    };
}

/// <summary>The runs of a call of <c>mechanisms</c>, made or taken from the finished ones.</summary>
internal sealed class MechanismWork(CellPlan plan, CellStore store, TextWriter output)
{
    private readonly TextWriter _output = TextWriter.Synchronized(output);

    /// <summary>Makes the runs that are not there, and the base models that they begin with.</summary>
    /// <param name="seedBySeed">All arms of a seed before the next one, so that what there is after a budget is whole seeds; otherwise an
    /// experiment after the other.</param>
    /// <param name="budget">Time after which no further run is begun.</param>
    /// <param name="workers">Runs that are made at once.</param>
    /// <param name="folder">Where finished runs lie, for people.</param>
    /// <param name="cancellation">Ends the runs in progress.</param>
    /// <returns>How many are still to be made.</returns>
    internal int MakeAll(bool seedBySeed, TimeSpan? budget, int workers, string folder, CancellationToken cancellation)
    {
        foreach (var experiment in plan.Experiments)
        {
            _output.WriteLine(Line(experiment));
        }

        var order = seedBySeed ? plan.Cells.OrderBy(cell => cell.Key.Seed) : plan.Cells.AsEnumerable();
        var open = WithBases([.. order.Where(cell => store.Find(cell.Key) is null)]);
        _output.WriteLine(open.Count == 0 ? $"All runs are in {folder}; nothing is trained."
            : $"{Counted(open)} {(open.Count == 1 ? "is" : "are")} not in {folder} and will be trained now.");
        var clock = Stopwatch.StartNew();
        var left = open[Make(open, workers, () => clock.Elapsed > budget, cancellation)..];
        if (left.Count > 0)
        {
            _output.WriteLine($"{Counted(left)} {(left.Count == 1 ? "is" : "are")} still to be made; the same command takes them up "
                + Invariant($"(exit code {CommandLine.LimitReached})."));
        }

        return left.Count;
    }

    // In order, some at once: the next run goes to the first worker that is free.
    private int Make(IEnumerable<Cell> cells, int workers, Func<bool> isOver, CancellationToken cancellation)
    {
        var made = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };
        try
        {
            Parallel.ForEach(Partitioner.Create(cells, EnumerablePartitionerOptions.NoBuffering), options, (cell, loop) =>
            {
                if (isOver())
                {
                    loop.Stop();
                    return;
                }

                Make(cell, cancellation);
                Interlocked.Increment(ref made);
            });
        }
        catch (AggregateException failures)
        {
            // What a single worker would have thrown.
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }

        return made;
    }

    private string Line(IExperiment experiment)
    {
        const int Shown = 8;
        var cells = plan.Of(experiment);
        List<Cell> open = [.. cells.Where(cell => store.Find(cell.Key) is null)];
        List<long> seeds = [.. open.Select(cell => cell.Key.Seed).Distinct().Order()];
        return Invariant($"{experiment.Id}: {experiment.Title}, {plan.Seeds.Count} {InvariantText.Noun(plan.Seeds.Count, "seed")}, ")
            + Invariant($"{cells.Count} {InvariantText.Noun(cells.Count, "run")}, {open.Count} to make")
            + (open.Count == 0 || open.Count == cells.Count ? string.Empty
                : $" of {InvariantText.Noun(seeds.Count, "seed")} {InvariantText.Join(", ", seeds.Take(Shown))}"
                    + (seeds.Count > Shown ? ", ..." : string.Empty));
    }

    // A base model takes as long as several runs: it is one of them, so that a budget can end before it.
    private List<Cell> WithBases(IReadOnlyList<Cell> open)
    {
        var (all, seen) = (new List<Cell>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var cell in open)
        {
            var start = BaseModels.Cell(cell.Key.Seed, plan.Base);
            all.AddRange(new[] { start, cell }.Where(one => store.Find(one.Key) is null && seen.Add(one.Key.Text)));
        }

        return all;
    }

    private static string Counted(List<Cell> cells)
    {
        var bases = cells.Count(cell => cell.Key.Experiment == BaseModels.Experiment);
        var runs = cells.Count - bases;
        string?[] parts =
        [
            runs == 0 ? null : Invariant($"{runs} {InvariantText.Noun(runs, "run")}"),
            bases == 0 ? null : Invariant($"{bases} base {InvariantText.Noun(bases, "model")}"),
        ];
        return string.Join(" and ", parts.OfType<string>());
    }

    /// <summary>Makes a run, or says that it is there.</summary>
    internal int Make(Cell cell, CancellationToken cancellation)
    {
        var finished = store.Find(cell.Key) is not null;
        var clock = Stopwatch.StartNew();
        store.Get(cell, cancellation);
        _output.WriteLine(Invariant($"  {cell.Key.Experiment}: {cell.Key.Arm}, seed {cell.Key.Seed}: ")
            + (finished ? "finished before" : Invariant($"{clock.Elapsed.TotalSeconds:F1} s")));
        return CommandLine.Success;
    }

    /// <summary>Writes the results of each experiment with the whole seeds that there are, where these are enough for a verdict.</summary>
    /// <param name="set">The seeds.</param>
    /// <param name="fixtures">The folder of designs and results.</param>
    internal void WriteResults(SeedSet set, string fixtures)
    {
        foreach (var experiment in plan.Experiments)
        {
            long[] whole = [.. plan.Seeds.Where(seed => experiment.Cells(seed).All(cell => store.Find(cell.Key) is not null))];
            if (whole.Length < set.Fewest)
            {
                _output.WriteLine(
                    Invariant($"{experiment.Id}: {whole.Length} whole {InvariantText.Noun(whole.Length, "seed")}, {set.Fewest} are ")
                        + "needed; nothing is written");
                continue;
            }

            var design = Path.Combine(fixtures, "designs", set.Folder, set.DesignOf(experiment.Id) + ".yaml");
            ExperimentResults.Write(
                Path.Combine(fixtures, "results", set.Folder, experiment.Id + ".json"), experiment,
                File.Exists(design) ? ExperimentDesign.Read(design).Stamp : null,
                whole.SelectMany(experiment.Cells).Select(cell => (cell.Key, store.Find(cell.Key)!)));
            _output.WriteLine(Invariant($"{experiment.Id}: {whole.Length} of {plan.Seeds.Count} seeds written"));
        }
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
    /// <exception cref="ReproException">It is something else, or more than a <see cref="TimeSpan"/> holds.</exception>
    internal static TimeSpan Parse(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        return unit > 0 && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var count) && count > 0
            && count * unit < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(count * unit)
            : throw new ReproException($"--budget {text}: a time was expected, such as 90s, 15m or 2h");
    }
}
