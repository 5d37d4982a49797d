namespace Repro.Experiments.Claims;

/// <summary>Everything a spec found out: what the verdict rests on and what the report shows.</summary>
/// <param name="Recomputed">Recomputed numbers and strings by name; values are <see cref="double"/>, <see cref="long"/>, <see cref="bool"/> or <see cref="string"/>.</param>
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
    string Explanation);
