using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using Repro.Core;
using Repro.Experiments.Worlds;

namespace Repro.Experiments.Cli;

/// <summary>The runs that a call of <c>mechanisms</c> is about, in the order of their numbers: experiment by experiment, base models
/// first.</summary>
/// <param name="Experiments">The experiments.</param>
/// <param name="Seeds">The seeds.</param>
/// <param name="Base">Size of the base models.</param>
/// <param name="Arm">Only runs whose arm begins with this; null for all.</param>
internal sealed record CellPlan(IReadOnlyList<IExperiment> Experiments, IReadOnlyList<long> Seeds, BaseSize Base, string? Arm)
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>All runs.</summary>
    public IReadOnlyList<Cell> Cells { get; } = [.. Experiments.SelectMany(experiment => Runs(experiment, Seeds, Base, Arm))];

    /// <summary>The runs of an experiment.</summary>
    public IReadOnlyList<Cell> Of(IExperiment experiment) => [.. Runs(experiment, Seeds, Base, Arm)];

    /// <summary>Refuses a plan without a run.</summary>
    /// <exception cref="ReproException">No arm begins with what was asked for.</exception>
    public void RequireRuns()
    {
        if (Cells.Count > 0 || Arm is null)
        {
            return;
        }

        const int Shown = 12;
        var arms = Experiments.SelectMany(experiment => Runs(experiment, Seeds, Base, null))
            .Select(cell => cell.Key.Arm).Distinct().ToList();
        var firsts = arms.Select(arm => Beginnings(arm).First()).Distinct().ToList();
        var experiments = string.Join(", ", Experiments.Select(experiment => experiment.Id));
        throw new ReproException($"--arm {Arm}: no run of {experiments} has an arm that begins with this"
            + $"{Suggestion.For(Arm, arms.SelectMany(Beginnings).Distinct())}; "
            + (firsts.Count > Shown ? "--cells-list without --arm shows them" : $"there are {string.Join("; ", firsts)}"));
    }

    /// <summary>The run of a number.</summary>
    /// <exception cref="ReproException">There is none.</exception>
    public Cell Cell(int number) => number >= 0 && number < Cells.Count ? Cells[number]
        : throw new ReproException(
            Invariant($"--cell {number}: a number from 0 to {Cells.Count - 1} was expected; --cells-list shows them"));

    /// <summary>Writes a line for each run: its number, its hash, and what it is.</summary>
    public void WriteList(TextWriter to)
    {
        foreach (var (number, cell) in Cells.Index())
        {
            to.WriteLine(JsonSerializer.Serialize(
                new Line(number, cell.Key.Hash, cell.Key.Experiment, cell.Key.World, cell.Key.Arm, cell.Key.Seed), Form));
        }
    }

    private static IEnumerable<Cell> Runs(IExperiment experiment, IReadOnlyList<long> seeds, BaseSize size, string? arm) =>
        seeds.SelectMany(experiment.Cells).Select(size.Of)
            .Where(cell => cell.Key.Arm.StartsWith(arm ?? string.Empty, StringComparison.Ordinal));

    // Commas part the settings of an arm, and people type the first of them.
    private static IEnumerable<string> Beginnings(string arm)
    {
        var parts = arm.Split(", ");
        return Enumerable.Range(1, parts.Length).Select(count => string.Join(", ", parts[..count]));
    }

    private sealed record Line(int Cell, string Id, string Experiment, string World, string Arm, long Seed);
}

/// <summary>A job array for Slurm: <c>cells.jsonl</c>, a line a run, and <c>array.sh</c> for <c>sbatch</c>.</summary>
internal static class JobArray
{
    public const string ScriptName = "array.sh";

    // What Slurm allows as it comes: numbers below 1001. Where there are more runs, a task makes several.
    private const int MostTasks = 1000;
    private const int AtOnce = 64;

    /// <summary>Writes both files; finished runs will lie in <c>cells</c> beside them.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="plan">The runs.</param>
    /// <param name="arguments">Arguments that give the same plan.</param>
    /// <param name="root">The checkout.</param>
    public static void Write(string folder, CellPlan plan, IReadOnlyList<string> arguments, string root)
    {
        Directory.CreateDirectory(folder);
        using (var list = new StringWriter())
        {
            plan.WriteList(list);
            AtomicFile.WriteText(Path.Combine(folder, "cells.jsonl"), list.ToString());
        }

        var full = Path.GetFullPath(folder);
        var tasks = Math.Min(plan.Cells.Count, MostTasks);
        string[] command = [.. Program(), "mechanisms", .. arguments, "--cells", Path.Combine(full, "cells")];
        AtomicFile.WriteText(Path.Combine(folder, ScriptName), string.Join('\n',
            "#!/bin/bash",
            "# A task makes one run of cells.jsonl, or every so many where there are more than Slurm has numbers for. A run that is",
            "# there is not made again, so that a task may be killed, requeued or submitted twice. Base models come first.",
            "#SBATCH --job-name=repro-cells",
            Invariant($"#SBATCH --array=0-{tasks - 1}%{AtOnce}"),
            "#SBATCH --ntasks=1",
            "#SBATCH --cpus-per-task=1",
            "#SBATCH --requeue",
            $"#SBATCH --output={Path.Combine(full, "task-%a.log")}",
            "set -eu",
            $"export OMP_NUM_THREADS=1 REPRO_ROOT={Quoted(Path.GetFullPath(root))}",
            Invariant($"for ((cell = SLURM_ARRAY_TASK_ID; cell < {plan.Cells.Count}; cell += {tasks})); do"),
            $"  {string.Join(' ', command.Select(Quoted))} --cell \"$cell\"",
            "done") + "\n");
    }

    /// <summary>Options of a call as they were given, those that were not left out.</summary>
    public static IReadOnlyList<string> Arguments(ParseResult given, IReadOnlyList<Option> options) =>
    [
        .. options.Select(given.GetResult).OfType<OptionResult>().Where(option => !option.Implicit)
            .SelectMany(option => option.Tokens.Select(token => token.Value).Prepend(option.Option.Name)),
    ];

    // How this program was started: by its own executable, or by dotnet with its library.
    private static IEnumerable<string> Program()
    {
        var (host, library) = (Environment.ProcessPath!, Environment.GetCommandLineArgs()[0]);
        return Path.GetFileNameWithoutExtension(host) == "dotnet" ? [host, Path.GetFullPath(library)] : [host];
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
