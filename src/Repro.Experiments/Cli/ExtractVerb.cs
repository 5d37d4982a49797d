using System.CommandLine;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Cli;

/// <summary><c>extract</c>: writes the numeric facts of the released files, for clones without the release.</summary>
internal static class ExtractVerb
{
    internal static Command Create()
    {
        var from = new Option<string?>("--from") { Description = "Folder of the release; default: REPRO_ARTIFACTS, or the one beside the checkout." };
        var to = new Option<string?>("--to") { Description = "Folder to write to; default: fixtures/artifacts." };
        var command = new Command("extract", "Extracts numeric facts from the released files.") { from, to };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var root = RepositoryRoot.Find();
                var source = arguments.GetValue(from) ?? Environment.GetEnvironmentVariable("REPRO_ARTIFACTS") ?? ArtifactSources.RawFolder(root)
                    ?? throw new InputException("no released files: give --from FOLDER or set REPRO_ARTIFACTS");
                if (!Directory.Exists(source))
                {
                    throw new InputException($"--from {source}: no such folder");
                }

                var target = arguments.GetValue(to) ?? Path.Combine(root, "fixtures", "artifacts");
                var raw = new RawArtifactSource(source);
                var files = ArtifactManifest.Files(source);
                foreach (var file in files)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var path = Path.Combine(target, $"{file}.facts.json");
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    var temporary = path + ".tmp";
                    File.WriteAllBytes(temporary, ArtifactManifest.Extract(raw, file));
                    File.Move(temporary, path, overwrite: true);
                }

                arguments.InvocationConfiguration.Output.WriteLine($"{files.Count} files of facts written to {target}");
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }
}
