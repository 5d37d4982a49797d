using System.CommandLine;
using Repro.Core;
using Repro.Core.Hardware;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary>The options that say which checkout and which released files to work on, common to all verbs.</summary>
internal static class CommonOptions
{
    private static readonly Option<string?> RootOption = new("--root")
    {
        Description = "Checkout to work in; default: "
        + "the one that holds the program.",
        Recursive = true
    };
    private static readonly Option<string?> ArtifactsOption = new("--artifacts")
    {
        Description = "Folder of the released files, or 'fixtures' for the extracted facts; default: REPRO_ARTIFACTS, "
            + "the release beside the checkout, the facts.",
        Recursive = true,
    };

    private static readonly Option<string?> LibTorchOption = new("--libtorch")
    {
        Description = "Folder of another LibTorch, such as torch/lib of a Python installation; default: "
            + $"{LibTorch.FolderVariable}, the one of the build.",
        Recursive = true,
    };

    private static readonly string[] Computing = ["train", "generate", "score", "chat", "compare", "merge", "mechanisms"];

    internal static void AddTo(Command command)
    {
        command.Add(LibTorchOption);
        command.Add(RootOption);
        command.Add(ArtifactsOption);
    }

    /// <summary>Takes the LibTorch that the user names, before anything uses TorchSharp.</summary>
    /// <exception cref="ReproException">There is none, or one that cannot work.</exception>
    internal static void UseLibTorch(ParseResult arguments)
    {
        if (arguments.GetValue(LibTorchOption) is { } folder)
        {
            Environment.SetEnvironmentVariable(LibTorch.FolderVariable, LibTorch.Find(folder, LibTorchOption.Name).Folder);
        }

        // A wrong folder is an error before any work begins, by verbs that make no tensor as well; a missing one by those that cannot do
        // without, unless they are asked for help.
        if (Environment.GetEnvironmentVariable(LibTorch.FolderVariable) is { Length: > 0 } || Computes(arguments))
        {
            LibTorch.Load();
        }
    }

    /// <summary>Whether a verb of the program, and not one below it of the same name such as <c>bench score</c>, makes tensors.</summary>
    internal static bool Computes(ParseResult arguments)
    {
        var command = arguments.CommandResult.Command;
        return Computing.Contains(command.Name) && command.Parents.Any(parent => parent is RootCommand)
            && ReferenceEquals(arguments.Action, command.Action);
    }

    /// <summary>Root of the checkout.</summary>
    /// <exception cref="ReproException">There is none.</exception>
    internal static string Root(ParseResult arguments) => arguments.GetValue(RootOption) is { } named
        ? File.Exists(Path.Combine(named, "Repro.sln")) ? named : throw new ReproException($"--root {named}: no Repro.sln there")
        : RepositoryRoot.Find();

    /// <summary>What specs read.</summary>
    /// <exception cref="ReproException">A fixture is missing or malformed.</exception>
    internal static ExperimentInputs Inputs(ParseResult arguments) =>
        ExperimentInputs.Load(Root(arguments), arguments.GetValue(ArtifactsOption));

    /// <summary>Folder of the raw release.</summary>
    /// <exception cref="ReproException">There is none.</exception>
    internal static string RawFolder(ParseResult arguments)
    {
        var folder = arguments.GetValue(ArtifactsOption)
            ?? Environment.GetEnvironmentVariable(ArtifactSources.Variable) ?? ArtifactSources.RawFolder(Root(arguments))
            ?? throw new ReproException($"no released files: give --artifacts FOLDER or set {ArtifactSources.Variable}");
        return Directory.Exists(folder) ? folder : throw new ReproException($"--artifacts {folder}: no such folder");
    }

    /// <summary>The committed verdicts.</summary>
    internal static GoldenStore Golden(ParseResult arguments) => new(Path.Combine(Root(arguments), "fixtures", "golden"));
}
