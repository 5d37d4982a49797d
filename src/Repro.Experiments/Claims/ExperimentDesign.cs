using System.Text;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Claims;

/// <summary>
/// What was decided about an experiment before it was run: a file under <c>fixtures/designs</c>. Its <c>history</c> stands last and holds,
/// for each version, the hash of everything above it, so that the text cannot change without a new version and a reason.
/// </summary>
internal sealed record ExperimentDesign
{
    private const string HistoryKey = "history:";

    /// <summary>Name of the experiment, and of its file.</summary>
    public required string Id { get; init; }

    /// <summary>Ids of the claims that it decides.</summary>
    public required IReadOnlyList<string> Claims { get; init; }

    /// <summary>What is asked, and in what world.</summary>
    public required string Question { get; init; }

    /// <summary>The arms by name, in words.</summary>
    public required IReadOnlyDictionary<string, string> Arms { get; init; }

    /// <summary>Seeds of each arm, 6 to 20.</summary>
    public required int Seeds { get; init; }

    /// <summary>What is measured of each seed, by claim.</summary>
    public required IReadOnlyDictionary<string, string> Statistic { get; init; }

    /// <summary>When a claim holds and when it is contradicted, by claim.</summary>
    public required IReadOnlyDictionary<string, string> Rule { get; init; }

    /// <summary>The smallest effect of interest by claim or measure, in the unit of the statistic; 0 where any difference counts.</summary>
    public required IReadOnlyDictionary<string, double> Margin { get; init; }

    /// <summary>Which decisions are corrected together.</summary>
    public required string Family { get; init; }

    /// <summary>Values of the world at which the answer is known: true, false or nothing there.</summary>
    public required IReadOnlyDictionary<string, string> Planted { get; init; }

    /// <summary>Assumptions that could decide the outcome, and the values tried.</summary>
    public IReadOnlyDictionary<string, string> Sweep { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What was expected, and from where, before the run.</summary>
    public string? Expected { get; init; }

    /// <summary>All versions, the first one first.</summary>
    public required IReadOnlyList<DesignVersion> History { get; init; }

    /// <summary>The version in force.</summary>
    public DesignVersion Current => History[^1];

    /// <summary>Name, version and hash as evidence and results carry them: <c>tabular v1 0f3a...</c>.</summary>
    public string Stamp => Invariant($"{Id} v{Current.Version} {Current.Content}");

    /// <summary>Reads a design and checks that its text is that of its last version.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ReproException">The file is missing, malformed, or was changed without a new version.</exception>
    public static ExperimentDesign Read(string path)
    {
        var design = new ConfigReader(variables: new Dictionary<string, string>(StringComparer.Ordinal)).Read<ExperimentDesign>(path);
        if (design.Id != Path.GetFileNameWithoutExtension(path))
        {
            throw new ReproException($"{path}: id is '{design.Id}'; expected the name of the file");
        }

        var versions = design.History.Select(entry => entry.Version);
        if (design.History.Count == 0 || !versions.SequenceEqual(Enumerable.Range(1, design.History.Count)))
        {
            throw new ReproException($"{path}: history must count its versions from 1, was [{InvariantText.Join(", ", versions)}]");
        }

        var content = ContentHash(path);
        return design.Current.Content == content ? design : throw new ReproException(
            Invariant($"{path}: the text above history has content {content}, its last version says {design.Current.Content}: ")
                + "a changed design is a new version, with a date and a reason");
    }

    // Line ends do not count, because a checkout may change them.
    private static string ContentHash(string path)
    {
        var lines = File.ReadAllLines(path);
        var last = Array.FindIndex(lines, line => line.StartsWith(HistoryKey, StringComparison.Ordinal));
        if (Array.Exists(lines[(last + 1)..], line => line.Length > 0 && !(line[0] is ' ' or '-')))
        {
            throw new ReproException(
                Invariant($"{path}:{last + 1}: history must be the last key, because everything above it is hashed"));
        }

        return ReleaseHashes.Compute(Encoding.UTF8.GetBytes(string.Join('\n', lines[..last])))[..16];
    }
}

/// <summary>A version of a design.</summary>
/// <param name="Version">1, 2, ...</param>
/// <param name="Decided">Date, year first.</param>
/// <param name="Reason">Why it was made or changed, and what was known by then.</param>
/// <param name="Content">First 16 hexadecimal digits of the SHA-256 of everything above <c>history</c>, with LF line ends.</param>
internal sealed record DesignVersion(int Version, string Decided, string Reason, string Content)
{
    /// <summary>
    /// Verdicts by the version before this one, by claim, where this one was written after they had been seen and turns them into others.
    /// What is decided with the result at hand can qualify a claim and not confirm it.
    /// </summary>
    public IReadOnlyDictionary<string, Verdict> VerdictsBefore { get; init; } = new Dictionary<string, Verdict>(StringComparer.Ordinal);

    /// <summary>How many of the first seeds had been read before the others were run, so that the result is a second look at the data; 0
    /// where all were run at once.</summary>
    public int FirstLook { get; init; }
}
