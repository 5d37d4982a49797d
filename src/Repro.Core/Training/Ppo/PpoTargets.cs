using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>What a step aims at on a batch of responses; tensors of shape [batch, response] without gradient.</summary>
public sealed class PpoTargets : IDisposable
{
    private PpoTargets()
    {
    }

    /// <summary>The KL penalty of each token, before the coefficient.</summary>
    public required Tensor Penalties { get; init; }

    /// <summary>Token rewards: -coefficient * penalty, and the score at the last token of the response.</summary>
    public required Tensor Rewards { get; init; }

    /// <summary>The part of the rewards that is not the score.</summary>
    public required Tensor PenaltyRewards { get; init; }

    /// <summary>Advantages as they go into the loss, whitened if the settings say so; 0 at padding.</summary>
    public required Tensor Advantages { get; init; }

    /// <summary>Targets of the values: advantages before whitening plus values; null without a value head.</summary>
    public Tensor? Returns { get; init; }

    /// <summary>Which tokens the loss counts: those of responses, unless cut ones are left out.</summary>
    public required Tensor Mask { get; init; }

    /// <summary>Share of the groups whose responses all have the same reward, so that they train nothing; null where responses are not
    /// compared in groups.</summary>
    internal double? EqualGroups { get; init; }

    /// <summary>The targets of PPO: generalised advantages of token rewards and values.</summary>
    /// <param name="batch">Responses with values.</param>
    /// <param name="scores">One a response, clipped already.</param>
    /// <param name="coefficient">Of the KL penalty.</param>
    /// <param name="settings">The numbers of PPO.</param>
    /// <exception cref="ReproException">A number is not finite, or the batch has fewer than two response tokens to whiten.</exception>
    public static PpoTargets Compute(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient, PpoSettings settings)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(settings);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var mask = batch.Tokens.Mask;
        var values = batch.Values ?? throw new ArgumentException("PPO needs values.", nameof(batch));
        var penalties = settings.Kl.Penalty == KlPenalty.Full
            ? batch.FullKl!.alias()
            : KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, settings.Kl.Penalty);
        var (rewards, penaltyRewards) = PenalisedRewards.Compute(Vector(scores, penalties), penalties, mask, coefficient);
        if (settings.WhitenRewards)
        {
            rewards = Masked.Whiten(rewards, mask, mean: WhitenedMean.Kept);
        }

        var (advantages, returns) = GeneralizedAdvantage.Estimate(values, rewards, mask, settings.Gamma, settings.Lambda);
        if (settings.WhitenAdvantages)
        {
            advantages = Masked.Whiten(advantages, mask);
        }

        return new PpoTargets
        {
            Penalties = penalties.DetachFromDisposeScope(),
            Rewards = rewards.DetachFromDisposeScope(),
            PenaltyRewards = penaltyRewards.DetachFromDisposeScope(),
            Advantages = advantages.DetachFromDisposeScope(),
            Returns = returns.DetachFromDisposeScope(),
            Mask = mask.alias().DetachFromDisposeScope(),
        };
    }

    /// <summary>The targets of GRPO: the reward of a response is its score; each of its tokens gets its advantage.</summary>
    /// <param name="batch">Responses; those to one prompt are adjacent.</param>
    /// <param name="scores">One a response, clipped already.</param>
    /// <param name="settings">The numbers of GRPO.</param>
    /// <exception cref="ReproException">A number is not finite, or responses are missing in a group.</exception>
    public static PpoTargets Compute(RolloutBatch batch, IReadOnlyList<double> scores, GrpoSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return OfGroups(batch, scores, settings, KlPenalty.LowVariance, 0, rewards => settings.ScaleRewards switch
        {
            RewardScale.Group => GroupAdvantages.Standardised(rewards, settings.NumGenerations),
            RewardScale.Batch => GroupAdvantages.ScaledByBatch(rewards, settings.NumGenerations),
            _ => GroupAdvantages.Centred(rewards, settings.NumGenerations),
        });
    }

    /// <summary>The targets of RLOO: the reward of a response is its score less beta times the summed log-ratio to the reference.</summary>
    /// <param name="batch">Responses; those to one prompt are adjacent.</param>
    /// <param name="scores">One a response, clipped already.</param>
    /// <param name="settings">The numbers of RLOO.</param>
    /// <exception cref="ReproException">A number is not finite, or responses are missing in a group.</exception>
    public static PpoTargets Compute(RolloutBatch batch, IReadOnlyList<double> scores, RlooSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return OfGroups(batch, scores, settings, KlPenalty.LogRatio, settings.Beta, rewards => settings.NormalizeAdvantages
            ? GroupAdvantages.Normalised(GroupAdvantages.LeaveOneOut(rewards, settings.NumGenerations))
            : GroupAdvantages.LeaveOneOut(rewards, settings.NumGenerations));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var own in new[] { Penalties, Rewards, PenaltyRewards, Advantages, Returns, Mask })
        {
            own?.Dispose();
        }
    }

    private static PpoTargets OfGroups(
        RolloutBatch batch,
        IReadOnlyList<double> scores,
        GroupSettings settings,
        KlPenalty penalty,
        double coefficient,
        Func<Tensor, Tensor> advantagesOf)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var tokens = batch.Tokens.Mask;
        var ended = tensor([.. batch.Rollouts.Select(rollout => rollout.Ended)], [batch.Rollouts.Count, 1], device: tokens.device);
        var mask = settings.MaskTruncatedCompletions ? tokens.logical_and(ended) : tokens.alias();
        var penalties = Masked.Clean(KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, penalty), mask);
        var (rewards, penaltyRewards) = PenalisedRewards.Compute(Vector(scores, penalties), penalties, tokens, coefficient);
        // Double precision: a reward is a number of a whole response, and scores far from 0 would lose the small differences in a group.
        var ofResponses = tensor([.. scores], [scores.Count], ScalarType.Float64, tokens.device)
            + Masked.SumPerRow(penaltyRewards.to(ScalarType.Float64), tokens);
        var advantages = advantagesOf(ofResponses).to(penalties.dtype).unsqueeze(1).expand(tokens.shape);
        var groups = ofResponses.reshape(-1, settings.NumGenerations);
        return new PpoTargets
        {
            Penalties = penalties.DetachFromDisposeScope(),
            Rewards = rewards.DetachFromDisposeScope(),
            PenaltyRewards = penaltyRewards.DetachFromDisposeScope(),
            Advantages = Masked.Clean(advantages, tokens).DetachFromDisposeScope(),
            Mask = mask.DetachFromDisposeScope(),
            EqualGroups = groups.eq(groups.narrow(1, 0, 1)).all(1).to(ScalarType.Float64).mean().item<double>(),
        };
    }

    private static Tensor Vector(IReadOnlyList<double> scores, Tensor like) =>
        tensor([.. scores], [scores.Count], dtype: like.dtype, device: like.device);
}
