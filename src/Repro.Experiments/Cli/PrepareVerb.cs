using System.CommandLine;
using Repro.Core.Configuration;
using Repro.Core.Models;

namespace Repro.Experiments.Cli;

/// <summary><c>prepare</c>: the folder of a model that is trained from nothing.</summary>
internal static class PrepareVerb
{
    internal static Command Create()
    {
        var file = new Argument<string>("config") { Description = "YAML file with data sets, size of the vocabulary and sizes of the model." };
        var folder = new Option<string>("--out") { Description = "Folder to make.", Required = true };
        var settings = new Option<string[]>("--set") { Description = "A setting over that of the file. May be repeated." };
        var command = new Command("prepare", "Learns a byte-level BPE tokenizer and writes it with a config.json: a model folder without weights.") { file, folder, settings };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var config = new ConfigReader(arguments.GetValue(settings)).Read<PreparationConfig>(arguments.GetValue(file)!);
                var model = ModelFolder.Prepare(config, arguments.GetValue(folder)!, cancellation);
                arguments.InvocationConfiguration.Output.WriteLine(Invariant($"{arguments.GetValue(folder)}: {model.VocabularySize} tokens, {ModelSize(model):N0} scalars"));
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static long ModelSize(Core.Models.ModelConfig model) => Core.Training.Planning.ModelSize.LanguageModel(model);
}
