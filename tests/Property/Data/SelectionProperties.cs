using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Data.Records;
using Repro.Core.Data.Sampling;
using Repro.Core.Data.Selection;
using Repro.Core.Evaluation.RewardModels;

namespace Repro.Tests.Property.Data;

public sealed class SelectionProperties
{
    private static readonly ScoreRanges Ranges = new() { Low = 0.4, High = 0.9 };

    // Scores on a grid that has all bin edges in it.
    private static Gen<double[]> Scores => Gen.ArrayOf(Gen.Choose(0, 20).Select(i => i / 20.0));

    [Fact]
    public void Splits_are_disjoint_complete_and_pure() => Check.That(
        "splits are disjoint, complete and tree-pure",
        from groups in Gen.NonEmptyListOf(Gen.Choose(0, 30)) from percent in Gen.Choose(0, 90) from seed in Gen.Choose(0, 1000) select (groups, percent, seed),
        x =>
        {
            var rows = x.groups.Select((group, i) => new PromptOnly(new("s", Invariant($"g{group}"), Invariant($"{i}")), [])).ToList();
            var settings = new SplitSettings { HeldOut = x.percent / 100.0, Seed = x.seed };
            var trees = x.groups.Distinct().Count();
            if (x.percent > 0 && trees * x.percent < 100)
            {
                FluentActions.Invoking(() => GroupSplit.Of(rows, settings)).Should().Throw<Repro.Core.ReproException>();
                return;
            }

            var split = GroupSplit.Of(rows, settings);
            split.Train.Concat(split.HeldOut).OrderBy(row => int.Parse(row.Origin.Item, CultureInfo.InvariantCulture)).Should().Equal(rows);
            var held = split.HeldOut.Select(row => row.Origin.Group).ToHashSet();
            split.Train.Any(row => held.Contains(row.Origin.Group)).Should().BeFalse();
            held.Should().HaveCount(trees * x.percent / 100);
        });

    [Fact]
    public void A_split_does_not_depend_on_the_order_of_rows() => Check.That(
        "a split depends on the set of groups only",
        from groups in Gen.NonEmptyListOf(Gen.Choose(0, 200)) from seed in Gen.Choose(0, 1000) from shuffle in Gen.Choose(0, 1000) select (groups, seed, shuffle),
        x =>
        {
            var settings = new SplitSettings { HeldOut = 0.5, Seed = x.seed };
            var names = x.groups.Append(-1).Append(-2).Select(group => Invariant($"g{group}")).ToList();
            var plan = SplitPlan.Of(names, settings);
            var other = SplitPlan.Of(Permutation.Of(names.Count, x.shuffle).Select(i => names[i]), settings);
            return names.All(name => plan.Holds(name) == other.Holds(name));
        });

    [Fact]
    public void Under_sampling_never_exceeds_a_bin_and_draws_from_the_rows() => Check.That(
        "under-sampling keeps the ends and at most n of each bin",
        from scores in Scores from most in Gen.Choose(0, 6) from bins in Gen.Choose(1, 6) from seed in Gen.Choose(0, 1000) select (scores, most, bins, seed),
        x =>
        {
            var rows = Rows(x.scores);
            var kept = ScoreSampling.UnderSampleMiddle(rows, Ranges, x.bins, x.most, x.seed);
            kept.Select(row => row.Origin.Item).Should().OnlyHaveUniqueItems();
            kept.Should().BeSubsetOf(rows);
            kept.Where(row => !IsMiddle(row)).Should().Equal(rows.Where(row => !IsMiddle(row)));
            foreach (var bin in rows.Where(IsMiddle).GroupBy(row => new MiddleBins(Ranges, x.bins).Of(row.Score!.Value)))
            {
                kept.Where(IsMiddle).Count(row => new MiddleBins(Ranges, x.bins).Of(row.Score!.Value) == bin.Key).Should().Be(Math.Min(x.most, bin.Count()));
            }
        });

    [Fact]
    public void Bins_cover_the_middle_in_order() => Check.That(
        "a higher score is in no lower bin",
        from a in Gen.Choose(401, 899) from b in Gen.Choose(401, 899) from bins in Gen.Choose(1, 20) select (Math.Min(a, b), Math.Max(a, b), bins),
        x => new MiddleBins(Ranges, x.bins).Of(x.Item1 / 1000.0) <= new MiddleBins(Ranges, x.bins).Of(x.Item2 / 1000.0)
            && new MiddleBins(Ranges, x.bins).Of(0.4 + 1e-9) == 0
            && new MiddleBins(Ranges, x.bins).Of(0.9 - 1e-9) == x.bins - 1);

    [Fact]
    public void Weights_by_rarity_add_up() => Check.That(
        "low rows together weigh strength * N, others 1 each",
        from scores in Scores from percent in Gen.Choose(1, 300) select (scores: scores.Append(0.1).ToArray(), strength: percent / 100.0),
        x =>
        {
            var rows = LossWeights.ByRarity(Rows(x.scores), Ranges, x.strength);
            var low = rows.Where(row => row.Score <= 0.4).ToList();
            return Math.Abs(low.Sum(row => row.Weight) - (x.strength * rows.Count)) < 1e-9 * rows.Count
                && rows.Where(row => row.Score > 0.4).All(row => row.Weight == 1)
                && low.All(row => row.Weight == low[0].Weight);
        });

    [Fact]
    public void Over_sampling_adds_low_rows_only() => Check.That(
        "over-sampling doubles the low rows and leaves the others",
        from scores in Scores from seed in Gen.Choose(0, 1000) select (scores, seed),
        x =>
        {
            var rows = Rows(x.scores);
            var low = rows.Where(row => row.Score <= 0.4).ToList();
            foreach (var more in new[] { ScoreSampling.DuplicateLow(rows, Ranges), ScoreSampling.ResampleLow(rows, Ranges, 2, x.seed) })
            {
                more.Where(row => row.Score > 0.4).Should().Equal(rows.Where(row => row.Score > 0.4));
                more.Where(row => row.Score <= 0.4).Should().HaveCount(2 * low.Count);
                more.Where(row => row.Score <= 0.4).Except(low).Should().BeEmpty();
            }
        });

    private static bool IsMiddle(RatedReply row) => row.Score > 0.4 && row.Score < 0.9;

    private static List<RatedReply> Rows(double[] scores) =>
        [.. scores.Select((score, i) => new RatedReply(new("s", "g", Invariant($"{i}")), [], string.Empty, new Dictionary<string, double>(), score))];
}
