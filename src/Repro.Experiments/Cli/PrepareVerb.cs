using System.CommandLine;
using Repro.Core.Configuration;
using Repro.Core.Models;

namespace Repro.Experiments.Cli;

/// <summary><c>prepare</c>: the folder of a model that is trained from nothing.</summary>
internal static class PrepareVerb
{
    internal static Command Create()
    {
        var file = new Argument<string>("config")
        {
            Description = "YAML file with data sets, "
            + "size of the vocabulary and sizes of the model."
        };
        var folder = new Option<string>("--out") { Description = "Folder to make.", Required = true };
        var settings = new Option<string[]>("--set") { Description = "A setting over that of the file. May be repeated." };
        var command = new Command(
            "prepare",
            "Learns a byte-level BPE tokenizer and writes it with a config.json: "
                + "a model folder without weights.") { file, folder, settings };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var config = new ConfigReader(arguments.GetValue(settings)).Read<PreparationConfig>(arguments.GetValue(file)!);
                var model = ModelFolder.Prepare(config, arguments.GetValue(folder)!, cancellation);
                arguments.InvocationConfiguration.Output.WriteLine(
                    Invariant($"{arguments.GetValue(folder)}: {model.VocabularySize} tokens, {ModelSize(model):N0} scalars"));
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static long ModelSize(Core.Models.ModelConfig model) => Core.Training.Planning.ModelSize.LanguageModel(model);
}

/// <summary><c>extend</c>: a copy of a model with more tokens.</summary>
internal static class ExtendVerb
{
    internal static Command Create()
    {
        var model = new Argument<string>("model") { Description = "Folder of the model: config.json, safetensors, tokenizer files." };
        var tokens = new Option<string[]>("--token")
        {
            Description = "A token to add, "
            + "such as <|prompter|>. May be repeated.",
            Required = true
        };
        var folder = new Option<string>("--out") { Description = "Folder to make.", Required = true };
        var command = new Command(
            "extend",
            "Copies a model with more tokens in its tokenizer; new rows of embeddings and output start "
                + "as the mean of the others.") { model, tokens, folder };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var ids = TokenExtension.Extend(
                    arguments.GetValue(model)!, arguments.GetValue(folder)!, arguments.GetValue(tokens)!, cancellation);
                foreach (var (token, id, isNew) in ids)
                {
                    arguments.InvocationConfiguration.Output.WriteLine(Invariant($"{id} {token}{(isNew ? string.Empty : " (was there)")}"));
                }

                if (!ids.Any(entry => entry.IsNew))
                {
                    arguments.InvocationConfiguration.Error.WriteLine($"Nothing to add; {arguments.GetValue(folder)} was not made.");
                }

                return CommandLine.Success;
            },
            cancellation));
        return command;
    }
}
