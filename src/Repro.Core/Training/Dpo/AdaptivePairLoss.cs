using System.Text.Json.Nodes;
using Repro.Core.Adaptive;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>
/// ADPO (ADR Eq. 15): any loss of pairs under adaptive token masks. At token level the mask stands inside the sums of token log-probabilities (ADR Section 3.2.1
/// and Appendix D); at pair level, as the equation prints it, the loss of a pair is multiplied by the share of its tokens that the masks keep.
/// </summary>
/// <remarks>
/// Token rewards are the implicit ones, beta * (log policy - log reference), taken without gradient, or those of a reward model. The preferred response keeps what
/// lies above the baseline, the rejected one what does not. With masks of ones both readings are the plain loss bit for bit.
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

    /// <summary>The loss of a file: plain, or adaptive where it says so.</summary>
    internal static IPairLoss Of(DpoLossSettings loss, AdaptiveDpoSettings? adaptive)
    {
        var plain = new DpoPairLoss(loss);
        return adaptive is null ? plain : new AdaptivePairLoss(plain, adaptive.Reading, new AdaptiveTokens(adaptive.Tokens));
    }

    internal AdaptivePairLoss(IPairLoss plain, AdaptiveDpoReading reading, Func<PairTokens, (Tensor Chosen, Tensor Rejected)> masks)
    {
        ArgumentNullException.ThrowIfNull(plain);
        (_plain, _reading, _masks) = (plain, reading, masks);
    }

    /// <inheritdoc/>
    public double Beta => _plain.Beta;

    /// <inheritdoc/>
    public bool NeedsWholeBatch => true;

    /// <inheritdoc/>
    public Tensor PerPair(PairTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        using var scope = NewDisposeScope();
        var (chosen, rejected) = _masks(tokens);
        var (keptChosen, keptRejected) = (tokens.ChosenMask.logical_and(chosen), tokens.RejectedMask.logical_and(rejected));
        if (_reading == AdaptiveDpoReading.Tokens)
        {
            return _plain.PerPair(tokens with { ChosenMask = keptChosen, RejectedMask = keptRejected }).MoveToOuterDisposeScope();
        }

        var losses = _plain.PerPair(tokens);
        Tensor Count(Tensor mask) => mask.sum([1], type: losses.dtype);
        var share = (Count(keptChosen) + Count(keptRejected)) / (Count(tokens.ChosenMask) + Count(tokens.RejectedMask));
        return (losses * share).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public JsonObject StateValues() => _tokens?.StateValues() ?? [];

    /// <inheritdoc/>
    public void RestoreValues(JsonObject? values) => _tokens?.RestoreValues(values);

    // Both sides of the batch together decide on the baseline.
    private static (Tensor Chosen, Tensor Rejected) ByReward(PairTokens pair, AdaptiveTokens tokens)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var pairs = pair.ChosenMask.shape[0];
        var mask = cat([pair.ChosenMask, pair.RejectedMask], 0);
        var rewards = tokens.Settings.Rewards == TokenRewardSource.LogRatio ? Implicit(pair, mask, tokens.Settings.Beta) : OfModel(pair, mask);
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
