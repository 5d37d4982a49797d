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
                var source = CommonOptions.RawFolder(arguments);
                var target = arguments.GetValue(to) ?? ArtifactSources.FactsFolder(CommonOptions.Root(arguments));
                var raw = new RawArtifactSource(source);
                var files = ArtifactManifest.Files(source);
                var hashes = files.ToDictionary(
                    file => file, file => ReleaseHashes.Compute(File.ReadAllBytes(Path.Combine(source, file))), StringComparer.Ordinal);
                RefuseAltered(target, hashes);
                foreach (var file in files)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var path = Path.Combine(target, $"{file}.facts.json");
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    var facts = ArtifactManifest.Extract(raw, file);
                    AtomicFile.WriteBytes(path, facts);
                    hashes.Add($"{file}.facts.json", ReleaseHashes.Compute(facts));
                }

                AtomicFile.WriteText(Path.Combine(target, ReleaseHashes.FileName), ReleaseHashes.Text(hashes));

                arguments.InvocationConfiguration.Output.WriteLine($"{files.Count} files of facts written to {target}");
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    // Else the hashes of an altered copy would become those of the release.
    private static void RefuseAltered(string target, Dictionary<string, string> hashes)
    {
        if (!File.Exists(Path.Combine(target, ReleaseHashes.FileName)))
        {
            return;
        }

        var released = ReleaseHashes.Load(target);
        var wrong = hashes.Select(file => released.Deviation(file.Key, file.Value)).Where(deviation => deviation is not null).ToList();
        if (wrong.Count > 0)
        {
            throw new ReproException($"nothing extracted: {string.Join("; ", wrong)}; a new release needs a folder of its own (--to) or "
                + $"{ReleaseHashes.FileName} removed first");
        }
    }
}
