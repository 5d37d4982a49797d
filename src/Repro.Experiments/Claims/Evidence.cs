namespace Repro.Experiments.Claims;

/// <summary>Everything a spec found out: what the verdict rests on and what the report shows.</summary>
/// <param name="Recomputed">Recomputed numbers and strings by name; values are <see cref="double"/>, <see cref="long"/>, <see cref="bool"/>
/// or <see cref="string"/>.</param>
/// <param name="Findings">What was compared, and how it came out.</param>
/// <param name="SampleSizes">Numbers of observations by name.</param>
/// <param name="Intervals">Intervals.</param>
/// <param name="PValues">p-values by name, unadjusted unless the name says so.</param>
/// <param name="Seeds">Seeds of everything random.</param>
/// <param name="Targets">Keys of the printed numbers that were compared against.</param>
/// <param name="PublishedInputs">Keys of the printed numbers that entered the recomputation.</param>
/// <param name="Files">Files read, with hashes.</param>
/// <param name="Explanation">One or two sentences that carry the numbers.</param>
public sealed record Evidence(
    IReadOnlyDictionary<string, object> Recomputed,
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<string, int> SampleSizes,
    IReadOnlyList<NamedInterval> Intervals,
    IReadOnlyDictionary<string, double> PValues,
    IReadOnlyList<ulong> Seeds,
    IReadOnlyList<string> Targets,
    IReadOnlyList<string> PublishedInputs,
    IReadOnlyList<EvidenceFile> Files,
    string Explanation)
{
    /// <summary>Comparisons over seeds, for the report; every number that decides stands in the other members as well.</summary>
    internal IReadOnlyList<SeedResult> Comparisons { get; init; } = [];
}

/// <summary>One comparison, condition, reservation or gap that a spec found. Verdicts are derived from the outcomes.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Outcome">What it says.</param>
/// <param name="Published">The printed side as text, or null where nothing printed takes part.</param>
/// <param name="Recomputed">The recomputed number, or null for conditions and remarks.</param>
/// <param name="Detail">A condition, reason or tolerance in words; may be empty.</param>
/// <param name="Tolerance">
/// Where <paramref name="Recomputed"/> is a rounding error: the largest one allowed. Its digits depend on the processor, so that only the
/// outcome can be compared between machines.
/// </param>
/// <param name="ByChance">Whether a test or interval decided, so that chance counted alike on both sides.</param>
public sealed record Finding(
    string Name, Outcome Outcome, string? Published, double? Recomputed, string Detail, double? Tolerance = null, bool ByChance = false);

/// <summary>What one finding says.</summary>
public enum Outcome
{
    /// <summary>Agrees at the printed precision, or the condition is true.</summary>
    Agrees,

    /// <summary>Agrees once rounding or truncation is allowed for.</summary>
    AgreesWithinRounding,

    /// <summary>Disagrees, or the condition is false.</summary>
    Disagrees,

    /// <summary>The data do not decide.</summary>
    Undecided,

    /// <summary>A reservation under which the rest is to be read.</summary>
    Reservation,

    /// <summary>An input that is not to be had.</summary>
    Absent,
}

/// <summary>The side of a threshold on which a claim puts a quantity.</summary>
public enum Side
{
    /// <summary>Below the threshold.</summary>
    Below,

    /// <summary>Above the threshold.</summary>
    Above,
}

/// <summary>An interval of the evidence.</summary>
/// <param name="Name">What it is an interval of.</param>
/// <param name="Lower">Lower bound, in the unit of the quantity.</param>
/// <param name="Upper">Upper bound, in the unit of the quantity.</param>
/// <param name="Level">Two-sided confidence level, such as 0.95.</param>
/// <param name="Method">How it was computed: Wilson, Newcombe, bootstrap.</param>
/// <param name="Estimate">The estimate that it is an interval of, or null.</param>
public sealed record NamedInterval(string Name, double Lower, double Upper, double Level, string Method, double? Estimate = null);

/// <summary>A file the evidence rests on.</summary>
/// <param name="Path">Path relative to its root (<c>artifacts/...</c>, <c>published/...</c>, <c>data/...</c>).</param>
/// <param name="Sha256">SHA-256 of the bytes of the original file, lower-case hexadecimal.</param>
public sealed record EvidenceFile(string Path, string Sha256);
