using FsCheck.Xunit;
using Repro.Core.Adaptive;
using Repro.Core.Rewards;
using Repro.Experiments.Adr.Identities;
using Repro.Tests.Properties.Shared;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Rewards;

/// <summary>Properties of reward signals that no peer gives numbers for.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(TokenBatches) })]
public sealed class RewardProperties : TensorProperties
{
    private const double Tolerance = 1e-9;

    [Property]
    public void The_rewards_of_a_head_are_its_outputs_on_counted_tokens_and_0_elsewhere(Reals outputs, CountedTokens mask)
    {
        using var scope = NewDisposeScope();
        double[] spoiled = [.. outputs.Values.Select((value, i) => mask.Values[i] == 1 ? value : double.NaN)];
        var leaf = Scalars.From(spoiled, 2, 4).detach().requires_grad_();
        var rewards = DenseRewards.FromHead(leaf, Scalars.From(mask.Values, 2, 4));
        rewards.requires_grad.Should().BeFalse("rewards carry no gradient");
        Deviations.Values(rewards).Should().Equal(outputs.Values.Select((value, i) => mask.Values[i] == 1 ? value : 0));
    }

    [Property]
    public void A_raw_combination_is_linear_and_its_ends_are_the_signals(Reals preference, Reals absolute, Share weight)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (Scalars.From(preference.Values, 8), Scalars.From(absolute.Values, 8));
        Deviations.Values(RewardCombination.Raw(first, second, 1)).Should().Equal(preference.Values);
        Deviations.Values(RewardCombination.Raw(first, second, 0)).Should().Equal(absolute.Values);
        var found = Deviations.Values(RewardCombination.Raw(first, second, weight.Value));
        for (var i = 0; i < found.Length; i++)
        {
            found[i].Should().BeApproximately((weight.Value * preference.Values[i]) + ((1 - weight.Value) * absolute.Values[i]), Tolerance);
        }
    }
}
