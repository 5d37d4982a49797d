using System.CommandLine;
using Repro.Core.Configuration;
using Repro.Core.Training.Planning;
using Repro.Core.Training.Registry;
using Repro.Core.Training.Runs;

namespace Repro.Experiments.Cli;

/// <summary><c>train</c>: one training stage, from the file that describes it.</summary>
internal static class TrainVerb
{
    internal static Command Create()
    {
        var file = new Argument<string>("config") { Description = "YAML file of the stage." };
        var folder = new Option<string?>("--out") { Description = "Folder of the run; default: runs/ and the name of the file." };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run that is in the folder; begin one where there is none." };
        var dry = new Option<bool>("--dry") { Description = "Check files, formats, shapes, memory and time; train nothing. Exit with 1 where there is a problem." };
        var settings = new Option<string[]>("--set") { Description = "A setting over that of the file, such as optimizer.learning_rate=1e-5. May be repeated." };
        var command = new Command("train", "Trains one stage: sft, rm-preference, rm-absolute, prm, orm, dpo, ppo and their kin.") { file, folder, resume, dry, settings };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var path = arguments.GetValue(file)!;
                var (stage, config) = StageRegistry.Default().Read(path, new ConfigReader(arguments.GetValue(settings)));
                if (arguments.GetValue(dry))
                {
                    var plan = stage.Plan(config, cancellation);
                    var sound = plan.Checks.All(check => check.Problem is null);
                    PlanTable.Write(Terminal.For(arguments.InvocationConfiguration.Output), plan, sound ? DeviceRate.Of(config.Model.Device, config.Model.Dtype) : null);
                    return sound ? CommandLine.Success : CommandLine.Failure;
                }

                var target = arguments.GetValue(folder) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(path));
                using var run = RunFolder.Open(target, config, File.ReadAllText(path), arguments.GetValue(resume), cancellation);
                using var trainer = stage.Build(config, cancellation);
                var outcome = new TrainingRun(run, new TrainingProgress(arguments.InvocationConfiguration.Error)).Run(trainer, cancellation);
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
}
