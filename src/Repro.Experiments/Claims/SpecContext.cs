using System.Text;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Training;
using Repro.Core.Training.Registry;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Claims;

/// <summary>What a spec may read: its claim, the printed tables, the released artifacts. Everything read is recorded as
/// provenance.</summary>
public sealed class SpecContext
{
    private static readonly string[] UserVariables = ["MODEL", "DATA", "REWARD", "PREFERENCE", "ABSOLUTE", "RATINGS"];

    private readonly ExperimentInputs _inputs;
    private readonly UsageLog _usage = new();
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);

    internal SpecContext(Claim claim, ExperimentInputs inputs, CancellationToken cancellation)
    {
        Claim = claim;
        _inputs = inputs;
        Cancellation = cancellation;
    }

    /// <summary>The claim under verification.</summary>
    public Claim Claim { get; }

    /// <summary>Cancelled when the run is.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Starts the evidence.</summary>
    public EvidenceBuilder Evidence() => new(_usage, Claim.Family);

    /// <summary>A printed number of this claim, from its <c>values</c>.</summary>
    /// <param name="name">Name of the value.</param>
    /// <exception cref="ReproException">The claim has no such value, or it is no number.</exception>
    public Printed Printed(string name) => Printed(Claim.Id, name);

    /// <summary>A printed number of another claim, usually as an input: a figure that the text states elsewhere.</summary>
    /// <param name="claimId">Id of the claim that carries the number.</param>
    /// <param name="name">Name of the value.</param>
    /// <exception cref="ReproException">The claim has no such value, or it is no number.</exception>
    public Printed Printed(string claimId, string name)
    {
        var (claim, text) = Value(claimId, name);
        return new Printed($"claims/{claim.Id}#{name}", text, _usage, $"{claim.Source}: claim {claim.Id}, value '{name}'");
    }

    /// <summary>The text of a value of this claim that is no number, such as a list of names.</summary>
    /// <param name="name">Name of the value.</param>
    /// <exception cref="ReproException">The claim has no such value.</exception>
    public string PrintedText(string name) => Value(Claim.Id, name).Text;

    /// <summary>Names of the values of this claim that nothing has read so far: a number that is compared with nothing.</summary>
    internal IReadOnlyList<string> UnreadValues => [.. Claim.Values.Keys.Where(name => !_read.Contains(name))];

    private (Claim Claim, string Text) Value(string claimId, string name)
    {
        var own = claimId == Claim.Id;
        var claim = own ? Claim : _inputs.Catalog.Get(claimId);
        if (own)
        {
            _read.Add(name);
        }

        return claim.Values.TryGetValue(name, out var text) ? (claim, text)
            : throw new ReproException($"{claim.Source}: claim {claim.Id} has no value '{name}'{Suggestion.For(name, claim.Values.Keys)}");
    }

    /// <summary>A table of a paper as printed, from <c>fixtures/published</c>.</summary>
    /// <param name="name">Name without extension, such as <c>crs/table-16</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    public PublishedTable Table(string name)
    {
        var path = Path.Combine(_inputs.PublishedFolder, $"{name}.yaml");
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{path}: cannot be read; expected the published table '{name}' ({e.Message})", e);
        }

        var key = $"published/{name}";
        _usage.File($"{key}.yaml", ReleaseHashes.Compute(bytes));
        return PublishedTable.Parse(path, key, Encoding.UTF8.GetString(bytes), _usage);
    }

    /// <summary>The facts of a released file.</summary>
    /// <typeparam name="TFacts">What kind of file it is.</typeparam>
    /// <param name="path">Path relative to the release, with forward slashes.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    public TFacts Artifact<TFacts>(string path)
        where TFacts : class, IFacts<TFacts>
    {
        Cancellation.ThrowIfCancellationRequested();
        var (facts, sha256) = _inputs.Artifacts.Read<TFacts>(path);
        _usage.File($"{ExperimentInputs.ArtifactPrefix}{path}", sha256);
        return facts;
    }

    /// <summary>The settings of a configuration file of this project. Variables that a user gives stand as their names.</summary>
    /// <typeparam name="TConfig">The record that the file is read into.</typeparam>
    /// <param name="name">Name under <c>configs/</c> without extension, such as <c>adr/prm</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    public TConfig Config<TConfig>(string name)
        where TConfig : class
    {
        var path = Path.Combine(_inputs.ConfigFolder, $"{name}.yaml");
        var config = new ConfigReader(variables: UserVariables.ToDictionary(variable => variable)).Read<TConfig>(path);
        _usage.File($"configs/{name}.yaml", ReleaseHashes.Compute(File.ReadAllBytes(path)));
        return config;
    }

    /// <summary>The seeds that mechanisms are judged over.</summary>
    internal SeedSet Seeds => _inputs.Seeds;

    /// <summary>The settings of a stage of this project, of whatever kind the file names; see <see cref="Config{TConfig}"/>.</summary>
    /// <param name="name">Name under <c>configs/</c> without extension, such as <c>crs/ppo-abs</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    internal StageConfig Stage(string name)
    {
        var path = Path.Combine(_inputs.ConfigFolder, $"{name}.yaml");
        var reader = new ConfigReader(variables: UserVariables.ToDictionary(variable => variable));
        var (_, config) = StageRegistry.Default().Read(path, reader);
        _usage.File($"configs/{name}.yaml", ReleaseHashes.Compute(File.ReadAllBytes(path)));
        return config;
    }

    /// <summary>Records that the evidence rests on a file of somebody's own run.</summary>
    /// <param name="path">Path relative to the folder of the runs.</param>
    /// <param name="sha256">SHA-256 of its bytes.</param>
    internal void UseRunFile(string path, string sha256) => _usage.File($"runs/{path}", sha256);

    /// <summary>The design of an experiment as it was decided before the run, from <c>fixtures/designs</c>.</summary>
    /// <param name="id">Id of the experiment or simulation.</param>
    /// <exception cref="ReproException">The file is missing, malformed, or was changed without a new version.</exception>
    internal ExperimentDesign Design(string id)
    {
        var name = Seeds.DesignOf(id) + ".yaml";
        var path = Path.Combine(_inputs.DesignFolder, name);
        var design = ExperimentDesign.Read(path);
        _usage.File(Seeds.Key("designs", name), ReleaseHashes.Compute(File.ReadAllBytes(path)));
        return design.Claims.Contains(Claim.Id, StringComparer.Ordinal) ? design
            : throw new ReproException($"{path}: the design does not name the claim {Claim.Id} that uses it");
    }

    /// <summary>Committed results of a training experiment, from <c>fixtures/results</c>; null where there are none yet.</summary>
    /// <param name="id">Name of the experiment.</param>
    internal string? Results(string id)
    {
        var text = _inputs.Results(id);
        if (text is not null)
        {
            _usage.File(Seeds.Key("results", id + ".json"), ReleaseHashes.Compute(Encoding.UTF8.GetBytes(text)));
        }

        return text;
    }
}
