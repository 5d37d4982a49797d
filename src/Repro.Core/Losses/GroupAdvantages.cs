using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Advantages of several responses to one prompt against each other (GRPO). No gradient is recorded.</summary>
public static class GroupAdvantages
{
    /// <summary>(r - group mean) / (group standard deviation + epsilon), the deviation with divisor n - 1. Equal rewards give 0.</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt stand together.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <param name="epsilon">Added to the deviation, above 0.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2 or epsilon not above 0.</exception>
    public static Tensor Standardised(Tensor rewards, int groupSize, double epsilon = 1e-4)
    {
        Guard.Positive(epsilon, nameof(epsilon));
        using var scope = NewDisposeScope();
        var centred = Centre(rewards, groupSize);
        var deviation = (centred.square().sum([1], keepdim: true) / (groupSize - 1)).sqrt();
        return (centred / (deviation + epsilon)).reshape(-1).MoveToOuterDisposeScope();
    }

    /// <summary>r - group mean, without the division that favours easy and hard prompts.</summary>
    /// <param name="rewards">Floating point, shape [prompts * groupSize]; the responses of a prompt stand together.</param>
    /// <param name="groupSize">Responses of a prompt, at least 2.</param>
    /// <returns>The shape of the rewards.</returns>
    /// <exception cref="ReproException">The rewards are empty, not finite, or no multiple of the group size.</exception>
    /// <exception cref="ArgumentException">The group size is below 2.</exception>
    public static Tensor Centred(Tensor rewards, int groupSize)
    {
        using var scope = NewDisposeScope();
        return Centre(rewards, groupSize).reshape(-1).MoveToOuterDisposeScope();
    }

    private static Tensor Centre(Tensor rewards, int groupSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(groupSize, 2);
        Guard.Vector(rewards, nameof(rewards));
        if (rewards.shape[0] % groupSize != 0)
        {
            throw new ReproException(Invariant($"rewards hold {rewards.shape[0]} responses; a multiple of the group size {groupSize} was expected."));
        }

        using var quiet = no_grad();
        var groups = rewards.detach().reshape(-1, groupSize);
        return groups - groups.mean([1], keepdim: true);
    }
}
