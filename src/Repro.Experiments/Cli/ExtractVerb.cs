using System.CommandLine;
using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Cli;

/// <summary><c>extract</c>: writes the numeric facts of the released files, for clones without the release.</summary>
internal static class ExtractVerb
{
    internal static Command Create()
    {
        var to = new Option<string?>("--to") { Description = "Folder to write to; default: fixtures/artifacts." };
        var command = new Command("extract", "Extracts numeric facts from the released files.") { to };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var source = Workplace.RawFolder(arguments);
                var target = arguments.GetValue(to) ?? Path.Combine(Workplace.Root(arguments), "fixtures", "artifacts");
                var raw = new RawArtifactSource(source);
                var files = ArtifactManifest.Files(source);
                foreach (var file in files)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var path = Path.Combine(target, $"{file}.facts.json");
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    AtomicFile.WriteBytes(path, ArtifactManifest.Extract(raw, file));
                }

                arguments.InvocationConfiguration.Output.WriteLine($"{files.Count} files of facts written to {target}");
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }
}
