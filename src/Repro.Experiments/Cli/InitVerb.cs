using System.CommandLine;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training.Registry;

namespace Repro.Experiments.Cli;

/// <summary><c>init</c>: a commented file of a stage with every setting, its default and its range.</summary>
internal static class InitVerb
{
    internal static Command Create()
    {
        // The registry loads the types of the library, and with them LibTorch: not for every start of the program.
        var stage = new Argument<string>("stage")
        {
            Description = "Which stage, such as sft or dpo; an unknown name is answered with all of them.",
        };
        var file = new Option<string?>("--out") { Description = "File to write; it must not exist. Default: standard output." };
        var command = new Command("init", "Writes a commented settings file of a stage, to fill in and give to train.") { stage, file };
        command.SetAction(arguments =>
        {
            var name = arguments.GetValue(stage)!;
            var stages = StageRegistry.Default();
            var found = stages.Stages.FirstOrDefault(known => known.Name == name) ?? throw new ReproException(
                $"'{name}' is no stage; known are {string.Join(", ", stages.Names)}{Suggestion.For(name, stages.Names)}");
            var text = SettingsTemplate.Write(name, new SettingsReference().Of(found.ConfigType));
            if (arguments.GetValue(file) is not { } path)
            {
                arguments.InvocationConfiguration.Output.Write(text);
                return CommandLine.Success;
            }

            if (File.Exists(path) || Directory.Exists(path))
            {
                throw new ReproException($"{path} exists already; init overwrites nothing.");
            }

            AtomicFile.WriteText(path, text);
            arguments.InvocationConfiguration.Output.WriteLine(path);
            return CommandLine.Success;
        });
        return command;
    }
}
