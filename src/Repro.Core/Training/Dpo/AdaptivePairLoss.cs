using System.Text.Json.Nodes;
using Repro.Core.Adaptive;
using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>
/// ADPO (ADR Eq. 15): any loss of pairs that has a reference, under adaptive token masks. It chooses the tokens; the equation itself, in
/// both of its readings, is
/// <see cref="AdaptiveLoss"/>.
/// </summary>
/// <remarks>
/// Token rewards are the implicit ones, beta * (log policy - log reference), taken without gradient, or those of a reward model. The
/// preferred response keeps what lies above the baseline, the rejected one what does not. With masks of ones both readings are the plain
/// loss bit for bit.
/// </remarks>
public sealed class AdaptivePairLoss : IPairLoss, IStateful
{
    private readonly IPairLoss _plain;
    private readonly AdaptiveDpoReading _reading;
    private readonly Func<PairTokens, (Tensor Chosen, Tensor Rejected)> _masks;
    private readonly AdaptiveTokens? _tokens;

    /// <summary>Chooses tokens by their rewards.</summary>
    /// <param name="plain">The loss of a pair.</param>
    /// <param name="reading">What the masks do.</param>
    /// <param name="tokens">How tokens are chosen.</param>
    /// <exception cref="ReproException">Token rewards of that source are not there for pairs.</exception>
    public AdaptivePairLoss(IPairLoss plain, AdaptiveDpoReading reading, AdaptiveTokens tokens)
        : this(plain, reading, pair => ByReward(pair, tokens))
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = tokens;
        if (tokens.Settings.Rewards == TokenRewardSource.TemporalDifference)
        {
            throw new ReproException("adaptive.tokens.rewards: pairs have no values, so no temporal-difference errors.");
        }
    }

    internal AdaptivePairLoss(IPairLoss plain, AdaptiveDpoReading reading, Func<PairTokens, (Tensor Chosen, Tensor Rejected)> masks)
    {
        ArgumentNullException.ThrowIfNull(plain);
        if (!plain.NeedsReference)
        {
            throw new ReproException("adaptive: tokens cannot be chosen under a loss.kind without a reference; leave one of them out.");
        }

        (_plain, _reading, _masks) = (plain, reading, masks);
    }

    /// <inheritdoc/>
    public double Beta => _plain.Beta;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => _plain.NeedsWholeBatch || _tokens is not { NeedsWholeBatch: false };

    /// <inheritdoc/>
    public Tensor PerPair(PairTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = _masks(tokens);
        var preferred = new AdaptiveResponses(tokens.PolicyChosen, tokens.ReferenceChosen, tokens.ChosenMask, chosen);
        var other = new AdaptiveResponses(tokens.PolicyRejected, tokens.ReferenceRejected, tokens.RejectedMask, rejected);
        var losses = _reading == AdaptiveDpoReading.Tokens
            ? AdaptiveLoss.DpoTokenLevel(preferred, other, _plain.PerPair)
            : AdaptiveLoss.DpoPairLevel(preferred, other, _plain.PerPair);
        return losses.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public JsonObject StateValues() => _tokens?.StateValues() ?? [];

    /// <inheritdoc/>
    public void RestoreValues(JsonObject? values) => _tokens?.RestoreValues(values);

    // Both sides of the batch together decide on the baseline.
    private static (Tensor Chosen, Tensor Rejected) ByReward(PairTokens pair, AdaptiveTokens tokens)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var pairs = pair.ChosenMask.shape[0];
        var mask = cat([pair.ChosenMask, pair.RejectedMask], 0);
        var rewards = tokens.Settings.Rewards == TokenRewardSource.LogRatio
            ? Implicit(pair, mask, tokens.Settings.Beta)
            : OfModel(pair, mask);
        var preferred = cat([ones_like(pair.ChosenMask), zeros_like(pair.RejectedMask)], 0);
        var kept = tokens.Mask(rewards, mask, preferred);
        return (kept.narrow(0, 0, pairs).MoveToOuterDisposeScope(), kept.narrow(0, pairs, pairs).MoveToOuterDisposeScope());
    }

    private static Tensor Implicit(PairTokens pair, Tensor mask, double beta)
    {
        var policy = cat([pair.PolicyChosen, pair.PolicyRejected], 0).detach();
        var reference = cat([pair.ReferenceChosen, pair.ReferenceRejected], 0).to(policy.dtype);
        return DenseRewards.FromLogRatio(policy, reference, mask, beta);
    }

    private static Tensor OfModel(PairTokens pair, Tensor mask) => pair is { ChosenRewards: { } chosen, RejectedRewards: { } rejected }
        ? DenseRewards.FromHead(cat([chosen, rejected], 0), mask)
        : throw new ReproException("adaptive.tokens.rewards is reward-model, but the pairs came without token rewards.");
}
