using System.CommandLine;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Registry;
using Repro.Core.Training.Runs;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary><c>train</c>: one training stage, from the file that describes it.</summary>
internal static class TrainVerb
{
    internal static Command Create()
    {
        var file = new Argument<string>("config") { Description = "YAML file of the stage." };
        var folder = new Option<string?>("--out") { Description = "Folder of the run; default: runs/ and the name of the file." };
        var resume = new Option<bool>("--resume")
        {
            Description = "Go on with the run that is in the folder; "
            + "begin one where there is none."
        };
        var dry = new Option<bool>("--dry")
        {
            Description = "Check files, formats, shapes, memory and time; train nothing. "
            + "Exit with 1 where there is a problem."
        };
        var settings = new Option<string[]>("--set")
        {
            Description = "A setting over that of the file, "
            + "such as optimizer.learning_rate=1e-5. May be repeated."
        };
        var command = new Command(
            "train",
            "Trains one stage, such as sft, rm-preference, dpo, ppo or grpo.") { file, folder, resume, dry, settings };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var path = arguments.GetValue(file)!;
                var (stage, config) = StageRegistry.Default().Read(path, new ConfigReader(arguments.GetValue(settings)));
                if (arguments.GetValue(dry))
                {
                    var plan = stage.Plan(config, cancellation);
                    var sound = plan.Checks.All(check => check.Problem is null);
                    PlanTable.Write(
                        Terminal.For(arguments.InvocationConfiguration.Output),
                        plan,
                        sound ? DeviceRate.Measure(config.Model.Device, config.Model.Dtype) : null);
                    return sound ? CommandLine.Success : CommandLine.Failure;
                }

                var target = arguments.GetValue(folder) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
                using var run = RunFolder.Open(target, config, File.ReadAllText(path), arguments.GetValue(resume), cancellation);
                using var trainer = Build(stage, config, run, cancellation);
                foreach (var line in run.Data.Lines())
                {
                    arguments.InvocationConfiguration.Error.WriteLine(line);
                }

                var outcome = new TrainingRun(run, new TrainingProgress(arguments.InvocationConfiguration.Error))
                    .Run(trainer, cancellation);
                if (outcome == RunOutcome.Interrupted)
                {
                    arguments.InvocationConfiguration.Error.WriteLine($"interrupted; {run.Path} has a checkpoint, --resume goes on");
                    return CommandLine.Interrupted;
                }

                arguments.InvocationConfiguration.Output.WriteLine(run.Path);
                return CommandLine.Success;
            },
            CancellationToken.None));
        return command;
    }

    // What is refused before the first step leaves nothing behind; what fails there, such as a model that does not fit the memory, is
    // written down.
    private static ITrainer Build(IStage stage, StageConfig config, RunFolder run, CancellationToken cancellation)
    {
        try
        {
            return stage.Build(config, run.Data, cancellation);
        }
        catch (Exception failure)
        {
            var isRefused = failure is ReproException or OperationCanceledException;
            if (!(isRefused && run.Discard()) && failure is not OperationCanceledException)
            {
                run.RecordFailure(failure);
            }

            throw;
        }
    }
}

/// <summary>What a run would need and do, for people.</summary>
internal static class PlanTable
{
    internal static void Write(IAnsiConsole console, StagePlan plan, DeviceRate? rate)
    {
        var checks = new Table().RoundedBorder().AddColumns("Checked", "Found", "Problem");
        foreach (var check in plan.Checks)
        {
            checks.AddRow(
                new Text(check.Subject),
                new Text(check.Finding),
                new Text(check.Problem ?? "-", check.Problem is null ? Style.Plain : new Style(Color.Red)));
        }

        console.Write(checks);
        foreach (var line in plan.Data)
        {
            console.WriteLine(line);
        }

        if (rate is null)
        {
            var problems = plan.Checks.Count(check => check.Problem is not null);
            console.WriteLine(Invariant($"{problems} {(problems == 1 ? "problem" : "problems")}; nothing was trained"));
            return;
        }

        var memory = new Table().RoundedBorder().AddColumn("Memory").AddColumn(new TableColumn("MiB, about").RightAligned());
        foreach (var (part, bytes) in plan.MemoryBytes)
        {
            memory.AddRow(new Text(part), new Text(Invariant($"{bytes / 1048576.0:N1}")));
        }

        memory.AddRow(
            new Text("together", new Style(decoration: Decoration.Bold)),
            new Text(Invariant($"{plan.MemoryBytes.Values.Sum() / 1048576.0:N1}")));
        console.Write(memory);
        console.WriteLine(
            Invariant($"{plan.Steps:N0} {InvariantText.Noun(plan.Steps, "step")} of about {plan.TokensPerStep:N0} tokens; ")
                + Invariant($"{plan.TrainedScalars:N0} of {plan.BaseScalars:N0} scalars are trained"));
        console.WriteLine(
            Invariant($"{plan.FloatingPointOperations:E2} operations, about ")
                + Invariant($"{Duration(plan.FloatingPointOperations / rate.PerSecond)} at {rate.Source}"));
    }

    private static string Duration(double seconds) =>
        seconds < 120
            ? Invariant($"{seconds:F0} s")
            : seconds < 7200
                ? Invariant($"{seconds / 60:F0} min")
                : seconds < 172_800 ? Invariant($"{seconds / 3600:F1} h") : Invariant($"{seconds / 86_400:F1} days");
}
