using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Procedures;

/// <summary>The trivial judge that prefers the longer output.</summary>
public static class LongerWins
{
    /// <summary>How often the preferred output is the longer one, in characters; equally long pairs are left out.</summary>
    /// <param name="annotations">The judgements.</param>
    /// <returns>Agreements with the trivial judge, and pairs of different length; zeros when there is none.</returns>
    public static (int Wins, int Total) Count(IReadOnlyCollection<PairwiseFacts.Row> annotations)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        var unequal = annotations.Where(r => r.Characters1 != r.Characters2).ToList();
        return (unequal.Count(r => r.Characters1 > r.Characters2 == (r.Preference == 1)), unequal.Count);
    }
}
