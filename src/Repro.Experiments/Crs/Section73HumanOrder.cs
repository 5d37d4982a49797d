using Repro.Core.Evaluation.Rankings;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>CRS section 7.3: the human study orders the three RLHF models as GPT-4 does.</summary>
public sealed class Section73HumanOrder : ISpecGroup
{
    // The models of each pair as the annotation files and as the human study name them.
    private static readonly (string File, string First, string Second, string HumanFirst, string HumanSecond)[] Pairs =
    [
        (AbsAgainstCrs025, Model.Abs, Model.Crs025, "abs", "crs"),
        (AbsAgainstPreference, Model.Abs, Model.Preference, "abs", "rank"),
        (Crs025AgainstPreference, Model.Crs025, Model.Preference, "crs", "rank"),
    ];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-S7.3-gpt4-human", Check)];

    private static Evidence Check(SpecContext context)
    {
        var points = HumanVotes.MeanOver([.. HumanVotes.Groups.Select(g => Borda.NormalisedMean(context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(g)).Rankings))]);
        var groups = HumanVotes.Groups.Select(g => HumanVotes.Read(context, g)).ToList();
        var evidence = context.Evidence();
        foreach (var model in HumanVotes.Models)
        {
            evidence.Value($"human points, {HumanVotes.RowOf(model)}", points[model]);
        }

        var judged = new List<string>();
        foreach (var (file, first, second, humanFirst, humanSecond) in Pairs)
        {
            var name = $"{Table16WinRates.RowOf(first)} against {Table16WinRates.RowOf(second)}";
            var count = WinRates.Count(context.Judgements(file), first);
            var votes = HumanStudy.Pairwise(groups.SelectMany(g => g), humanFirst, humanSecond);
            evidence.Value($"GPT-4 wins, {name}", count.Wins)
                .Share($"GPT-4, {name}", count)
                .Value($"single votes, {name}", Invariant($"{votes.First}:{votes.Second}, {votes.Equal} equal"))
                .Share($"single votes, {name}", (votes.First, votes.First + votes.Second))
                .Require($"GPT-4 and human points agree on {name}", (2 * count.Wins).CompareTo(count.Total) == points[humanFirst].CompareTo(points[humanSecond]), Invariant($"{count.Wins} of {count.Total}; {points[humanFirst]:F3} and {points[humanSecond]:F3}"));
            judged.Add(Invariant($"{name} {count.Wins}:{count.Total - count.Wins}"));
        }

        var published = HumanVotes.Ranking(points);
        var same = HumanVotes.Orders.Count(order => HumanVotes.Ranking(HumanVotes.MeanPoints(groups, order)) == published);
        var single = HumanVotes.Ranking(HumanVotes.MeanOver([.. groups.Select(HumanStudy.PointsOfVotes)]));
        evidence.Value("human_order", published)
            .Value("tie_break_orders_with_this_human_order", same)
            .Value("human_order_of_single_votes", single)
            .Sample("orders that can break ties", HumanVotes.Orders.Count)
            .Sample("models", HumanVotes.Models.Count);
        if (same < HumanVotes.Orders.Count)
        {
            evidence.Reserve("tie-breaking", Invariant($"the human order comes out under {same} of the {HumanVotes.Orders.Count} orders that can break ties between votes"));
        }

        if (single != published)
        {
            evidence.Reserve("single votes", $"points of single votes give {single}");
        }

        return evidence.Explain(
            Invariant($"GPT-4: {string.Join(", ", judged)}. Human points: {published} ({string.Join(", ", HumanVotes.Models.Select(m => Invariant($"{HumanVotes.RowOf(m)} {points[m]:F3}")))}), an order that {same} of the {HumanVotes.Orders.Count} ways to break ties between votes give; points of single votes give {single}. Two random orders of {HumanVotes.Models.Count} models agree wholly in one case of six."));
    }
}
