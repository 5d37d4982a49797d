using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>Two models judged on the same prompts, each against a rival: McNemar's test of their win rates.</summary>
/// <param name="OnlyFirst">Prompts on which only the first model wins.</param>
/// <param name="OnlySecond">Prompts on which only the second model wins.</param>
/// <param name="Prompts">Shared prompts.</param>
public sealed record SharedPrompts(int OnlyFirst, int OnlySecond, int Prompts)
{
    /// <summary>Exact two-sided p; 1 when no prompt tells the models apart.</summary>
    public double PValue => McNemar.Exact(OnlyFirst, OnlySecond);

    /// <summary>Compares two models on the prompts that both files judge.</summary>
    /// <param name="first">Judgements in which the first model takes part.</param>
    /// <param name="firstModel">The first model.</param>
    /// <param name="second">Judgements in which the second model takes part.</param>
    /// <param name="secondModel">The second model.</param>
    /// <exception cref="InputException">A file judges a prompt twice, or the files share no prompt.</exception>
    public static SharedPrompts Compare(
        IReadOnlyList<PairwiseFacts.Row> first, string firstModel, IReadOnlyList<PairwiseFacts.Row> second, string secondModel)
    {
        var (a, b) = (Wins(first, firstModel), Wins(second, secondModel));
        var shared = a.Keys.Where(b.ContainsKey).ToList();
        return shared.Count > 0
            ? new SharedPrompts(shared.Count(p => a[p] && !b[p]), shared.Count(p => b[p] && !a[p]), shared.Count)
            : throw new InputException($"the comparisons of '{firstModel}' and '{secondModel}' share no prompt");
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
                throw new InputException($"prompt {row.Prompt} is judged twice in the comparison of '{model}'");
            }
        }

        return wins;
    }
}
