using FsCheck;
using FsCheck.Fluent;
using Repro.Core;
using Repro.Core.Rewards.Segmentation;

namespace Repro.Tests.Properties.Rewards.Segmentation;

public class SegmentationProperties
{
    /// <summary>Rewards on a coarse grid, so that ties with baselines, bounds and each other are frequent; shrinks by dropping tokens and towards 0.</summary>
    private static Arbitrary<double[]> Rewards(int most) => Arb.From(
        from count in Gen.Choose(1, most)
        from grid in Gen.Elements(1.0, 0.25, 0.01)
        from values in Gen.ArrayOf(Gen.Choose(-8, 8).Select(i => i * grid), count)
        select values,
        values => Enumerable.Range(0, values.Length).Where(_ => values.Length > 1).Select(i => values.Where((_, j) => j != i).ToArray())
            .Concat(Enumerable.Range(0, values.Length).Where(i => values[i] != 0).Select(i => values.Select((v, j) => j == i ? 0 : v).ToArray())));

    private static Gen<double> Level => Gen.Choose(-8, 8).Select(i => i * 0.25);

    private static Gen<double> Offset => Gen.Choose(0, 16).Select(i => i * 0.25);

    private static Gen<double> Penalty => Gen.Frequency((1, Gen.Constant(0.0)), (4, Gen.Choose(0, 400).Select(i => i / 40.0)));

    private static Gen<(double[] Rewards, IReadOnlyList<Segment> Segments)> Segmented =>
        from rewards in Rewards(14).Generator
        from cuts in Gen.ArrayOf(Gen.Elements(true, false), rewards.Length)
        select (rewards, Segments.FromStarts(Enumerable.Range(0, rewards.Length).Where(i => i == 0 || cuts[i]).ToArray(), rewards.Length));

    [Fact]
    public void Schmitt_switches_never_exceed_the_comparators_and_do_not_grow_with_delta() =>
        Check.That(
            "ADR-SCHMITT-SWITCH",
            from rewards in Rewards(40).Generator
            from baseline in Level
            select (rewards, baseline),
            input =>
            {
                var previous = Segments.Switches(SchmittTrigger.Comparator(input.rewards, input.baseline));
                for (var delta = 0.0; delta <= 5; delta += 0.125)
                {
                    var switches = Segments.Switches(SchmittTrigger.WithMemory(input.rewards, input.baseline, delta));
                    if (switches > previous)
                    {
                        return false;
                    }

                    previous = switches;
                }

                return true;
            },
            cases: 500);

    [Fact]
    public void Good_bad_and_neutral_tokens_partition_the_response() =>
        Check.That(
            "ADR-EQ17",
            from rewards in Rewards(30).Generator
            from baseline in Level
            from delta in Offset
            select (rewards, baseline, delta),
            input =>
            {
                var (rewards, b, delta) = input;
                var mask = SchmittTrigger.Memoryless(rewards, b, delta);
                return Enumerable.Range(0, rewards.Length).All(i =>
                    (mask[i] == 1) == (rewards[i] > b + delta)
                    && (mask[i] == -1) == (rewards[i] < b - delta)
                    && (mask[i] == 0) == (b - delta <= rewards[i] && rewards[i] <= b + delta));
            });

    [Fact]
    public void Without_an_offset_both_masks_are_the_comparator_away_from_the_baseline() =>
        Check.That(
            "ADR-EQ17-EQ13, ADR-SCHMITT-MEM at delta 0",
            from rewards in Rewards(30).Generator
            from baseline in Level
            select (rewards, baseline),
            input =>
            {
                var comparator = SchmittTrigger.Comparator(input.rewards, input.baseline);
                var memoryless = SchmittTrigger.Memoryless(input.rewards, input.baseline, 0);
                var memory = SchmittTrigger.WithMemory(input.rewards, input.baseline, 0);
                return Enumerable.Range(0, input.rewards.Length).All(i => input.rewards[i] == input.baseline
                    ? memoryless[i] == 0 && comparator[i] == -1 && memory[i] == (i == 0 ? -1 : memory[i - 1])
                    : memoryless[i] == comparator[i] && memory[i] == comparator[i]);
            });

    [Fact]
    public void Memory_agrees_with_the_mask_outside_the_neutral_zone_and_holds_inside() =>
        Check.That(
            "ADR-SCHMITT-MEM",
            from rewards in Rewards(30).Generator
            from baseline in Level
            from delta in Offset
            select (rewards, baseline, delta),
            input =>
            {
                var mask = SchmittTrigger.Memoryless(input.rewards, input.baseline, input.delta);
                var memory = SchmittTrigger.WithMemory(input.rewards, input.baseline, input.delta);
                return Enumerable.Range(0, mask.Length).All(i => mask[i] != 0 ? memory[i] == mask[i] : i == 0 || memory[i] == memory[i - 1])
                    && memory.All(state => state is 1 or -1);
            });

    [Fact]
    public void Runs_cover_the_response_and_count_one_more_than_the_switches() =>
        Check.That(
            "runs",
            from n in Gen.Choose(1, 40)
            from states in Gen.ArrayOf(Gen.Choose(-1, 1).Select(i => (sbyte)i), n)
            select states,
            states =>
            {
                var segments = Segments.FromStates(states);
                return segments.Count == Segments.Switches(states) + 1
                    && segments[0].Start == 0 && segments[^1].End == states.Length
                    && segments.Zip(segments.Skip(1)).All(pair =>
                        pair.First.End == pair.Second.Start && states[pair.First.Start] != states[pair.Second.Start])
                    && segments.All(s => states[s.Start..s.End].Distinct().Count() == 1);
            });

    [Fact]
    public void The_sequence_error_is_smallest_at_the_mean() =>
        Check.That(
            "ADR-EQ9",
            from rewards in Rewards(20).Generator
            from other in Level
            select (rewards, other),
            input =>
            {
                var mean = input.rewards.Average();
                var smallest = SegmentationError.SequenceLevel(input.rewards, mean);
                var excess = input.rewards.Length * (input.other - mean) * (input.other - mean);
                return Math.Abs(SegmentationError.SequenceLevel(input.rewards, input.other) - smallest - excess) < 1e-9;
            });

    [Fact]
    public void After_whitening_the_token_error_is_variance_times_length() =>
        Check.That("ADR-EQ11", Rewards(30), rewards =>
        {
            var mean = rewards.Average();
            var centred = rewards.Select(r => r - mean).ToArray();
            var variance = rewards.Sum(r => (r - mean) * (r - mean)) / rewards.Length;
            return Math.Abs(SegmentationError.TokenLevel(centred) - (variance * rewards.Length)) < 1e-9;
        });

    [Fact]
    public void Splitting_a_run_never_raises_the_error_within_runs() =>
        Check.That("ADR-EQ12", Segmented, input =>
        {
            var (rewards, segments) = input;
            var error = SegmentationError.Total(rewards, segments, 0).Total;
            return Enumerable.Range(1, rewards.Length - 1).Where(cut => segments.All(s => s.Start != cut)).All(cut =>
            {
                var starts = segments.Select(s => s.Start).Append(cut).Order().ToArray();
                return SegmentationError.Total(rewards, Segments.FromStarts(starts, rewards.Length), 0).Total <= error + 1e-9;
            });
        });

    [Fact]
    public void Flattened_rewards_leave_exactly_the_error_within_runs() =>
        Check.That("flatten", Segmented, input =>
        {
            foreach (var kind in Enum.GetValues<SegmentReward>())
            {
                var flat = SegmentationError.Flatten(input.Rewards, input.Segments, kind);
                var distance = flat.Zip(input.Rewards).Sum(p => (p.First - p.Second) * (p.First - p.Second));
                if (Math.Abs(distance - SegmentationError.Total(input.Rewards, input.Segments, 1, kind).Approximation) > 1e-9)
                {
                    return false;
                }
            }

            return true;
        });

    [Fact]
    public void The_mean_is_never_worse_than_the_last_token() =>
        Check.That("mean against last token", Segmented, input =>
            SegmentationError.Total(input.Rewards, input.Segments, 1).Total
                <= SegmentationError.Total(input.Rewards, input.Segments, 1, SegmentReward.LastToken).Total + 1e-9);

    [Fact]
    public void The_optimum_is_that_of_all_segmentations() =>
        Check.That(
            "pruned = exhaustive",
            from rewards in Rewards(11).Generator
            from penalty in Penalty
            select (rewards, penalty),
            input =>
            {
                var (rewards, penalty) = input;
                var found = SegmentationError.Total(rewards, OptimalSegmentation.Penalised(rewards, penalty), penalty).Total;
                var smallest = Exhaustive(rewards).Min(entry => entry.Error + (penalty * entry.Count));
                return Math.Abs(found - smallest) < 1e-9;
            },
            cases: 1000);

    [Fact]
    public void The_optimum_of_a_fixed_count_is_that_of_all_segmentations_of_that_count() =>
        Check.That("fixed count = exhaustive", Rewards(10), rewards =>
        {
            var all = Exhaustive(rewards).GroupBy(entry => entry.Count).ToDictionary(group => group.Key, group => group.Min(entry => entry.Error));
            var found = OptimalSegmentation.UpTo(rewards, rewards.Length);
            return found.Select((segments, i) => (segments, Count: i + 1)).All(entry =>
                entry.segments.Count == entry.Count
                && Math.Abs(SegmentationError.Total(rewards, entry.segments, 0).Total - all[entry.Count]) < 1e-9
                && entry.segments.SequenceEqual(OptimalSegmentation.FixedCount(rewards, entry.Count)));
        });

    [Fact]
    public void The_optimum_is_never_above_any_other_segmentation() =>
        Check.That(
            "optimum against steps and triggers",
            from rewards in Rewards(120).Generator
            from penalty in Penalty
            from length in Gen.Choose(1, 20)
            from delta in Offset
            select (rewards, penalty, length, delta),
            input =>
            {
                var (rewards, penalty, length, delta) = input;
                var n = rewards.Length;
                var best = SegmentationError.Total(rewards, OptimalSegmentation.Penalised(rewards, penalty), penalty).Total;
                return new[]
                {
                    Segments.Whole(n),
                    Segments.EachToken(n),
                    Segments.OfLength(n, length),
                    Segments.FromStates(SchmittTrigger.Comparator(rewards, 0)),
                    Segments.FromStates(SchmittTrigger.Memoryless(rewards, 0, delta)),
                    Segments.FromStates(SchmittTrigger.WithMemory(rewards, 0, delta)),
                }.All(other => best <= SegmentationError.Total(rewards, other, penalty).Total + 1e-9);
            });

    [Fact]
    public void A_larger_penalty_never_gives_more_segments() =>
        Check.That("segments fall with the penalty", Rewards(60), rewards =>
        {
            // Only strictly: at the penalty where two counts cost the same, either is an optimum.
            var counts = new[] { 0.013, 0.117, 0.713, 2.317, 9.131, 40.713 }.Select(p => OptimalSegmentation.Penalised(rewards, p).Count).ToArray();
            return counts.Zip(counts.Skip(1)).All(pair => pair.First >= pair.Second);
        });

    [Fact]
    public void More_segments_never_raise_the_error_of_the_best() =>
        Check.That("error falls with the count", Rewards(25), rewards =>
        {
            var errors = OptimalSegmentation.UpTo(rewards, rewards.Length).Select(s => SegmentationError.Total(rewards, s, 0).Total).ToArray();
            return errors.Zip(errors.Skip(1)).All(pair => pair.Second <= pair.First + 1e-9) && errors[^1] == 0;
        });

    [Fact]
    public void Rewards_that_are_not_finite_always_give_the_documented_exception() =>
        Check.That(
            "not finite",
            from rewards in Rewards(20).Generator
            from at in Gen.Choose(0, rewards.Length - 1)
            from bad in Gen.Elements(double.NaN, double.PositiveInfinity, double.NegativeInfinity)
            select (rewards, at, bad),
            input =>
            {
                input.rewards[input.at] = input.bad;
                foreach (var act in new Action[]
                {
                    () => SchmittTrigger.Comparator(input.rewards, 0),
                    () => SchmittTrigger.Memoryless(input.rewards, 0, 1),
                    () => SchmittTrigger.WithMemory(input.rewards, 0, 1),
                    () => OptimalSegmentation.Penalised(input.rewards, 1),
                    () => OptimalSegmentation.FixedCount(input.rewards, 1),
                    () => SegmentationError.Total(input.rewards, Segments.Whole(input.rewards.Length), 1),
                })
                {
                    act.Should().Throw<ReproException>().WithMessage(Invariant($"rewards[{input.at}] is *"));
                }
            });

    /// <summary>Every one of the 2^(n-1) segmentations with its squared error.</summary>
    private static IEnumerable<(int Count, double Error)> Exhaustive(double[] rewards)
    {
        for (var cuts = 0; cuts < 1 << (rewards.Length - 1); cuts++)
        {
            var bits = cuts;
            var starts = Enumerable.Range(0, rewards.Length).Where(i => i == 0 || ((bits >> (i - 1)) & 1) == 1).ToArray();
            yield return (starts.Length, SegmentationError.Total(rewards, Segments.FromStarts(starts, rewards.Length), 0).Total);
        }
    }
}
