using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

/// <summary>Hand-made judgements.</summary>
internal static class Judgement
{
    /// <summary>A judgement of <c>a</c> against <c>b</c>; lengths are in characters.</summary>
    internal static PairwiseFacts.Row Row(
        string prompt, int preference, int length1 = 10, int length2 = 10, string first = "a", string second = "b") =>
        new(prompt, first, second, preference, 1, length1, 1, length2, "judge", Switched: false);

    /// <summary>Judgements on prompts p0, p1, ... with the given preferences.</summary>
    internal static PairwiseFacts.Row[] Rows(params int[] preferences) => [.. preferences.Select((p, i) => Row(Invariant($"p{i}"), p))];
}
