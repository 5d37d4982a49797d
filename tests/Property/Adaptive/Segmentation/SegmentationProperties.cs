using FsCheck.Xunit;
using Repro.Core;
using Repro.Core.Adaptive.Segmentation;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Property.Adaptive.Segmentation;

[Properties(Arbitrary = new[] { typeof(Responses), typeof(SegmentationInputs) })]
public class SegmentationProperties
{
    [Property(MaxTest = 500)]
    public void Schmitt_switches_never_exceed_the_comparators_and_do_not_grow_with_delta(Response response, Baseline baseline)
    {
        var previous = Segments.Switches(SchmittTrigger.Comparator(response.Rewards, baseline.Value));
        for (var delta = 0.0; delta <= 5; delta += 0.125)
        {
            var switches = Segments.Switches(SchmittTrigger.WithMemory(response.Rewards, baseline.Value, delta));
            switches.Should().BeLessThanOrEqualTo(previous, Invariant($"delta is {delta}"));
            previous = switches;
        }
    }

    [Property]
    public bool Good_bad_and_neutral_tokens_partition_the_response(Response response, Baseline baseline, Offset offset)
    {
        var (rewards, b, delta) = (response.Rewards, baseline.Value, offset.Value);
        var mask = SchmittTrigger.Memoryless(rewards, b, delta);
        return Enumerable.Range(0, rewards.Length).All(i =>
            (mask[i] == 1) == (rewards[i] > b + delta)
            && (mask[i] == -1) == (rewards[i] < b - delta)
            && (mask[i] == 0) == (b - delta <= rewards[i] && rewards[i] <= b + delta));
    }

    [Property]
    public bool Without_an_offset_both_masks_are_the_comparator_away_from_the_baseline(Response response, Baseline baseline)
    {
        var (rewards, b) = (response.Rewards, baseline.Value);
        var comparator = SchmittTrigger.Comparator(rewards, b);
        var memoryless = SchmittTrigger.Memoryless(rewards, b, 0);
        var memory = SchmittTrigger.WithMemory(rewards, b, 0);
        return Enumerable.Range(0, rewards.Length).All(i => rewards[i] == b
            ? memoryless[i] == 0 && comparator[i] == -1 && memory[i] == (i == 0 ? -1 : memory[i - 1])
            : memoryless[i] == comparator[i] && memory[i] == comparator[i]);
    }

    [Property]
    public bool Memory_agrees_with_the_mask_outside_the_neutral_zone_and_holds_inside(Response response, Baseline baseline, Offset offset)
    {
        var mask = SchmittTrigger.Memoryless(response.Rewards, baseline.Value, offset.Value);
        var memory = SchmittTrigger.WithMemory(response.Rewards, baseline.Value, offset.Value);
        return Enumerable.Range(0, mask.Length).All(i => mask[i] != 0 ? memory[i] == mask[i] : i == 0 || memory[i] == memory[i - 1])
            && memory.All(state => state is 1 or -1);
    }

    [Property]
    public bool Runs_cover_the_response_and_count_one_more_than_the_switches(States drawn)
    {
        var states = drawn.Values;
        var segments = Segments.FromStates(states);
        return segments.Count == Segments.Switches(states) + 1
            && segments[0].Start == 0 && segments[^1].End == states.Length
            && segments.Zip(segments.Skip(1))
            .All(pair => pair.First.End == pair.Second.Start && states[pair.First.Start] != states[pair.Second.Start])
            && segments.All(s => states[s.Start..s.End].Distinct().Count() == 1);
    }

    [Property]
    public void The_sequence_error_is_smallest_at_the_mean(Response response, Baseline other)
    {
        var mean = response.Rewards.Average();
        var smallest = SegmentationError.SequenceLevel(response.Rewards, mean);
        var excess = response.Rewards.Length * (other.Value - mean) * (other.Value - mean);
        (SegmentationError.SequenceLevel(response.Rewards, other.Value) - smallest).Should().BeApproximately(excess, 1e-9);
    }

    [Property]
    public void After_whitening_the_token_error_is_variance_times_length(Response response)
    {
        var mean = response.Rewards.Average();
        var centred = response.Rewards.Select(r => r - mean).ToArray();
        var variance = response.Rewards.Sum(r => (r - mean) * (r - mean)) / response.Rewards.Length;
        SegmentationError.TokenLevel(centred).Should().BeApproximately(variance * response.Rewards.Length, 1e-9);
    }

    [Property]
    public bool Splitting_a_run_never_raises_the_error_within_runs(SegmentedResponse response)
    {
        var (rewards, segments) = (response.Rewards, response.Segments);
        var error = SegmentationError.Total(rewards, segments, 0).Total;
        return Enumerable.Range(1, rewards.Length - 1).Where(cut => segments.All(s => s.Start != cut)).All(cut =>
        {
            var starts = segments.Select(s => s.Start).Append(cut).Order().ToArray();
            return SegmentationError.Total(rewards, Segments.FromStarts(starts, rewards.Length), 0).Total <= error + 1e-9;
        });
    }

    [Property]
    public void Flattened_rewards_leave_exactly_the_error_within_runs(SegmentedResponse response)
    {
        foreach (var kind in Enum.GetValues<SegmentReward>())
        {
            var flat = SegmentationError.Flatten(response.Rewards, response.Segments, kind);
            var distance = flat.Zip(response.Rewards).Sum(p => (p.First - p.Second) * (p.First - p.Second));
            SegmentationError.Total(response.Rewards, response.Segments, 1, kind).Approximation
                .Should().BeApproximately(distance, 1e-9, $"of {kind}");
        }
    }

    [Property]
    public bool The_mean_is_never_worse_than_the_last_token(SegmentedResponse response) =>
        SegmentationError.Total(response.Rewards, response.Segments, 1).Total
            <= SegmentationError.Total(response.Rewards, response.Segments, 1, SegmentReward.LastToken).Total + 1e-9;

    [Property(MaxTest = 1000, Arbitrary = new[] { typeof(ShortResponses) })]
    public void The_optimum_is_that_of_all_segmentations(Response response, Penalty penalty)
    {
        var (rewards, cost) = (response.Rewards, penalty.Value);
        var found = SegmentationError.Total(rewards, OptimalSegmentation.Penalised(rewards, cost), cost).Total;
        found.Should().BeApproximately(Exhaustive(rewards).Min(entry => entry.Error + (cost * entry.Count)), 1e-9);
    }

    [Property(Arbitrary = new[] { typeof(ShortResponses) })]
    public bool The_optimum_of_a_fixed_count_is_that_of_all_segmentations_of_that_count(Response response)
    {
        var rewards = response.Rewards;
        var all = Exhaustive(rewards).GroupBy(entry => entry.Count)
            .ToDictionary(group => group.Key, group => group.Min(entry => entry.Error));
        var found = OptimalSegmentation.UpTo(rewards, rewards.Length);
        return found.Select((segments, i) => (segments, Count: i + 1)).All(entry =>
            entry.segments.Count == entry.Count
            && Math.Abs(SegmentationError.Total(rewards, entry.segments, 0).Total - all[entry.Count]) < 1e-9
            && entry.segments.SequenceEqual(OptimalSegmentation.FixedCount(rewards, entry.Count)));
    }

    [Property(Arbitrary = new[] { typeof(LongResponses) })]
    public bool The_optimum_is_never_above_any_other_segmentation(Response response, Penalty penalty, SegmentLength length, Offset offset)
    {
        var (rewards, cost, delta, n) = (response.Rewards, penalty.Value, offset.Value, response.Rewards.Length);
        var best = SegmentationError.Total(rewards, OptimalSegmentation.Penalised(rewards, cost), cost).Total;
        return new[]
        {
            Segments.Whole(n),
            Segments.EachToken(n),
            Segments.OfLength(n, length.Tokens),
            Segments.FromStates(SchmittTrigger.Comparator(rewards, 0)),
            Segments.FromStates(SchmittTrigger.Memoryless(rewards, 0, delta)),
            Segments.FromStates(SchmittTrigger.WithMemory(rewards, 0, delta)),
        }.All(other => best <= SegmentationError.Total(rewards, other, cost).Total + 1e-9);
    }

    [Property(Arbitrary = new[] { typeof(LongResponses) })]
    public bool A_larger_penalty_never_gives_more_segments(Response response)
    {
        // Only strictly: at the penalty where two counts cost the same, either is an optimum.
        var counts = new[] { 0.013, 0.117, 0.713, 2.317, 9.131, 40.713 }
            .Select(p => OptimalSegmentation.Penalised(response.Rewards, p).Count).ToArray();
        return counts.Zip(counts.Skip(1)).All(pair => pair.First >= pair.Second);
    }

    [Property]
    public bool More_segments_never_raise_the_error_of_the_best(Response response)
    {
        var rewards = response.Rewards;
        var errors = OptimalSegmentation.UpTo(rewards, rewards.Length).Select(s => SegmentationError.Total(rewards, s, 0).Total).ToArray();
        return errors.Zip(errors.Skip(1)).All(pair => pair.Second <= pair.First + 1e-9) && errors[^1] == 0;
    }

    [Property]
    public void Rewards_that_are_not_finite_always_give_the_documented_exception(SpoiledResponse response)
    {
        var rewards = response.Spoiled;
        foreach (var act in new Action[]
        {
            () => SchmittTrigger.Comparator(rewards, 0),
            () => SchmittTrigger.Memoryless(rewards, 0, 1),
            () => SchmittTrigger.WithMemory(rewards, 0, 1),
            () => OptimalSegmentation.Penalised(rewards, 1),
            () => OptimalSegmentation.FixedCount(rewards, 1),
            () => SegmentationError.Total(rewards, Segments.Whole(rewards.Length), 1),
        })
        {
            act.Should().Throw<ReproException>().WithMessage(Invariant($"rewards[{response.At}] is *"));
        }
    }

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
