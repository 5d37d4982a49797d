using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Experiments.Crs;

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
            ?? throw new InputException($"{Keys}: no group '{name}'");
        return HumanStudy.Name(context.Artifact<VoteFacts>(VotesOf(group)), keys);
    }

    /// <summary>Mean over the groups of the points of each model after a merge with a tie-breaking order.</summary>
    internal static IReadOnlyDictionary<string, double> MeanPoints(IReadOnlyList<IReadOnlyList<IReadOnlyList<HumanStudy.NamedVote>>> groups, IReadOnlyList<string> order) =>
        MeanOver([.. groups.Select(g => Borda.NormalisedMean(HumanStudy.Merge(g, order)))]);

    /// <summary>Mean over groups.</summary>
    internal static IReadOnlyDictionary<string, double> MeanOver(IReadOnlyList<IReadOnlyDictionary<string, double>> groups) =>
        Models.ToDictionary(m => m, m => groups.Average(g => g[m]), StringComparer.Ordinal);

    /// <summary>Models by points, most first, with <c>=</c> between equal points.</summary>
    internal static string Ranking(IReadOnlyDictionary<string, double> points)
    {
        var sorted = points.OrderByDescending(p => Math.Round(p.Value, 9)).ThenBy(p => p.Key, StringComparer.Ordinal).ToList();
        return sorted.Skip(1).Zip(sorted).Aggregate(sorted[0].Key, (text, pair) => $"{text} {(Math.Abs(pair.First.Value - pair.Second.Value) < 1e-9 ? "=" : ">")} {pair.First.Key}");
    }
}
