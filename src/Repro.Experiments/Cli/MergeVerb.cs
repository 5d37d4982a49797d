using System.CommandLine;
using Repro.Core;
using Repro.Core.Models;

namespace Repro.Experiments.Cli;

/// <summary><c>merge</c>: a model with an adapter added into its weights.</summary>
internal static class MergeVerb
{
    internal static Command Create()
    {
        var model = new Argument<string>("model") { Description = "Folder of the base model." };
        var adapter = new Argument<string>("adapter") { Description = "PEFT folder of the adapter, or the run that trained it." };
        var folder = new Option<string>("--out") { Description = "Folder to make.", Required = true };
        var command = new Command("merge",
            "Adds an adapter into the weights of its base and writes a model that needs no adapter.") { model, adapter, folder };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var (from, target) = (arguments.GetValue(model)!, arguments.GetValue(folder)!);
                var found = ModelLocation.Find(arguments.GetValue(adapter)!);
                WarnOfOtherBase(from, found, arguments.InvocationConfiguration.Error);
                var (layers, scale) = AdapterMerge.Merge(from, found, target, cancellation);
                arguments.InvocationConfiguration.Output.WriteLine(Invariant($"{target}: {layers} layers changed, scale {scale}"));
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    // An adapter on another model of the same shapes gives numbers that mean nothing, and nothing but this name tells.
    private static void WarnOfOtherBase(string model, string adapter, TextWriter error)
    {
        if (AdapterSet.BaseModel(adapter) is { } named
            && Path.GetFileName(Path.GetFullPath(named)) != Path.GetFileName(Path.GetFullPath(model))
            && !SameFolder(named, model))
        {
            error.WriteLine($"warning: {adapter} says that its base is '{named}', not '{model}'");
        }
    }

    private static bool SameFolder(string one, string other) => Directory.Exists(one)
        && Path.GetFullPath(ModelLocation.Find(one)) == Path.GetFullPath(ModelLocation.Find(other));
}
