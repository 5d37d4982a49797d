using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Losses;
using Repro.Experiments.Adr;
using Repro.Tests.Properties.Identities;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Losses;

/// <summary>Properties of what no peer gives numbers for.</summary>
public sealed class LossProperties
{
    private const double Tolerance = 1e-11;

    private static Arbitrary<double[]> Groups => Arb.From(
        from groups in Gen.Choose(1, 4)
        from values in Gen.ArrayOf(Identity.Real(5), groups * 3)
        select values);

    [Fact]
    public void Group_advantages_are_centred_in_each_group_and_do_not_see_a_shift_of_it() =>
        Check.That("GroupAdvantages.Centred", Groups, rewards =>
        {
            using var scope = NewDisposeScope();
            var found = Deviations.Values(GroupAdvantages.Centred(Scalars.Of(rewards, rewards.Length), 3));
            var shifted = Deviations.Values(GroupAdvantages.Centred(Scalars.Of([.. rewards.Select((r, i) => r + (i / 3))], rewards.Length), 3));
            foreach (var group in Enumerable.Range(0, rewards.Length / 3))
            {
                var own = rewards[(group * 3)..((group + 1) * 3)];
                for (var i = 0; i < 3; i++)
                {
                    found[(group * 3) + i].Should().BeApproximately(own[i] - own.Average(), Tolerance);
                    shifted[(group * 3) + i].Should().BeApproximately(found[(group * 3) + i], Tolerance);
                }
            }
        });

    [Fact]
    public void Standardised_group_advantages_divide_by_the_sample_deviation_plus_epsilon() =>
        Check.That("GroupAdvantages.Standardised", Groups, rewards =>
        {
            using var scope = NewDisposeScope();
            const double epsilon = 1e-3;
            var found = Deviations.Values(GroupAdvantages.Standardised(Scalars.Of(rewards, rewards.Length), 3, epsilon));
            for (var i = 0; i < rewards.Length; i++)
            {
                var own = rewards[(i / 3 * 3)..((i / 3 * 3) + 3)];
                var deviation = Math.Sqrt(own.Sum(r => Math.Pow(r - own.Average(), 2)) / 2);
                found[i].Should().BeApproximately((rewards[i] - own.Average()) / (deviation + epsilon), 1e-9);
            }
        });

    [Fact]
    public void The_two_reductions_are_the_mean_of_tokens_and_the_mean_of_row_means() =>
        Check.That("Masked.Reduce", Identity.Parts((8, Identity.Real(5)), (8, Identity.Bit)), x =>
        {
            using var scope = NewDisposeScope();
            var mask = Identity.NotEmpty(x[1], 4);
            var (values, counted) = (Scalars.Of(x[0], 2, 4), Scalars.Of(mask, 2, 4));
            var sums = Scalars.RowSums(x[0], mask, 4);
            var counts = Scalars.RowSums(mask, mask, 4);
            Deviations.Values(Masked.Reduce(values, counted, LossReduction.TokenLevel))[0].Should().BeApproximately(sums.Sum() / counts.Sum(), Tolerance);
            Deviations.Values(Masked.Reduce(values, counted, LossReduction.SampleLevel))[0].Should().BeApproximately(((sums[0] / counts[0]) + (sums[1] / counts[1])) / 2, Tolerance);
        });

    [Fact]
    public void The_objective_of_a_minibatch_is_the_sum_of_its_losses_and_0_once_the_policy_ran_away() =>
        Check.That(
            "PpoObjective.Total",
            Identity.Parts((8, Identity.LogProb(2)), (8, Identity.LogProb(2)), (8, Identity.Real(2)), (8, Identity.Real(2)), (8, Identity.Real(2)), (8, Identity.Real(2)), (8, Identity.Bit)),
            x =>
            {
                using var scope = NewDisposeScope();
                Tensor Shaped(int i) => Scalars.Of(x[i], 2, 4);
                var batch = new PpoBatch(Shaped(0), Shaped(1), Shaped(2), Shaped(3), Shaped(4), Shaped(5), Scalars.Of(Identity.NotEmpty(x[6], 4), 2, 4));
                var open = new PpoSettings(0.2, 0.2, 0.5, 1e6);
                var (policy, value) = PpoObjective.Losses(batch, open);
                Deviations.Values(PpoObjective.Total(batch, open))[0].Should().BeApproximately(Deviations.Values(policy)[0] + Deviations.Values(value)[0], Tolerance);
                var ratio = Deviations.Values(PpoObjective.MeanRatio(batch))[0];
                Deviations.Values(PpoObjective.Total(batch, open with { RatioThreshold = ratio * 0.999 }))[0].Should().Be(0);
                Deviations.Values(PpoObjective.Total(batch, open with { RatioThreshold = ratio }))[0].Should().BeApproximately(Deviations.Values(policy + value)[0], Tolerance);
            });

    [Fact]
    public void Rare_samples_weigh_as_much_together_as_all_times_the_strength() =>
        Check.That(
            "SampleWeights.InverseFrequency",
            from rare in Gen.Choose(1, 1000)
            from more in Gen.Choose(0, 1000)
            from strength in Gen.Choose(1, 500)
            select (rare, All: rare + more, Strength: strength / 100.0),
            input => (SampleWeights.InverseFrequency(input.Strength, input.All, input.rare) * input.rare).Should().BeApproximately(input.Strength * input.All, 1e-6));
}
