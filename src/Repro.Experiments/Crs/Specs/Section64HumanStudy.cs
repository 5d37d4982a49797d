using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Experiments.Crs.Specs;

/// <summary>CRS section 6.4: what is read from the human study.</summary>
internal sealed class Section64HumanStudy : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() =>
    [
        .. HumanVotes.Models.Select(model => new Spec($"CRS-S6.4-points-mean-{model}", c => MeanAndSpread(c, model))),
        new("CRS-S6.4-pairwise-votes", PairwiseVotes),
        new("CRS-S6.4-group-discrimination", GroupDiscrimination),
        new("CRS-S6.4-group1-tie", GroupOneTie),
    ];

    private static Evidence MeanAndSpread(SpecContext context, string model)
    {
        var table = context.Table("crs/table-17");
        Printed[] cells = [.. table.Columns.Select(c => table[HumanVotes.RowOf(model), c])];
        double[] points = [.. cells.Select(c => c.AsInput())];
        var slack = cells.Max(c => c.HalfUnit);
        var (population, sample) = (Descriptive.StandardDeviation(points, 0), Descriptive.StandardDeviation(points, 1));
        return context.Evidence()
            .Compare("mean", context.Printed("mean"), Descriptive.Mean(points), slack)
            .Compare("standard_deviation_n", context.Printed("standard_deviation"), population, slack)
            .Value("standard_deviation_n_minus_1", sample)
            .Sample("groups", points.Length)
            .Explain(
                Invariant($"The group points {string.Join(", ", cells.Select(c => c.Text))} have mean {Descriptive.Mean(points):F4}; ")
                    + Invariant($"their standard deviation is {population:F4} with n in the denominator and {sample:F4} with n - 1, ")
                    + Invariant($"and {context.Printed("standard_deviation").Text} is printed."));
    }

    private static Evidence PairwiseVotes(SpecContext context)
    {
        var votes = HumanVotes.Groups.SelectMany(g => HumanVotes.Read(context, g)).ToList();
        (string Better, string Worse)[] pairs = [("abs", "crs"), ("abs", "rank"), ("crs", "rank")];
        var counts = pairs.Select(p => HumanStudy.Pairwise(votes, p.Better, p.Worse)).ToList();
        var family = new TestFamily("single votes", [.. counts.Select(c => SignTest.TwoSided(c.First, c.Second))]);
        var evidence = context.Evidence().Sample("votes", votes.Sum(v => v.Count)).Sample("prompts", votes.Count);
        var found = new List<string>();
        for (var i = 0; i < pairs.Length; i++)
        {
            var name = $"{pairs[i].Better} over {pairs[i].Worse}";
            var (first, second, equal) = counts[i];
            var interval = BinomialInterval.ClopperPearson(first, first + second);
            evidence.Value($"{name}: better", first).Value($"{name}: worse", second).Value($"{name}: equal", equal)
                .Interval($"{name}, share of untied votes", 100 * interval.Lower, 100 * interval.Upper, ShareEvidence.Method)
                .RequireLead($"sign test, {name}", first, second, family, i);
            if (ShareEvidence.NeededFor80PercentPower((first, first + second)) is { } needed)
            {
                evidence.Value($"{name}: votes needed for 80% power", needed);
            }

            found.Add(Invariant($"{name} {first} to {second} with {equal} equal (sign test p {family.PValues[i]:G3}, Holm ")
                + Invariant($"{family.Adjusted[i]:G3})"));
        }

        return evidence.Explain(
            $"Single votes: {string.Join("; ", found)}. Votes on one prompt are not independent, so the p-values are rather too small.");
    }

    // Two readings of telling models apart: mean points that lie far apart, and voters who agree on each prompt.
    private static Evidence GroupDiscrimination(SpecContext context)
    {
        var votes = HumanVotes.Groups.Select(g => HumanVotes.Read(context, g)).ToList();
        var merged = HumanVotes.Groups.Select(
            g => Spread(Borda.NormalisedMean(context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(g)).Rankings))).ToList();
        var single = votes.Select(v => Spread(HumanStudy.PointsOfVotes(v))).ToList();
        var concordance = votes.Select(Concordance).ToList();
        var evidence = context.Evidence();
        for (var i = 0; i < votes.Count; i++)
        {
            var group = Invariant($"group_{HumanVotes.Groups[i]}");
            evidence.Value($"spread_of_points_{group}", merged[i])
                .Value($"spread_of_points_of_single_votes_{group}", single[i])
                .Value($"mean_w_{group}", Descriptive.Mean(concordance[i]))
                .Sample($"prompts, {group}", votes[i].Count);
        }

        var tests = new List<string>();
        for (var i = 1; i < votes.Count; i++)
        {
            var test = TTest.Paired(concordance[i], concordance[0]);
            var interval = test.Interval();
            var name = Invariant($"group {HumanVotes.Groups[i]} against group {HumanVotes.Groups[0]}");
            evidence.Require(
                $"{name}: points of the models further apart", merged[i] > merged[0], Invariant($"{merged[i]:F3} against {merged[0]:F3}"))
                .Require(
                    $"{name}: points of single votes further apart",
                    single[i] > single[0],
                    Invariant($"{single[i]:F3} against {single[0]:F3}"))
                .Interval($"mean W, {name}", interval.Lower, interval.Upper, "paired t over prompts")
                .PValue($"mean W, paired t, {name}", test.PValue);
            if (test.Difference <= 0 || test.PValue >= 0.05)
            {
                evidence.Reserve(
                    $"agreement within prompts, {name}",
                    Invariant($"the concordance of the four voters differs by {test.Difference:+0.000;-0.000} (paired t over the ")
                        + Invariant($"prompts, p {test.PValue:G3})"));
            }

            tests.Add(Invariant($"{test.Difference:+0.000;-0.000} for {name} (p {test.PValue:G3})"));
        }

        return evidence.Explain(
            $"The points of the best and the worst model lie {Join(merged)} apart in groups "
                + $"{InvariantText.Join(", ", HumanVotes.Groups)} ({Join(single)} by single votes). "
                + "The mean of Kendall's W over the prompts, the agreement of the four voters, "
                + $"is {Join([.. concordance.Select(w => Descriptive.Mean(w))])}: {string.Join(", ", tests)}.");
    }

    private static double Spread(IReadOnlyDictionary<string, double> points) => points.Values.Max() - points.Values.Min();

    private static string Join(IEnumerable<double> values) => string.Join(", ", values.Select(v => Invariant($"{v:F3}")));

    private static Evidence GroupOneTie(SpecContext context)
    {
        var points = Borda.NormalisedMean(context.Artifact<MergedRankingFacts>(HumanVotes.MergedOf(1)).Rankings);
        var votes = HumanVotes.Read(context, 1);
        var raw = HumanStudy.PointsOfVotes(votes);
        var table = context.Table("crs/table-17");
        var evidence = context.Evidence()
            .Compare("preference", table["preference_rlhf", "group_1"], points["rank"])
            .Compare("crs", table["crs_rlhf", "group_1"], points["crs"])
            .Value("preference_single_votes", raw["rank"])
            .Value("crs_single_votes", raw["crs"])
            .Require("equal points", Math.Abs(points["rank"] - points["crs"]) < 1e-9);
        var gaps = HumanVotes.Orders.Select(
            order => (Order: string.Join(',', order), Gap: Gap(Borda.NormalisedMean(HumanStudy.Merge(votes, order))))).ToList();
        foreach (var (order, gap) in gaps)
        {
            evidence.Value($"preference_minus_crs_ties_{order}", gap);
        }

        var unequal = gaps.Where(g => Math.Abs(g.Gap) >= 1e-9).ToList();
        if (unequal.Count > 0)
        {
            evidence.Reserve(
                "tie-breaking",
                Invariant($"{unequal.Count} of the {gaps.Count} orders that can break ties separate the two by ")
                    + Invariant($"{gaps.Min(g => g.Gap):F3} to {gaps.Max(g => g.Gap):F3} points"));
        }

        return evidence.Explain(
            Invariant($"In group 1 the merged rankings give preference_rlhf {points["rank"]:F4} and crs_rlhf {points["crs"]:F4} points, ")
                + Invariant($"single votes {raw["rank"]:F3} and {raw["crs"]:F3}; ")
                + Invariant(
                    $"over the six tie-breaking orders the difference runs from {gaps.Min(g => g.Gap):F3} to {gaps.Max(g => g.Gap):F3}."));
    }

    private static double Gap(IReadOnlyDictionary<string, double> points) => points["rank"] - points["crs"];

    private static double[] Concordance(IReadOnlyList<IReadOnlyList<HumanStudy.NamedVote>> votes) =>
        [
            .. votes.Select(prompt =>
                KendallW.Compute([.. prompt.Select(v => HumanVotes.Models.Select(m => (double)v.RankOf(m)).ToArray())]).W),
        ];
}
