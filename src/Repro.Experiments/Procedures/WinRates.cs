using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>Shares of wins from pairwise annotations.</summary>
public static class WinRates
{
    /// <summary>Counts the wins of one model in a comparison.</summary>
    /// <param name="annotations">The judgements.</param>
    /// <param name="model">Name of the model as the annotation file gives it.</param>
    /// <returns>Wins and number of judgements in which the model takes part.</returns>
    /// <exception cref="InputException">The model takes part in none.</exception>
    public static (int Wins, int Total) Count(IEnumerable<PairwiseFacts.Row> annotations, string model)
    {
        var rows = annotations.Where(r => r.Generator1 == model || r.Generator2 == model).ToList();
        return rows.Count > 0
            ? (rows.Count(r => r.Winner == model), rows.Count)
            : throw new InputException($"no annotation compares the model '{model}'");
    }

    /// <summary>The share of wins of one model in percent.</summary>
    /// <param name="count">Wins and total, from <see cref="Count"/>.</param>
    public static double Percent((int Wins, int Total) count) => 100.0 * count.Wins / count.Total;
}
