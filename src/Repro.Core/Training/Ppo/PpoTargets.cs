using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>What PPO aims at on a batch of responses; tensors of shape [batch, response] without gradient.</summary>
public sealed class PpoTargets : IDisposable
{
    private PpoTargets(Tensor penalties, Tensor rewards, Tensor penaltyRewards, Tensor advantages, Tensor returns)
    {
        (Penalties, Rewards, PenaltyRewards, Advantages, Returns) = (penalties, rewards, penaltyRewards, advantages, returns);
    }

    /// <summary>The KL penalty of each token, before the coefficient.</summary>
    public Tensor Penalties { get; }

    /// <summary>Token rewards: -coefficient * penalty, and the score at the last token of the response.</summary>
    public Tensor Rewards { get; }

    /// <summary>The part of the rewards that is not the score.</summary>
    public Tensor PenaltyRewards { get; }

    /// <summary>Advantages as they go into the loss, whitened if the settings say so; 0 at padding.</summary>
    public Tensor Advantages { get; }

    /// <summary>Targets of the values: advantages before whitening plus values.</summary>
    public Tensor Returns { get; }

    /// <summary>Computes the targets.</summary>
    /// <param name="batch">Responses with values.</param>
    /// <param name="scores">One a response, clipped already.</param>
    /// <param name="coefficient">Of the KL penalty.</param>
    /// <param name="settings">The numbers of PPO.</param>
    /// <exception cref="ReproException">A number is not finite, or the batch has fewer than two response tokens to whiten.</exception>
    public static PpoTargets Of(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient, PpoTrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(settings);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var mask = batch.Tokens.Mask;
        var values = batch.Values ?? throw new ArgumentException("PPO needs values.", nameof(batch));
        var penalties = Penalty(batch, settings.Kl.Penalty);
        var given = tensor([.. scores], [scores.Count], dtype: penalties.dtype, device: penalties.device);
        var (rewards, penaltyRewards) = PenalisedRewards.Compute(given, penalties, mask, coefficient);
        if (settings.WhitenRewards)
        {
            rewards = Masked.Whiten(rewards, mask, mean: WhitenedMean.Kept);
        }

        var (advantages, returns) = GeneralizedAdvantage.Estimate(values, rewards, mask, settings.Gamma, settings.Lambda);
        if (settings.WhitenAdvantages)
        {
            advantages = Masked.Whiten(advantages, mask);
        }

        Tensor Owned(Tensor made) => made.DetachFromDisposeScope();
        return new PpoTargets(Owned(penalties), Owned(rewards), Owned(penaltyRewards), Owned(advantages), Owned(returns));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var own in new[] { Penalties, Rewards, PenaltyRewards, Advantages, Returns })
        {
            own.Dispose();
        }
    }

    private static Tensor Penalty(RolloutBatch batch, KlPenaltyKind kind) => kind switch
    {
        KlPenaltyKind.LogRatio => KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.LogRatio),
        KlPenaltyKind.Absolute => KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.Absolute),
        KlPenaltyKind.HalfSquare => KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.HalfSquare),
        KlPenaltyKind.LowVariance => KlDivergence.Estimate(batch.LogProbs, batch.ReferenceLogProbs, KlPenalty.LowVariance),
        KlPenaltyKind.Full => batch.FullKl!.alias(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a penalty."),
    };
}

/// <summary>Picks rows of a batch with all that belongs to them.</summary>
internal sealed class PpoRows(RolloutBatch batch, PpoTargets targets, Tensor? adaptiveMask)
{
    internal long TokensOf(IReadOnlyList<int> rows) => rows.Sum(row => (long)batch.Rollouts[row].Response.Count);

    internal RolloutTokens Layout(IReadOnlyList<int> rows, long pad, Device device) => RolloutTokens.Of([.. rows.Select(row => batch.Rollouts[row])], pad, device);

    internal Tensor? Kept(IReadOnlyList<int> rows) => batch.Kept is null ? null : batch.Tokens.Pick(batch.Kept, rows);

    /// <summary>What was read now, beside what was read at sampling time.</summary>
    internal PpoRead Read(IReadOnlyList<int> rows, Tensor logProbs, Tensor values)
    {
        Tensor Row(Tensor flat) => flat.unsqueeze(0);
        Tensor Old(Tensor spread) => Row(batch.Tokens.Flat(spread, rows));
        return new PpoRead(
            Row(logProbs),
            Row(values),
            Old(batch.LogProbs),
            Old(batch.Values!),
            Old(targets.Advantages),
            Old(targets.Returns),
            adaptiveMask is null ? null : Old(adaptiveMask));
    }
}
