using Repro.Core.Rewards;
using Repro.Experiments.Adr;
using Repro.Tests.Properties.Identities;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Rewards;

/// <summary>Properties of reward signals that no peer gives numbers for.</summary>
public sealed class RewardProperties
{
    private const double Tolerance = 1e-9;

    [Fact]
    public void The_rewards_of_a_head_are_its_outputs_on_counted_tokens_and_0_elsewhere() =>
        Check.That("DenseRewards.FromHead", Identity.Parts((8, Identity.Real(5)), (8, Identity.Bit)), x =>
        {
            using var scope = NewDisposeScope();
            var mask = Identity.NotEmpty(x[1], 4);
            double[] spoiled = [.. x[0].Select((value, i) => mask[i] == 1 ? value : double.NaN)];
            var leaf = Scalars.Of(spoiled, 2, 4).detach().requires_grad_();
            var rewards = DenseRewards.FromHead(leaf, Scalars.Of(mask, 2, 4));
            rewards.requires_grad.Should().BeFalse("rewards carry no gradient");
            Deviations.Values(rewards).Should().Equal(x[0].Select((value, i) => mask[i] == 1 ? value : 0));
        });

    [Fact]
    public void A_raw_combination_is_linear_and_its_ends_are_the_signals() =>
        Check.That("RewardCombination.Raw", Identity.Parts((5, Identity.Real(5)), (5, Identity.Real(5)), (1, Identity.Real(1))), x =>
        {
            using var scope = NewDisposeScope();
            var (preference, absolute, weight) = (Scalars.Of(x[0], 5), Scalars.Of(x[1], 5), Math.Abs(x[2][0]));
            Deviations.Values(RewardCombination.Raw(preference, absolute, 1)).Should().Equal(x[0]);
            Deviations.Values(RewardCombination.Raw(preference, absolute, 0)).Should().Equal(x[1]);
            var found = Deviations.Values(RewardCombination.Raw(preference, absolute, weight));
            for (var i = 0; i < found.Length; i++)
            {
                found[i].Should().BeApproximately((weight * x[0][i]) + ((1 - weight) * x[1][i]), Tolerance);
            }
        });

    [Fact]
    public void A_standardised_combination_does_not_see_scale_and_shift_of_a_signal() =>
        Check.That("RewardCombination.Standardised", Identity.Parts((5, Identity.Real(5)), (5, Identity.Real(5)), (1, Identity.Real(1)), (2, Identity.Real(4))), x =>
        {
            using var scope = NewDisposeScope();
            var (scale, shift, weight) = (1 + Math.Abs(x[3][0]), x[3][1], Math.Abs(x[2][0]));
            var absolute = Scalars.Of(x[1], 5);
            double[] Combined(double[] preference) => Deviations.Values(RewardCombination.Standardised(Scalars.Of(preference, 5), absolute, weight));
            var (found, moved) = (Combined(x[0]), Combined([.. x[0].Select(r => (scale * r) + shift)]));

            // A spread near 0 is not scaled to 1: the term that keeps a constant signal at 0 weighs in.
            if (x[0].Max() - x[0].Min() > 0.1)
            {
                found.Zip(moved).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-5);
            }

            found.Sum().Should().BeApproximately(0, 1e-6, "both parts have mean 0");
        });
}
