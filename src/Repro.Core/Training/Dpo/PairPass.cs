using Repro.Core.Data.Collation;
using Repro.Core.Models;
using Repro.Core.Models.Heads;
using Repro.Core.Training.Shared;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>Takes preference pairs through policy and reference, for offline and online DPO alike.</summary>
/// <param name="model">The policy.</param>
/// <param name="reference">What it is tied to.</param>
/// <param name="loss">The loss of a pair.</param>
/// <param name="memory">How much memory tables over the vocabulary may take.</param>
/// <param name="sharePrompts">Whether a prompt may go through the model once for both responses, where that is less work.</param>
/// <param name="tokenRewards">Scores after every token, for losses that ask for token rewards; null where none does.</param>
public sealed class PairPass(
    TrainedModel model, ReferencePolicy reference, IPairLoss loss, HeadMemory? memory = null, bool sharePrompts = true, IRewardModel? tokenRewards = null)
{
    private readonly HeadMemory _memory = memory ?? new HeadMemory();

    /// <summary>Adds the gradients of sum(losses) / divisor.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="divisor">Usually the number of pairs of the whole batch.</param>
    /// <param name="known">Log-probabilities under the reference where they are known; null to compute them.</param>
    /// <returns>Numbers of each pair.</returns>
    public PairOutcome Backward(IReadOnlyList<TokenPair> pairs, double divisor, IReadOnlyList<ReferenceLogProbs>? known = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var scope = NewDisposeScope();
        var batch = PairBatch.Of(pairs, model.Language.Config, sharePrompts, model.Language.Device);
        var (frozen, rewards) = (Reference(batch, known), Rewards(batch, pairs));
        PairOutcome? outcome = null;
        var head = new HeadLogProbs(model.Language, _memory);
        model.Backward(batch.Ids, batch.Mask, hidden => head.Backward(hidden, batch.Ids, batch.Learnt, logProbs =>
        {
            var tokens = Tokens(batch, logProbs, frozen, rewards);
            var losses = loss.PerPair(tokens);
            outcome = Outcome(tokens, losses);
            return losses.sum().div(divisor);
        }), batch.Positions, batch.First);
        return outcome!;
    }

    /// <summary>The numbers of pairs, without gradients.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="known">Log-probabilities under the reference where they are known; null to compute them.</param>
    public PairOutcome Evaluate(IReadOnlyList<TokenPair> pairs, IReadOnlyList<ReferenceLogProbs>? known = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        using var mode = new EvaluationMode(model.Language);
        var batch = PairBatch.Of(pairs, model.Language.Config, sharePrompts, model.Language.Device);
        var hidden = model.Language.Hidden(batch.Ids, batch.Mask, batch.Positions, first: batch.First);
        var tokens = Tokens(batch, new HeadLogProbs(model.Language, _memory).Of(hidden, batch.Ids, batch.Learnt), Reference(batch, known), Rewards(batch, pairs));
        return Outcome(tokens, loss.PerPair(tokens));
    }

    /// <summary>Log-probabilities under the reference, to keep.</summary>
    /// <param name="pairs">At least one.</param>
    public IReadOnlyList<ReferenceLogProbs> Known(IReadOnlyList<TokenPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var scope = NewDisposeScope();
        var batch = PairBatch.Of(pairs, model.Language.Config, share: false, model.Language.Device);
        var (chosen, rejected) = batch.Unplace(reference.LogProbs(batch, _memory));
        return [.. chosen.Zip(rejected, (first, second) => new ReferenceLogProbs(first, second))];
    }

    private static PairTokens Tokens(PairBatch batch, Tensor policy, Tensor frozen, Tensor? rewards)
    {
        var (chosen, rejected) = batch.Sides(policy);
        var (frozenChosen, frozenRejected) = batch.Sides(frozen);
        var (chosenRewards, rejectedRewards) = rewards is null ? ((Tensor?)null, (Tensor?)null) : batch.Sides(rewards);
        return new PairTokens(chosen, rejected, frozenChosen, frozenRejected, batch.ChosenMask, batch.RejectedMask)
        {
            ChosenRewards = chosenRewards,
            RejectedRewards = rejectedRewards,
        };
    }

    private static PairOutcome Outcome(PairTokens tokens, Tensor losses)
    {
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        var sums = tokens.Sums();
        var all = stack([losses.detach(), sums.PolicyChosen.detach(), sums.PolicyRejected.detach(), sums.ReferenceChosen, sums.ReferenceRejected], 0).to(ScalarType.Float64).cpu();
        double[] Line(int index) => all[index].contiguous().data<double>().ToArray();
        return new PairOutcome(Line(0), Line(1), Line(2), Line(3), Line(4));
    }

    // The reward model reads each text by itself, whatever form the policy's batch has.
    private Tensor? Rewards(PairBatch batch, IReadOnlyList<TokenPair> pairs)
    {
        if (tokenRewards is null)
        {
            return null;
        }

        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var texts = PaddedBatch.Of([.. pairs.Select(pair => pair.Chosen.Ids), .. pairs.Select(pair => pair.Rejected.Ids)], new PaddingSettings(0));
        var scores = tokenRewards.ScoreTokens(texts.IdTensor(model.Language.Device), texts.MaskTensor(model.Language.Device)).to(ScalarType.Float64).cpu().contiguous();
        var rows = texts.Unpad<double>(scores.data<double>().ToArray());
        return batch.Place(rows[..pairs.Count], rows[pairs.Count..], HeadChunk.Wide(model.Language.Dtype)).MoveToOuterDisposeScope();
    }

    private Tensor Reference(PairBatch batch, IReadOnlyList<ReferenceLogProbs>? known) => known is null
        ? reference.LogProbs(batch, _memory)
        : batch.Place([.. known.Select(pair => pair.Chosen)], [.. known.Select(pair => pair.Rejected)], HeadChunk.Wide(model.Language.Dtype));
}
