using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Core.Randomness;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS Table 17: winning points of the RLHF models in the human study, and how much they owe to tie-breaking.</summary>
internal sealed class Table17WinningPoints : ISpecGroup
{
    private const int Resamples = 10000;
    private const int RandomMerges = 1000;
    private const ulong Seed = 17;
    private const string PublishedOrder = "abs > crs > rank";

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. from model in HumanVotes.Models from @group in HumanVotes.Groups select new Spec(
            Invariant($"CRS-T17-{model}-g{@group}"), c => Cell(c, model, @group)),
        new("CRS-T17-colsum", ColumnSums),
        new("CRS-T17-tiebreak", TieBreak),
        new("CRS-T17-rawborda", RawVotes),
    ];

    private static Evidence Cell(SpecContext context, string model, int group)
    {
        var merged = context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(group)).Rankings;
        var points = Borda.NormalisedMean(merged)[model];
        var ofPrompts = merged.Select(r => Borda.NormalisedMean([r])[model]).ToArray();
        var interval = Bootstrap.MeanInterval(ofPrompts, Resamples, Seed);
        var votes = HumanVotes.Read(context, group);
        var evidence = context.Evidence()
            .Compare("points", context.Table("crs/table-17")[HumanVotes.RowOf(model), Invariant($"group_{group}")], points)
            .Value("points_of_single_votes", HumanStudy.PointsOfVotes(votes)[model])
            .Sample("prompts", merged.Count)
            .Sample("votes", votes.Sum(p => p.Count))
            .Interval("points", interval.Lower, interval.Upper, $"percentile bootstrap over prompts, {Resamples} resamples")
            .Seed(Seed);
        var byOrder = HumanVotes.Orders.Select(
            order => (Order: string.Join(',', order), Points: Borda.NormalisedMean(HumanStudy.Merge(votes, order))[model])).ToList();
        foreach (var (order, value) in byOrder)
        {
            evidence.Value($"points_ties_{order}", value);
        }

        return evidence.Explain(
            Invariant($"The {merged.Count} merged rankings give {HumanVotes.RowOf(model)} {points:F4} points (95% interval ")
                + Invariant($"{interval.Lower:F2} to {interval.Upper:F2}). Merging the votes anew under the six orders that can break ")
                + Invariant($"ties gives {byOrder.Min(o => o.Points):F3} to {byOrder.Max(o => o.Points):F3}, ")
                + Invariant($"single votes {HumanStudy.PointsOfVotes(votes)[model]:F3}."));
    }

    private static Evidence ColumnSums(SpecContext context)
    {
        var table = context.Table("crs/table-17");
        var evidence = context.Evidence();
        var sums = new List<string>();
        var total = HumanVotes.Models.Select((_, place) => (place + 1) / (double)HumanVotes.Models.Count).Sum();
        foreach (var column in table.Columns)
        {
            // Two cells and the known sum give the third, which must then be the printed one up to the rounding of the two.
            var (preference, crs) = (table["preference_rlhf", column], table["crs_rlhf", column]);
            var expected = total - preference.AsInput() - crs.AsInput();
            evidence.Compare($"abs_rlhf_{column}", table["abs_rlhf", column], expected, preference.HalfUnit + crs.HalfUnit);
            sums.Add(Invariant($"{column.Replace('_', ' ')}: {expected:F2} left for abs_rlhf, printed {table["abs_rlhf", column].Text}"));
        }

        return evidence.Explain(Invariant($"The points of one prompt add up to {total}. {string.Join("; ", sums)}."));
    }

    private static Evidence TieBreak(SpecContext context)
    {
        var groups = HumanVotes.Groups.Select(g => HumanVotes.Read(context, g)).ToList();
        var byOrder = HumanVotes.Orders.Select(order => (Order: order, Points: HumanVotes.MeanPoints(groups, order))).ToList();
        var released = byOrder.Single(o => o.Order.SequenceEqual(HumanVotes.Models)).Points;
        var ballots = groups.SelectMany(g => g).Select(p => p.Select(v => v.Ballot).ToList()).ToList();
        var ambiguous = ballots.Count(b => RankedPairs.AllOrders(b).Count > 1);
        var random = RandomShares(context, groups);
        var evidence = context.Evidence()
            .Value("prompts_on_which_the_tie_break_matters", ambiguous)
            .Value("share_of_random_tie_breaks_with_the_published_order", random.Published)
            .Value("share_of_random_tie_breaks_with_that_order_or_equal_means", random.WithTies)
            .Sample("prompts", ballots.Count)
            .Sample("random tie-breaks", RandomMerges)
            .Seed(Seed);
        foreach (var model in HumanVotes.Models)
        {
            evidence.Compare($"{model}_as_released", context.Printed(model), released[model])
                .Value($"{model}_mean_of_six_orders", byOrder.Average(o => o.Points[model]))
                .Value($"{model}_first_in_orders", byOrder.Count(o => o.Points[model] >= o.Points.Values.Max() - 1e-9))
                .Value($"{model}_first_share_of_random_tie_breaks", random.First[model])
                .Value($"{model}_mean_of_random_tie_breaks", random.Mean[model]);
        }

        foreach (var (order, points) in byOrder)
        {
            evidence.Value($"ranking_ties_{string.Join(',', order)}", HumanVotes.Ranking(points));
        }

        evidence.Require(
            "the released way to break ties gives the published order", HumanVotes.Ranking(released) == PublishedOrder,
            Describe(released))
            .Require("another way gives another order", byOrder.Any(o => HumanVotes.Ranking(o.Points) != PublishedOrder));
        var firsts = string.Join(
            ", ", HumanVotes.Models.Select(m => $"{m} first in {byOrder.Count(o => o.Points[m] >= o.Points.Values.Max() - 1e-9)}"));
        return evidence.Explain(
            Invariant($"The order in which ties are resolved decides {ambiguous} of {ballots.Count} merged rankings. Of the six orders ")
                + Invariant($"{byOrder.Count(o => HumanVotes.Ranking(o.Points) == PublishedOrder)} give the published ranking ")
                + Invariant($"({firsts}); their mean is {Describe(HumanVotes.MeanOver([.. byOrder.Select(o => o.Points)]))}, and the ")
                + Invariant($"released merge, which uses alphabetical order, has {Describe(released)}. With ties broken at random for ")
                + Invariant($"each prompt the published ranking comes out in {100 * random.Published:F0}% of {RandomMerges} merges, or ")
                + Invariant($"in {100 * random.WithTies:F0}% where equal means count for it too."));
    }

    private static (double Published, double WithTies, Dictionary<string, double> First, Dictionary<string, double> Mean) RandomShares(
        SpecContext context, IReadOnlyList<IReadOnlyList<IReadOnlyList<HumanStudy.NamedVote>>> groups)
    {
        var random = new Xoshiro256(Seed);
        var ballots = groups.Select(g => g.Select(p => p.Select(v => v.Ballot).ToList()).ToList()).ToList();
        var first = HumanVotes.Models.ToDictionary(m => m, _ => 0.0, StringComparer.Ordinal);
        var mean = HumanVotes.Models.ToDictionary(m => m, _ => 0.0, StringComparer.Ordinal);
        var (published, withTies) = (0, 0);
        for (var i = 0; i < RandomMerges; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            var points = HumanVotes.MeanOver(
                [.. ballots.Select(g => Borda.NormalisedMean([.. g.Select(b => RankedPairs.ByRandomOrder(b, random))]))]);
            published += HumanVotes.Ranking(points) == PublishedOrder ? 1 : 0;
            withTies += points["abs"] >= points["crs"] - 1e-9 && points["crs"] >= points["rank"] - 1e-9 ? 1 : 0;
            foreach (var model in HumanVotes.Models)
            {
                first[model] += points[model] >= points.Values.Max() - 1e-9 ? 1.0 / RandomMerges : 0;
                mean[model] += points[model] / RandomMerges;
            }
        }

        return ((double)published / RandomMerges, (double)withTies / RandomMerges, first, mean);
    }

    private static Evidence RawVotes(SpecContext context)
    {
        var groups = HumanVotes.Groups.Select(g => HumanVotes.Read(context, g)).ToList();
        var ofGroups = groups.Select(HumanStudy.PointsOfVotes).ToList();
        var mean = HumanVotes.MeanOver(ofGroups);
        var evidence = context.Evidence().Sample("votes", groups.Sum(g => g.Sum(p => p.Count))).Sample("prompts", groups.Sum(g => g.Count))
            .Seed(Seed);
        foreach (var model in HumanVotes.Models)
        {
            evidence.Value($"{model}_mean", mean[model]);
            for (var g = 0; g < ofGroups.Count; g++)
            {
                evidence.Value(Invariant($"{model}_group_{HumanVotes.Groups[g]}"), ofGroups[g][model]);
            }
        }

        foreach (var (better, worse) in new[] { ("abs", "crs"), ("crs", "rank"), ("abs", "rank") })
        {
            var differences = groups.SelectMany(g => g).Select(p => HumanStudy.PointsOfVotes([p])).Select(p => p[better] - p[worse])
                .ToArray();
            var interval = Bootstrap.MeanInterval(differences, Resamples, Seed);
            evidence.Interval(
                $"{better} minus {worse}", interval.Lower, interval.Upper, $"percentile bootstrap over prompts, {Resamples} resamples")
                .Require($"{better} before {worse}", mean[better] > mean[worse], Invariant($"{mean[better]:F3} against {mean[worse]:F3}"));
        }

        return evidence
            .Reserve("gaps", Invariant($"the gaps are {mean["abs"] - mean["crs"]:F3} and {mean["crs"] - mean["rank"]:F3}, those of the ")
                + Invariant($"merged rankings {context.Printed("abs").AsInput() - context.Printed("crs").AsInput():F2} and ")
                + Invariant($"{context.Printed("crs").AsInput() - context.Printed("rank").AsInput():F2}"))
            .Explain(
            Invariant($"Averaged over single votes the points are {Describe(mean)}: the order is {HumanVotes.Ranking(mean)}, ")
                + Invariant($"with gaps of {mean["abs"] - mean["crs"]:F3} and {mean["crs"] - mean["rank"]:F3}, ")
                + Invariant($"while the merged rankings print {context.Printed("abs").Text}, ")
                + Invariant($"{context.Printed("crs").Text} and {context.Printed("rank").Text}."));
    }

    private static string Describe(IReadOnlyDictionary<string, double> points) =>
        string.Join(", ", HumanVotes.Models.Select(m => Invariant($"{m} {points[m]:F3}")));
}
