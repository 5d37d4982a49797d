using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>Groups judgements by what the prompt files say about their prompts.</summary>
public static class Subsets
{
    /// <summary>Wins of one model in each group of prompts.</summary>
    /// <typeparam name="TGroup">Dataset, category, or both.</typeparam>
    /// <param name="annotations">The judgements.</param>
    /// <param name="model">Name of the model as the annotation file gives it.</param>
    /// <param name="groupOf">Group of each prompt key.</param>
    /// <returns>Wins and judgements of each group that has any.</returns>
    /// <exception cref="InputException">A judged prompt has no group, or the model takes part in no judgement.</exception>
    public static IReadOnlyDictionary<TGroup, (int Wins, int Total)> Count<TGroup>(
        IReadOnlyList<PairwiseFacts.Row> annotations, string model, IReadOnlyDictionary<string, TGroup> groupOf)
        where TGroup : notnull
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentNullException.ThrowIfNull(groupOf);
        _ = WinRates.Count(annotations, model);
        return annotations
            .GroupBy(r => groupOf.TryGetValue(r.Prompt, out var group) ? group : throw new InputException($"the judged prompt {r.Prompt} is not among the evaluation prompts"))
            .ToDictionary(g => g.Key, g => WinRates.Count(g, model));
    }

    /// <summary>Adds up counts.</summary>
    /// <param name="counts">Wins and totals.</param>
    /// <returns>Summed wins and totals; zeros for no counts.</returns>
    public static (int Wins, int Total) Pool(IEnumerable<(int Wins, int Total)> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        return counts.Aggregate((Wins: 0, Total: 0), (sum, c) => (sum.Wins + c.Wins, sum.Total + c.Total));
    }
}
