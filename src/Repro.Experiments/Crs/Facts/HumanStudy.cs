using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>The released files of the human study.</summary>
internal static class HumanVotes
{
    internal const string Keys = "evaluations/argilla_data/all_keys.json";

    /// <summary>Numbers of the annotation groups.</summary>
    internal static IReadOnlyList<int> Groups { get; } = [1, 2, 3];

    /// <summary>Names of the models in the files, in ordinal order: the order in which the release breaks ties.</summary>
    internal static IReadOnlyList<string> Models { get; } = ["abs", "crs", "rank"];

    /// <summary>All six orders of the models.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Orders { get; } =
    [
        .. from a in Models from b in Models from c in Models where a != b && b != c && a != c select (IReadOnlyList<string>)[a, b, c],
    ];

    /// <summary>Name of a model in Table 17.</summary>
    internal static string RowOf(string model) => model == "rank" ? "preference_rlhf" : $"{model}_rlhf";

    internal static string VotesOf(int group) => Invariant($"evaluations/argilla_data/original-user-study-ws-run-{group}.json");

    internal static string MergedOf(int group) => Invariant($"evaluations/argilla_data/final_user-study-ws-run-{group}.json");

    internal static string ResponsesOf(int group) => Invariant($"evaluations/argilla_data/humaneval_p_09_t_08_run_{group - 1}.json");

    /// <summary>The votes of a group with model names.</summary>
    internal static IReadOnlyList<IReadOnlyList<HumanStudy.NamedVote>> Read(SpecContext context, int group)
    {
        var name = Invariant($"run_num{group - 1}");
        var keys = context.Artifact<ModelKeyFacts>(Keys).Groups.SingleOrDefault(g => g.Name == name)
            ?? throw new ReproException($"{Keys}: no group '{name}'");
        return HumanStudy.Name(context.Artifact<VoteFacts>(VotesOf(group)), keys);
    }

    /// <summary>Mean over the groups of the points of each model after a merge with a tie-breaking order.</summary>
    internal static IReadOnlyDictionary<string, double> MeanPoints(
        IReadOnlyList<IReadOnlyList<IReadOnlyList<HumanStudy.NamedVote>>> groups, IReadOnlyList<string> order) =>
        MeanOver([.. groups.Select(g => Borda.NormalisedMean(HumanStudy.Merge(g, order)))]);

    /// <summary>Mean over groups.</summary>
    internal static IReadOnlyDictionary<string, double> MeanOver(IReadOnlyList<IReadOnlyDictionary<string, double>> groups) =>
        Models.ToDictionary(m => m, m => groups.Average(g => g[m]), StringComparer.Ordinal);

    /// <summary>Models by points, most first, with <c>=</c> between equal points.</summary>
    internal static string Ranking(IReadOnlyDictionary<string, double> points)
    {
        var sorted = points.OrderByDescending(p => Math.Round(p.Value, 9)).ThenBy(p => p.Key, StringComparer.Ordinal).ToList();
        return sorted.Skip(1).Zip(sorted).Aggregate(
            sorted[0].Key,
            (text, pair) => $"{text} {(Math.Abs(pair.First.Value - pair.Second.Value) < 1e-9 ? "=" : ">")} {pair.First.Key}");
    }
}

/// <summary>The votes of the human study as ballots over models.</summary>
internal static class HumanStudy
{
    /// <summary>One vote with the model at each response position.</summary>
    /// <param name="Annotator">The voter.</param>
    /// <param name="Models">Models in the stored order of their responses.</param>
    /// <param name="Ranks">Rank of each model, 1 is best; ranks may repeat.</param>
    public sealed record NamedVote(string Annotator, IReadOnlyList<string> Models, IReadOnlyList<int> Ranks)
    {
        /// <summary>Models best first; equal ranks keep the stored order.</summary>
        public IReadOnlyList<string> Ballot => Ballots.FromRanks(Models, Ranks);

        /// <summary>The rank of a model.</summary>
        /// <param name="model">Its name.</param>
        public int RankOf(string model) => Ranks[Models.ToList().IndexOf(model)];
    }

    /// <summary>Puts model names to the votes of one group.</summary>
    /// <param name="votes">The votes of each prompt.</param>
    /// <param name="keys">The models of each prompt, in the same order of prompts.</param>
    /// <returns>The votes of each prompt.</returns>
    /// <exception cref="ReproException">Votes and keys differ in prompts or responses.</exception>
    public static IReadOnlyList<IReadOnlyList<NamedVote>> Name(VoteFacts votes, ModelKeyFacts.Group keys)
    {
        ArgumentNullException.ThrowIfNull(votes);
        ArgumentNullException.ThrowIfNull(keys);
        if (votes.Prompts.Count != keys.Prompts.Count)
        {
            throw new ReproException($"{keys.Name}: {votes.Prompts.Count} prompts have votes, {keys.Prompts.Count} have model names");
        }

        return
        [
            .. votes.Prompts.Zip(
                keys.Prompts, IReadOnlyList<NamedVote> (prompt, key) => [.. prompt.Select(vote => Name(vote, key, keys.Name))]),
        ];
    }

    /// <summary>Merges the votes of each prompt by ranked pairs.</summary>
    /// <param name="votes">The votes of each prompt.</param>
    /// <param name="order">Order of the models that breaks ties.</param>
    public static IReadOnlyList<IReadOnlyList<string>> Merge(IReadOnlyList<IReadOnlyList<NamedVote>> votes, IReadOnlyList<string> order)
    {
        ArgumentNullException.ThrowIfNull(votes);
        return [.. votes.Select(prompt => RankedPairs.ByOrder([.. prompt.Select(v => v.Ballot)], order))];
    }

    /// <summary>Mean normalised points of each model over single votes; tied models share the points of the places they cover.</summary>
    /// <param name="votes">The votes of each prompt; at least one vote.</param>
    /// <exception cref="ReproException">There is no vote.</exception>
    public static IReadOnlyDictionary<string, double> PointsOfVotes(IReadOnlyList<IReadOnlyList<NamedVote>> votes)
    {
        var all = votes.SelectMany(p => p).ToList();
        return all.Count == 0
            ? throw new ReproException("the study holds no vote")
            : all.SelectMany(v => v.Models.Zip(Borda.NormalisedFromRanks([.. v.Ranks.Select(r => (double)r)])))
                .GroupBy(x => x.First, x => x.Second)
                .ToDictionary(g => g.Key, g => g.Sum() / all.Count, StringComparer.Ordinal);
    }

    /// <summary>How single votes compare two models.</summary>
    /// <param name="votes">The votes of each prompt; may be empty.</param>
    /// <param name="first">A model.</param>
    /// <param name="second">Another model.</param>
    /// <returns>Votes for the first, for the second, and with equal ranks.</returns>
    public static (int First, int Second, int Equal) Pairwise(IEnumerable<IReadOnlyList<NamedVote>> votes, string first, string second)
    {
        var signs = votes.SelectMany(p => p).Select(v => Math.Sign(v.RankOf(second) - v.RankOf(first))).ToList();
        return (signs.Count(s => s > 0), signs.Count(s => s < 0), signs.Count(s => s == 0));
    }

    private static NamedVote Name(VoteFacts.Vote vote, ModelKeyFacts.Prompt key, string group) => vote.Ranks.Count == key.Models.Count
        ? new NamedVote(vote.Annotator, [.. vote.Order.Select(i => key.Models[i])], [.. vote.Order.Select(i => vote.Ranks[i])])
        : throw new ReproException(
            $"{group}: prompt {key.Key}: a vote ranks {vote.Ranks.Count} responses, {key.Models.Count} have model names");
}
