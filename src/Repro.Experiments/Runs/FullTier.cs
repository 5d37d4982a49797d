using Repro.Experiments.Claims;

namespace Repro.Experiments.Runs;

/// <summary>The claims of tier full, which need runs of the papers' models.</summary>
internal static class FullTier
{
    /// <summary>Their specs on what a user brings.</summary>
    /// <param name="runs">What the user brings.</param>
    public static IReadOnlyList<ISpecGroup> Groups(RunCollection runs) =>
        [new PpoClaims(runs), new ScoreClaims(runs), new JudgedClaims(runs), new BenchmarkClaims(runs)];
}
