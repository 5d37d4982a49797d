using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Properties.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Losses;

/// <summary>Rewards of groups of three.</summary>
public sealed record Groups(double[] Rewards) : Drawn;

/// <summary>How many of all samples are rare, and how much they shall weigh.</summary>
public sealed record RareSamples(int Rare, int All, double Strength) : Drawn;

/// <summary>Draws what only these losses need.</summary>
public static class LossInputs
{
    public static Arbitrary<Groups> Groups() => Draw.Of(
        from groups in Gen.Choose(1, 4)
        from rewards in Gen.ArrayOf(Draw.Real(-5, 5), groups * 3)
        select new Groups(rewards),
        x => x.Rewards.Length > 0 && x.Rewards.Length % 3 == 0,
        x => Enumerable.Range(0, x.Rewards.Length / 3).Select(i => new Groups([.. x.Rewards[..(i * 3)], .. x.Rewards[((i * 3) + 3)..]])));

    public static Arbitrary<RareSamples> Samples() => Draw.Of(
        from rare in Gen.Choose(1, 1000)
        from more in Gen.Choose(0, 1000)
        from strength in Gen.Choose(1, 500)
        select new RareSamples(rare, rare + more, strength / 100.0),
        x => x.Rare >= 1 && x.All >= x.Rare && x.Strength >= 0.01);
}

/// <summary>Properties of what no peer gives numbers for.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(TokenBatches), typeof(LossInputs) })]
public sealed class LossProperties : TensorProperties
{
    private const double Tolerance = 1e-11;

    [Property]
    public void KTO_on_pairs_takes_the_reference_point_of_each_side_from_the_other(LogProbs policy, LogProbs reference, Positive beta,
        Positive desirable, Positive undesirable)
    {
        using var scope = NewDisposeScope();
        var ratios = policy.Values.Zip(reference.Values, (p, r) => p - r).ToArray();
        var (a, b) = (ratios[..4], ratios[4..]);
        Tensor Half(double[] values, Range range) => Scalars.From(values[range], 4);
        var found = Deviations.Values(KtoLoss.Paired(
            new PairLogProbs(Half(policy.Values, ..4), Half(policy.Values, 4..), Half(reference.Values, ..4), Half(reference.Values, 4..)),
                beta.Value, desirable.Value, undesirable.Value));
        double Logistic(double x) => 1 / (1 + Math.Exp(-beta.Value * x));
        var (ofChosen, ofRejected) = (Math.Max(0, b.Average()), Math.Max(0, a.Average()));
        for (var i = 0; i < 4; i++)
        {
            var expected = ((desirable.Value * (1 - Logistic(a[i] - ofChosen)))
                + (undesirable.Value * (1 - Logistic(ofRejected - b[i])))) / 2;
            found[i].Should().BeApproximately(expected, Tolerance);
        }
    }

    [Property]
    public void Group_advantages_are_centred_in_each_group_and_do_not_see_a_shift_of_it(Groups groups)
    {
        using var scope = NewDisposeScope();
        var rewards = groups.Rewards;
        var found = Deviations.Values(GroupAdvantages.Centred(Scalars.From(rewards, rewards.Length), 3));
        double[] moved = [.. rewards.Select((r, i) => r + (i / 3))];
        var shifted = Deviations.Values(GroupAdvantages.Centred(Scalars.From(moved, rewards.Length), 3));
        foreach (var group in Enumerable.Range(0, rewards.Length / 3))
        {
            var own = rewards[(group * 3)..((group + 1) * 3)];
            for (var i = 0; i < 3; i++)
            {
                found[(group * 3) + i].Should().BeApproximately(own[i] - own.Average(), Tolerance);
                shifted[(group * 3) + i].Should().BeApproximately(found[(group * 3) + i], Tolerance);
            }
        }
    }

    [Property]
    public void Standardised_group_advantages_divide_by_the_sample_deviation_plus_epsilon(Groups groups)
    {
        using var scope = NewDisposeScope();
        const double epsilon = 1e-3;
        var rewards = groups.Rewards;
        var found = Deviations.Values(GroupAdvantages.Standardised(Scalars.From(rewards, rewards.Length), 3, epsilon));
        for (var i = 0; i < rewards.Length; i++)
        {
            var own = rewards[(i / 3 * 3)..((i / 3 * 3) + 3)];
            var deviation = Math.Sqrt(own.Sum(r => Math.Pow(r - own.Average(), 2)) / 2);
            found[i].Should().BeApproximately((rewards[i] - own.Average()) / (deviation + epsilon), 1e-9);
        }
    }

    private static double Deviation(double[] values) =>
        Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1));

    [Property]
    public void Group_advantages_scaled_by_the_batch_or_against_the_other_responses_follow_from_the_centred_ones(Groups groups)
    {
        using var scope = NewDisposeScope();
        var rewards = Scalars.From(groups.Rewards, groups.Rewards.Length);
        var centred = Deviations.Values(GroupAdvantages.Centred(rewards, 3));
        var scaled = Deviations.Values(GroupAdvantages.ScaledByBatch(rewards, 3, 1e-3));
        var others = Deviations.Values(GroupAdvantages.LeaveOneOut(rewards, 3));
        var deviation = Deviation(groups.Rewards);
        for (var i = 0; i < centred.Length; i++)
        {
            scaled[i].Should().BeApproximately(centred[i] / (deviation + 1e-3), 1e-9);
            others[i].Should().BeApproximately(centred[i] * 1.5, Tolerance);
        }

        var normalised = Deviations.Values(GroupAdvantages.Normalised(GroupAdvantages.LeaveOneOut(rewards, 3), 1e-3));
        var spread = Deviation(others);
        normalised.Zip(others, (x, y) => Math.Abs(x - ((y - others.Average()) / (spread + 1e-3)))).Max().Should().BeLessThan(1e-9);
    }

    [Property]
    public void The_two_reductions_are_the_mean_of_tokens_and_the_mean_of_row_means(Reals values, CountedTokens mask)
    {
        using var scope = NewDisposeScope();
        var (given, completionMask) = (Scalars.From(values.Values, 2, 4), Scalars.From(mask.Values, 2, 4));
        var sums = Scalars.RowSums(values.Values, mask.Values, 4);
        var counts = Scalars.RowSums(mask.Values, mask.Values, 4);
        Deviations.Values(Masked.Reduce(given, completionMask, LossReduction.TokenLevel))[0]
            .Should().BeApproximately(sums.Sum() / counts.Sum(), Tolerance);
        var ofRows = ((sums[0] / counts[0]) + (sums[1] / counts[1])) / 2;
        Deviations.Values(Masked.Reduce(given, completionMask, LossReduction.SampleLevel))[0].Should().BeApproximately(ofRows, Tolerance);
    }

    [Property]
    public void The_objective_of_a_minibatch_is_the_sum_of_its_losses_and_0_once_the_policy_ran_away(
        LogProbs now, LogProbs old, Reals predicted, Reals oldValues, Reals advantages, Reals returns, CountedTokens mask)
    {
        using var scope = NewDisposeScope();
        static Tensor Of(double[] values) => Scalars.From(values, 2, 4);
        var batch = new PpoBatch
        {
            LogProbs = Of(now.Values),
            OldLogProbs = Of(old.Values),
            Values = Of(predicted.Values),
            OldValues = Of(oldValues.Values),
            Advantages = Of(advantages.Values),
            Returns = Of(returns.Values),
            Mask = Of(mask.Values),
        };
        Tensor Total(double threshold) => PpoObjective.Total(batch, ClipRange.Symmetric(0.2), 0.2, 0.5, threshold);
        var (policy, value) = PpoObjective.Losses(batch, ClipRange.Symmetric(0.2), 0.2, 0.5, 1e6);
        Deviations.Values(Total(1e6))[0]
            .Should().BeApproximately(Deviations.Values(policy)[0] + Deviations.Values(value)[0], Tolerance);
        var ratio = Deviations.Values(PpoObjective.MeanRatio(batch))[0];
        Deviations.Values(Total(ratio * 0.999))[0].Should().Be(0);
        var atTheBound = Deviations.Values(Total(ratio))[0];
        atTheBound.Should().BeApproximately(Deviations.Values(policy + value)[0], Tolerance);
    }

    [Property]
    public void Rare_samples_weigh_as_much_together_as_all_times_the_strength(RareSamples samples)
    {
        var (origin, none) = (new Origin("set", "group", "item"), new Dictionary<string, double>());
        var rows = Enumerable.Range(0, samples.All)
            .Select(row => new RatedReply(origin, [], string.Empty, none, row < samples.Rare ? 0.1 : 0.5)).ToList();
        LossWeights.ByRarity(rows, new ScoreRanges { Low = 0.2, High = 0.9 }, samples.Strength).Take(samples.Rare).Sum(row => row.Weight)
            .Should().BeApproximately(samples.Strength * samples.All, 1e-6);
    }
}
