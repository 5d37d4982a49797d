using System.CommandLine;
using Repro.Core.Models;

namespace Repro.Experiments.Cli;

/// <summary><c>extend</c>: a copy of a model with more tokens.</summary>
internal static class ExtendVerb
{
    internal static Command Create()
    {
        var model = new Argument<string>("model") { Description = "Folder of the model: config.json, safetensors, tokenizer files." };
        var tokens = new Option<string[]>("--token") { Description = "A token to add, such as <|prompter|>. May be repeated.", Required = true };
        var folder = new Option<string>("--out") { Description = "Folder to make.", Required = true };
        var command = new Command("extend", "Copies a model with more tokens in its tokenizer; new rows of embeddings and output start as the mean of the others.") { model, tokens, folder };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var ids = TokenExtension.Extend(arguments.GetValue(model)!, arguments.GetValue(folder)!, arguments.GetValue(tokens)!, cancellation);
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
