using Repro.Core;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Two models judged on the same prompts, each against a rival: McNemar's test of their win rates.</summary>
/// <param name="OnlyFirst">Prompts on which only the first model wins.</param>
/// <param name="OnlySecond">Prompts on which only the second model wins.</param>
/// <param name="Prompts">Shared prompts.</param>
internal sealed record SharedPrompts(int OnlyFirst, int OnlySecond, int Prompts)
{
    /// <summary>Exact two-sided p; 1 when no prompt tells the models apart.</summary>
    public double PValue => McNemar.Exact(OnlyFirst, OnlySecond);

    /// <summary>Compares two models on the prompts that both files judge.</summary>
    /// <param name="first">Judgements in which the first model takes part.</param>
    /// <param name="firstModel">The first model.</param>
    /// <param name="second">Judgements in which the second model takes part.</param>
    /// <param name="secondModel">The second model.</param>
    /// <exception cref="ReproException">A file judges a prompt twice, or the files share no prompt.</exception>
    public static SharedPrompts Compare(
        IReadOnlyList<PairwiseFacts.Row> first, string firstModel, IReadOnlyList<PairwiseFacts.Row> second, string secondModel)
    {
        var (a, b) = (Wins(first, firstModel), Wins(second, secondModel));
        var shared = a.Keys.Where(b.ContainsKey).ToList();
        return shared.Count > 0
            ? new SharedPrompts(shared.Count(p => a[p] && !b[p]), shared.Count(p => b[p] && !a[p]), shared.Count)
            : throw new ReproException($"the comparisons of '{firstModel}' and '{secondModel}' share no prompt");
    }

    /// <summary>In words, for explanations: <c>12/9 discordant prompts of 100, exact McNemar p 0.664</c>.</summary>
    public string Describe() => Invariant($"{OnlyFirst}/{OnlySecond} discordant prompts of {Prompts}, exact McNemar p {PValue:G3}");

    private static Dictionary<string, bool> Wins(IReadOnlyList<PairwiseFacts.Row> rows, string model)
    {
        var wins = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var row in rows.Where(r => r.Generator1 == model || r.Generator2 == model))
        {
            if (!wins.TryAdd(row.Prompt, row.Winner == model))
            {
                throw new ReproException($"prompt {row.Prompt} is judged twice in the comparison of '{model}'");
            }
        }

        return wins;
    }
}

/// <summary>Groups judgements by what the prompt files say about their prompts.</summary>
internal static class Subsets
{
    /// <summary>Wins of one model in each group of prompts.</summary>
    /// <typeparam name="TGroup">Dataset, category, or both.</typeparam>
    /// <param name="annotations">The judgements.</param>
    /// <param name="model">Name of the model as the annotation file gives it.</param>
    /// <param name="groupOf">Group of each prompt key.</param>
    /// <returns>Wins and judgements of each group that has any.</returns>
    /// <exception cref="ReproException">A judged prompt has no group, or the model takes part in no judgement.</exception>
    public static IReadOnlyDictionary<TGroup, (int Wins, int Total)> Count<TGroup>(
        IReadOnlyList<PairwiseFacts.Row> annotations, string model, IReadOnlyDictionary<string, TGroup> groupOf)
        where TGroup : notnull
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentNullException.ThrowIfNull(groupOf);
        _ = WinRates.Count(annotations, model);
        return annotations
            .GroupBy(
                r => groupOf.TryGetValue(r.Prompt, out var group)
                    ? group
                    : throw new ReproException($"the judged prompt {r.Prompt} is not among the evaluation prompts"))
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
