using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Data;

/// <summary>The groups that rows belong to, and which share is held out.</summary>
public sealed record GroupedRows(int[] Groups, int Percent, int Seed, int Order) : Drawn;

/// <summary>Scores on a grid of 1/20, which has all edges of bins in it, and how their middle is thinned.</summary>
public sealed record ScoredRows(double[] Scores, int Most, int Bins, int Seed) : Drawn;

/// <summary>Two scores of the middle, in thousandths, the lower one first.</summary>
public sealed record TwoScores(int Lower, int Higher, int Bins) : Drawn;

/// <summary>Scores of which one is low, and what the low ones shall weigh together.</summary>
public sealed record WeighedRows(double[] Scores, double Strength) : Drawn;

/// <summary>Draws what is selected.</summary>
public static class SelectionInputs
{
    private static Gen<double[]> Scores => Gen.ArrayOf(Gen.Choose(0, 20).Select(i => i / 20.0));

    public static Arbitrary<GroupedRows> Groups() => Draw.Of(
        from groups in Gen.NonEmptyListOf(Gen.Choose(0, 200))
        from few in Gen.Elements(true, false)
        from percent in Gen.Choose(0, 90)
        from seed in Gen.Choose(0, 1000)
        from order in Gen.Choose(0, 1000)
        select new GroupedRows([.. groups.Select(name => few ? name % 30 : name)], percent, seed, order),
        x => x.Groups.Length >= 1);

    public static Arbitrary<ScoredRows> Rows() => Draw.Of(
        from scores in Scores
        from most in Gen.Choose(0, 6)
        from bins in Gen.Choose(1, 6)
        from seed in Gen.Choose(0, 1000)
        select new ScoredRows(scores, most, bins, seed),
        x => x.Bins >= 1 && OnGrid(x.Scores));

    public static Arbitrary<TwoScores> Pairs() => Draw.Of(
        from a in Gen.Choose(401, 899)
        from b in Gen.Choose(401, 899)
        from bins in Gen.Choose(1, 20)
        select new TwoScores(Math.Min(a, b), Math.Max(a, b), bins),
        x => x.Lower > 400 && x.Higher >= x.Lower && x.Higher < 900 && x.Bins >= 1);

    public static Arbitrary<WeighedRows> Weighed() => Draw.Of(
        from scores in Scores from percent in Gen.Choose(1, 300) select new WeighedRows([.. scores, 0.1], percent / 100.0),
        x => OnGrid(x.Scores) && x.Scores.Any(score => score <= 0.4) && x.Strength >= 0.01);

    private static bool OnGrid(double[] scores) => scores.All(score => Enumerable.Range(0, 21).Any(i => score == i / 20.0));
}

[Properties(Arbitrary = new[] { typeof(SelectionInputs) })]
public sealed class SelectionProperties
{
    private static readonly ScoreRanges Ranges = new() { Low = 0.4, High = 0.9 };

    [Property]
    public void Splits_are_disjoint_complete_and_pure(GroupedRows x)
    {
        var rows = x.Groups.Select((group, i) => new PromptOnly(new("s", Invariant($"g{group}"), Invariant($"{i}")), [])).ToList();
        var settings = new SplitSettings { HeldOut = x.Percent / 100.0, Seed = x.Seed };
        var trees = x.Groups.Distinct().Count();
        if (x.Percent > 0 && trees * x.Percent < 100)
        {
            FluentActions.Invoking(() => GroupSplit.Split(rows, settings)).Should().Throw<Repro.Core.ReproException>();
            return;
        }

        var split = GroupSplit.Split(rows, settings);
        split.Train.Concat(split.HeldOut).OrderBy(row => int.Parse(row.Origin.Item, CultureInfo.InvariantCulture)).Should().Equal(rows);
        var held = split.HeldOut.Select(row => row.Origin.Group).ToHashSet();
        split.Train.Any(row => held.Contains(row.Origin.Group)).Should().BeFalse();
        held.Should().HaveCount(trees * x.Percent / 100);
    }

    [Property]
    public bool A_split_does_not_depend_on_the_order_of_rows(GroupedRows x)
    {
        var settings = new SplitSettings { HeldOut = 0.5, Seed = x.Seed };
        var names = x.Groups.Append(-1).Append(-2).Select(group => Invariant($"g{group}")).ToList();
        var plan = SplitPlan.Create(names, settings);
        var other = SplitPlan.Create(Permutation.Draw(names.Count, x.Order).Select(i => names[i]), settings);
        return names.All(name => plan.Holds(name) == other.Holds(name));
    }

    [Property]
    public void Under_sampling_never_exceeds_a_bin_and_draws_from_the_rows(ScoredRows x)
    {
        var rows = Rows(x.Scores);
        var kept = ScoreSampling.UnderSampleMiddle(rows, Ranges, x.Bins, x.Most, x.Seed);
        kept.Select(row => row.Origin.Item).Should().OnlyHaveUniqueItems();
        kept.Should().BeSubsetOf(rows);
        kept.Where(row => !IsMiddle(row)).Should().Equal(rows.Where(row => !IsMiddle(row)));
        foreach (var bin in rows.Where(IsMiddle).GroupBy(row => new MiddleBins(Ranges, x.Bins).Of(row.Score!.Value)))
        {
            kept.Where(IsMiddle).Count(row => new MiddleBins(Ranges, x.Bins).Of(row.Score!.Value) == bin.Key)
                .Should().Be(Math.Min(x.Most, bin.Count()));
        }
    }

    [Property]
    public bool Bins_cover_the_middle_in_order(TwoScores x) =>
        new MiddleBins(Ranges, x.Bins).Of(x.Lower / 1000.0) <= new MiddleBins(Ranges, x.Bins).Of(x.Higher / 1000.0)
            && new MiddleBins(Ranges, x.Bins).Of(0.4 + 1e-9) == 0
            && new MiddleBins(Ranges, x.Bins).Of(0.9 - 1e-9) == x.Bins - 1;

    [Property]
    public bool Weights_by_rarity_add_up(WeighedRows x)
    {
        var rows = LossWeights.ByRarity(Rows(x.Scores), Ranges, x.Strength);
        var low = rows.Where(row => row.Score <= 0.4).ToList();
        return Math.Abs(low.Sum(row => row.Weight) - (x.Strength * rows.Count)) < 1e-9 * rows.Count
            && rows.Where(row => row.Score > 0.4).All(row => row.Weight == 1)
            && low.All(row => row.Weight == low[0].Weight);
    }

    [Property]
    public void Over_sampling_adds_low_rows_only(ScoredRows x)
    {
        var rows = Rows(x.Scores);
        var low = rows.Where(row => row.Score <= 0.4).ToList();
        foreach (var more in new[] { ScoreSampling.DuplicateLow(rows, Ranges), ScoreSampling.ResampleLow(rows, Ranges, 2, x.Seed) })
        {
            more.Where(row => row.Score > 0.4).Should().Equal(rows.Where(row => row.Score > 0.4));
            more.Where(row => row.Score <= 0.4).Should().HaveCount(2 * low.Count);
            more.Where(row => row.Score <= 0.4).Except(low).Should().BeEmpty();
        }
    }

    private static bool IsMiddle(RatedReply row) => row.Score > 0.4 && row.Score < 0.9;

    private static List<RatedReply> Rows(double[] scores) =>
        [
            .. scores.Select((score, i) =>
                new RatedReply(new("s", "g", Invariant($"{i}")), [], string.Empty, new Dictionary<string, double>(), score)),
        ];
}
