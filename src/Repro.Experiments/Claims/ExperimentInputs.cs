using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Claims;

/// <summary>Where specs find their inputs.</summary>
/// <param name="Catalog">The claims.</param>
/// <param name="PublishedFolder">The folder of published tables.</param>
/// <param name="Artifacts">The released files, raw or as extracted facts.</param>
public sealed record ExperimentInputs(ClaimCatalog Catalog, string PublishedFolder, IArtifactSource Artifacts)
{
    /// <summary>Begins the path of a released file in evidence.</summary>
    internal const string ArtifactPrefix = "artifacts/";

    /// <summary>Hashes of the released files; null where <see cref="Artifacts"/> may hold anything.</summary>
    public ReleaseHashes? ReleaseHashes { get; init; }

    /// <summary>The folder of configuration files, beside the fixtures.</summary>
    public string ConfigFolder => Path.GetFullPath(Path.Combine(PublishedFolder, "..", "..", "configs"));

    /// <summary>The folder of designs, beside that of published tables.</summary>
    internal string DesignFolder => Path.GetFullPath(Path.Combine(PublishedFolder, "..", "designs", Seeds.Folder));

    /// <summary>The folder of committed results of training experiments, beside it.</summary>
    internal string ResultFolder => Path.GetFullPath(Path.Combine(PublishedFolder, "..", "results", Seeds.Folder));

    /// <summary>The text of the results of a training experiment; null where there are none.</summary>
    /// <param name="id">Id of the experiment.</param>
    internal string? Results(string id) =>
        Path.Combine(ResultFolder, id + ".json") is var path && File.Exists(path) ? File.ReadAllText(path) : null;

    /// <summary>The seeds that mechanisms are judged over.</summary>
    internal SeedSet Seeds { get; init; } = SeedSet.Fixture;

    /// <summary>The inputs of a checkout, with raw artifacts where they are to be had (see <see cref="ArtifactSources.Find"/>).</summary>
    /// <param name="root">Root of the repository.</param>
    /// <param name="artifacts">Folder of the release, or <c>fixtures</c> for the extracted facts; null looks for it.</param>
    /// <exception cref="ReproException">Fixtures are missing or malformed.</exception>
    public static ExperimentInputs Load(string root, string? artifacts = null) => new(
        ClaimCatalog.Load(Path.Combine(root, "fixtures", "claims")),
        Path.Combine(root, "fixtures", "published"),
        ArtifactSources.Find(root, artifacts))
    {
        ReleaseHashes = ReleaseHashes.Load(ArtifactSources.FactsFolder(root)),
    };

    /// <summary>What is wrong with released files that evidence rests on, in words; empty for files as they were released.</summary>
    /// <param name="files">The files of the evidence.</param>
    internal IReadOnlyList<string> Deviations(IEnumerable<EvidenceFile> files)
    {
        var released = files.Where(file => file.Path.StartsWith(ArtifactPrefix, StringComparison.Ordinal));
        return ReleaseHashes is { } hashes
            ? [.. released.Select(file => hashes.Deviation(file.Path[ArtifactPrefix.Length..], file.Sha256)).OfType<string>()]
            : [];
    }
}

/// <summary>Seeds that experiments are run with and judged over, with designs and results of their own.</summary>
/// <param name="Folder">The folder of its designs and results below those of the fixtures; empty for these.</param>
/// <param name="Seeds">Seeds of training experiments, in the order in which they are run.</param>
/// <param name="Fewest">Whole seeds that a verdict needs.</param>
/// <param name="FirstSimulated">First seed of simulations, which train nothing.</param>
internal sealed record SeedSet(string Folder, IReadOnlyList<long> Seeds, int Fewest, int FirstSimulated)
{
    /// <summary>Seeds 1 to 8: the tier that tests judge.</summary>
    public static readonly SeedSet Fixture = new(string.Empty, [1, 2, 3, 4, 5, 6, 7, 8], 8, 1);

    /// <summary>Seeds 9 to 28, which the fixtures do not use: the study, judged on the whole seeds that there are.</summary>
    public static readonly SeedSet Study = new("study", [.. Enumerable.Range(9, 20).Select(seed => (long)seed)], 8, 101);

    /// <summary>The name of the design that an experiment or simulation has for these seeds.</summary>
    /// <param name="id">Id of the experiment or simulation.</param>
    public string DesignOf(string id) => Folder.Length == 0 ? id : $"{Folder}-{id}";

    /// <summary>The name of a file of these seeds in evidence: <c>designs/E4.yaml</c>, <c>results/study/E4.json</c>.</summary>
    /// <param name="room">Designs or results.</param>
    /// <param name="name">Name of the file.</param>
    public string Key(string room, string name) => Folder.Length == 0 ? $"{room}/{name}" : $"{room}/{Folder}/{name}";
}

/// <summary>
/// Finds the checkout that this program was built in, or the one that <c>REPRO_ROOT</c> names; the installed tool carries what it
/// needs of one.
/// </summary>
public static class RepositoryRoot
{
    /// <summary>
    /// The root folder: the nearest folder upwards from the program, then from the current folder, that holds Repro.sln; else the folder of
    /// the installed tool.
    /// </summary>
    /// <exception cref="ReproException">There is none.</exception>
    public static string Find()
    {
        var named = Environment.GetEnvironmentVariable("REPRO_ROOT");
        if (!string.IsNullOrEmpty(named))
        {
            return File.Exists(Path.Combine(named, "Repro.sln"))
                ? named
                : throw new ReproException($"REPRO_ROOT={named}: no Repro.sln there");
        }

        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Repro.sln")))
                {
                    return folder.FullName;
                }
            }
        }

        return Carried(AppContext.BaseDirectory)
            ?? throw new ReproException(
                "cannot find Repro.sln above the program or the current folder; run inside a checkout or set REPRO_ROOT");
    }

    /// <summary>The folder of a program that carries the fixtures, as the packed tool does; null for any other.</summary>
    /// <param name="program">Folder of the program.</param>
    internal static string? Carried(string program) => Directory.Exists(Path.Combine(program, "fixtures", "claims")) ? program : null;
}
