using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>Response lengths of the ten final comparisons.</summary>
internal static class ReleasedLengths
{
    /// <summary>The final comparisons with the sampler of the thesis.</summary>
    internal static IReadOnlyList<string> FirstRun { get; } =
    [
        AbsAgainstPreference, AbsAgainstCrs025, AbsAgainstCrs0625, AbsAgainstSft, Crs025AgainstPreference, Crs0625AgainstPreference, Crs025AgainstSft,
        PreferenceAgainstSft, Preference001AgainstAbs,
    ];

    /// <summary>All ten final comparisons.</summary>
    internal static IReadOnlyList<string> All { get; } = [.. FirstRun, AbsAgainstPreferenceRun1];

    /// <summary>The three units in which the table gives lengths.</summary>
    internal static IReadOnlyList<(string Name, Func<ResponseLength, double> Of)> Units { get; } =
        [("tokens", l => l.Tokens), ("words", l => l.Words), ("characters", l => l.Characters)];

    /// <summary>Lengths of all responses of some files.</summary>
    internal static IReadOnlyList<ResponseLength> Read(SpecContext context, IReadOnlyCollection<string> files) =>
        [.. LengthTable.Read(context.Artifact<TableFacts>(ReleasedValues.ResponseLengths)).Where(l => files.Contains(l.File))];

    /// <summary>Winner and loser of each judgement of some files, after recording that table and annotations agree.</summary>
    internal static IReadOnlyList<(ResponseLength Winner, ResponseLength Loser)> Pairs(SpecContext context, EvidenceBuilder evidence, IReadOnlyCollection<string> files)
    {
        var lengths = Read(context, files);
        RequireAgreement(context, evidence, lengths, files);
        return LengthTable.Pairs(lengths);
    }

    /// <summary>Records that words, characters and outcomes of the table are those of the annotations.</summary>
    internal static void RequireAgreement(SpecContext context, EvidenceBuilder evidence, IReadOnlyList<ResponseLength> lengths, IReadOnlyCollection<string> files)
    {
        var mismatches = files.Sum(f => LengthTable.Mismatches(lengths.Where(l => l.File == f), context.Judgements(f)));
        evidence.Value("lengths_that_differ_from_the_annotations", mismatches)
            .Require("words, characters and outcomes of the length table are those of the annotations", mismatches == 0, Invariant($"{mismatches} differ"));
    }
}
