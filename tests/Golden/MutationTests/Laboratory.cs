using System.Text.Json;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Tests.Shared;

namespace Repro.Tests.Golden.MutationTests;

/// <summary>Runs all static claims on inputs of which one is changed, and tells which evidence differs.</summary>
public sealed class Laboratory
{
    private readonly string _fixtures = Path.Combine(RepositoryRoot.Find(), "fixtures");
    private readonly SpecRegistry _registry = SpecRegistry.Load();
    private readonly ExperimentInputs _inputs;
    private readonly IReadOnlyDictionary<string, ClaimResult> _original;

    /// <summary>Runs all claims on the committed fixtures.</summary>
    public Laboratory()
    {
        _inputs = new ExperimentInputs(
            ClaimCatalog.Load(Path.Combine(_fixtures, "claims")),
            Path.Combine(_fixtures, "published"),
            new FixtureArtifactSource(Path.Combine(_fixtures, "artifacts")));
        _original = Run(_inputs);
    }

    /// <summary>Ids of the claims whose evidence differs after a change, with both results.</summary>
    /// <remarks>
    /// A spec can reach a file only through its context, which records it; so the claims that did not list the changed file need not run
    /// again. <paramref name="all"/> runs them nevertheless, to show that this is so.
    /// </remarks>
    public IReadOnlyDictionary<string, (ClaimResult Before, ClaimResult After)> Changed(Mutation mutation, bool all = false)
    {
        ArgumentNullException.ThrowIfNull(mutation);
        using var folder = new TemporaryFolder();
        var before = File.ReadAllText(Path.Combine(_fixtures, mutation.File));
        var after = mutation.Edit(before);
        folder.Write(mutation.File, after);
        var listed = mutation.File.Replace(".facts.json", string.Empty, StringComparison.Ordinal);
        bool Runs(string id) => all || listed.StartsWith("claims/", StringComparison.Ordinal)
            || (_original.TryGetValue(id, out var result) && result.Evidence!.Files.Any(f => f.Path == listed));
        return Run(Inputs(folder, mutation.File), Runs)
            .Where(r => Fingerprint(r.Value) != Fingerprint(_original[r.Key]))
            .ToDictionary(r => r.Key, r => (_original[r.Key], r.Value), StringComparer.Ordinal);
    }

    private ExperimentInputs Inputs(TemporaryFolder folder, string file)
    {
        var (kind, rest) = (file[..file.IndexOf('/', StringComparison.Ordinal)], file[(file.IndexOf('/', StringComparison.Ordinal) + 1)..]);
        switch (kind)
        {
            case "artifacts":
                var changed = new FixtureArtifactSource(Path.Combine(folder.Path, kind));
                return _inputs with { Artifacts = new OverlaidArtifacts(_inputs.Artifacts, changed, rest[..^".facts.json".Length]) };
            case "published":
                Complete(folder, kind);
                return _inputs with { PublishedFolder = Path.Combine(folder.Path, kind) };
            case "claims":
                Complete(folder, kind);
                return _inputs with { Catalog = ClaimCatalog.Load(Path.Combine(folder.Path, kind)) };
            default:
                throw new ArgumentException($"no inputs are read from '{kind}'", nameof(file));
        }
    }

    // The files beside the changed one.
    private void Complete(TemporaryFolder folder, string kind)
    {
        var source = Path.Combine(_fixtures, kind);
        foreach (var path in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var name = Path.Combine(kind, Path.GetRelativePath(source, path));
            if (!File.Exists(Path.Combine(folder.Path, name)))
            {
                folder.Write(name, File.ReadAllText(path));
            }
        }
    }

    private Dictionary<string, ClaimResult> Run(ExperimentInputs inputs, Func<string, bool>? chosen = null) =>
        new SpecRunner(inputs, _registry)
            .RunAll(inputs.Catalog.Claims.Where(c => c.Kind is ClaimKind.Arithmetic or ClaimKind.Artifact && chosen?.Invoke(c.Id) != false))
            .ToDictionary(r => r.Claim.Id, StringComparer.Ordinal);

    // Everything that a reader of the evidence can see; provenance is looked at by itself.
    private static string Fingerprint(ClaimResult result) => JsonSerializer.Serialize(new
    {
        result.Verdict,
        result.Error,
        result.Evidence?.Recomputed,
        result.Evidence?.Findings,
        result.Evidence?.SampleSizes,
        result.Evidence?.Intervals,
        result.Evidence?.PValues,
        result.Evidence?.Explanation,
    });
}
