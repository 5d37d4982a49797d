using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>
/// Takes preference pairs through policy and reference, for offline and online DPO alike. A training step reads
/// <c>forward = Forward(pairs)</c>, <c>loss = f(forward.Tokens)</c>, <c>forward.Backward(loss)</c>.
/// </summary>
/// <param name="policies">The policy and, where the loss needs one, the reference.</param>
/// <param name="loss">The loss of a pair.</param>
/// <param name="memory">How much memory tables over the vocabulary may take.</param>
/// <param name="sharePrompts">Whether a prompt may go through the model once for both responses, where that is less work.</param>
/// <param name="tokenRewards">Scores after every token, for losses that ask for token rewards; null where none does.</param>
public sealed class PairPass(
    PolicyPair policies, IPairLoss loss, HeadMemory? memory = null, bool sharePrompts = true, IRewardModel? tokenRewards = null)
{
    private readonly HeadMemory _memory = memory ?? new HeadMemory();

    private LanguageModel Model => policies.Policy.Language;

    /// <summary>The forward pass of a training step. Its tensors belong to the current scope.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="reference">Log-probabilities under the reference where they were precomputed; null to compute them.</param>
    /// <returns>Token log-probabilities under policy and reference, and how to take a gradient back.</returns>
    public PairForward Forward(IReadOnlyList<TokenPair> pairs, IReadOnlyList<ReferenceLogProbs>? reference = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        var batch = Batch(pairs, sharePrompts);
        var (referenceLogProbs, rewards) = (Reference(batch, reference), Rewards(batch, pairs));
        var model = policies.Policy.Forward(batch.Ids, batch.Mask, batch.Positions, batch.First);
        var head = new HeadLogProbs(Model, _memory).Forward(model.Hidden, batch.Ids, batch.CompletionMask);
        return new PairForward(Tokens(batch, head.LogProbs, referenceLogProbs, rewards), model, head);
    }

    /// <summary>The numbers of pairs, without gradients.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="reference">Log-probabilities under the reference where they were precomputed; null to compute them.</param>
    public PairMetrics Evaluate(IReadOnlyList<TokenPair> pairs, IReadOnlyList<ReferenceLogProbs>? reference = null)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var batch = Batch(pairs, sharePrompts);
        var policy = policies.PolicyLogProbs(batch, _memory);
        var tokens = Tokens(batch, policy, Reference(batch, reference), Rewards(batch, pairs));
        return PairMetrics.Read(loss, tokens, loss.PerPair(tokens));
    }

    /// <summary>Log-probabilities under the reference, to keep.</summary>
    /// <param name="pairs">At least one.</param>
    public IReadOnlyList<ReferenceLogProbs> PrecomputeReference(IReadOnlyList<TokenPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var scope = NewDisposeScope();
        var batch = Batch(pairs, share: false);
        var (chosen, rejected) = batch.Gather(policies.ReferenceLogProbs(batch, _memory));
        return [.. chosen.Zip(rejected, (first, second) => new ReferenceLogProbs(first, second))];
    }

    private PairBatch Batch(IReadOnlyList<TokenPair> pairs, bool share) => PairBatch.Collate(pairs, Model.Config, share, Model.Device);

    // Without a reference its log-probabilities are 0, so that the implicit rewards are those of the policy alone.
    private static PairTokens Tokens(PairBatch batch, Tensor policy, Tensor? reference, Tensor? rewards)
    {
        var (chosen, rejected) = batch.Sides(policy);
        var (referenceChosen, referenceRejected) = batch.Sides(reference ?? policy.detach().zeros_like());
        var (chosenRewards, rejectedRewards) = rewards is null ? ((Tensor?)null, (Tensor?)null) : batch.Sides(rewards);
        return new PairTokens(chosen, rejected, referenceChosen, referenceRejected, batch.ChosenMask, batch.RejectedMask)
        {
            ChosenRewards = chosenRewards,
            RejectedRewards = rejectedRewards,
        };
    }

    private Tensor? Reference(PairBatch batch, IReadOnlyList<ReferenceLogProbs>? precomputed)
    {
        if (!loss.NeedsReference)
        {
            return null;
        }

        return precomputed is null
            ? policies.ReferenceLogProbs(batch, _memory)
            : batch.Scatter(
                [.. precomputed.Select(pair => pair.Chosen)], [.. precomputed.Select(pair => pair.Rejected)], HeadChunk.Wide(Model.Dtype));
    }

    // The reward model reads each text by itself, whatever form the policy's batch has.
    private Tensor? Rewards(PairBatch batch, IReadOnlyList<TokenPair> pairs)
    {
        if (tokenRewards is null)
        {
            return null;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var texts = PaddedBatch.Pad(
            [.. pairs.Select(pair => pair.Chosen.Ids), .. pairs.Select(pair => pair.Rejected.Ids)], new PaddingSettings(0));
        var scores = tokenRewards.ScoreTokens(texts.IdTensor(Model.Device), texts.MaskTensor(Model.Device));
        var rows = texts.Unpad<double>(scores.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray());
        return batch.Scatter(rows[..pairs.Count], rows[pairs.Count..], HeadChunk.Wide(Model.Dtype)).MoveToOuterDisposeScope();
    }
}

/// <summary>The forward pass of preference pairs in a training step.</summary>
public sealed class PairForward
{
    private readonly ForwardPass _model;
    private readonly HeadPass _head;

    internal PairForward(PairTokens tokens, ForwardPass model, HeadPass head) => (Tokens, _model, _head) = (tokens, model, head);

    /// <summary>Token log-probabilities of both sides, [pairs, time - 1]; those of the policy require a gradient.</summary>
    public PairTokens Tokens { get; }

    /// <summary>Adds the gradients of a loss to the policy's parameters: backward of the loss to the log-probabilities, then through the
    /// head to the hidden states, then through the model.</summary>
    /// <param name="loss">A scalar that depends on the policy's log-probabilities in <see cref="Tokens"/>.</param>
    public void Backward(Tensor loss)
    {
        ArgumentNullException.ThrowIfNull(loss);
        loss.backward();
        _head.Backward();
        _model.Backward();
    }
}

/// <summary>What is reported about preference pairs, one number for each pair, taken before any update.</summary>
/// <param name="Losses">The loss.</param>
/// <param name="PolicyChosen">Summed log-probability of the chosen response under the policy.</param>
/// <param name="PolicyRejected">Of the rejected response.</param>
/// <param name="ReferenceChosen">Of the chosen response under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected response.</param>
public sealed record PairMetrics(
    double[] Losses, double[] PolicyChosen, double[] PolicyRejected, double[] ReferenceChosen, double[] ReferenceRejected)
{
    /// <summary>One micro-batch after the other.</summary>
    /// <param name="parts">At least one.</param>
    public static PairMetrics Concat(IReadOnlyList<PairMetrics> parts) => new(
        [.. parts.SelectMany(part => part.Losses)],
        [.. parts.SelectMany(part => part.PolicyChosen)],
        [.. parts.SelectMany(part => part.PolicyRejected)],
        [.. parts.SelectMany(part => part.ReferenceChosen)],
        [.. parts.SelectMany(part => part.ReferenceRejected)]);

    /// <summary>Averages over the pairs. The names are TRL's, but for <c>accuracy</c> (TRL: <c>rewards/accuracies</c>).</summary>
    /// <param name="beta">Factor of the log-ratio in the implicit rewards.</param>
    public Dictionary<string, double> Averages(double beta)
    {
        var chosen = PolicyChosen.Zip(ReferenceChosen, (policy, reference) => beta * (policy - reference)).ToArray();
        var rejected = PolicyRejected.Zip(ReferenceRejected, (policy, reference) => beta * (policy - reference)).ToArray();
        return new Dictionary<string, double>
        {
            ["loss"] = Losses.Average(),
            ["accuracy"] = chosen.Zip(rejected).Average(pair => pair.First > pair.Second ? 1.0 : 0.0),
            ["rewards/chosen"] = chosen.Average(),
            ["rewards/rejected"] = rejected.Average(),
            ["rewards/margins"] = chosen.Zip(rejected).Average(pair => pair.First - pair.Second),
            ["logps/chosen"] = PolicyChosen.Average(),
            ["logps/rejected"] = PolicyRejected.Average(),
        };
    }

    /// <summary>Reads the numbers of a batch from its tensors.</summary>
    internal static PairMetrics Read(IPairLoss loss, PairTokens tokens, Tensor losses)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var sums = loss.Reported(tokens);
        var all = stack(
            [losses.detach(), sums.PolicyChosen.detach(), sums.PolicyRejected.detach(), sums.ReferenceChosen, sums.ReferenceRejected], 0);
        var rows = all.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray().Chunk((int)losses.shape[0]).ToArray();
        return new PairMetrics(rows[0], rows[1], rows[2], rows[3], rows[4]);
    }
}
