using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Training.Optimization;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Dpo;

/// <summary>Takes preference pairs through policy and reference, for offline and online DPO alike.</summary>
/// <param name="policies">The policy and, where the loss needs one, the reference.</param>
/// <param name="loss">The loss of a pair.</param>
/// <param name="memory">How much memory tables over the vocabulary may take.</param>
/// <param name="sharePrompts">Whether a prompt may go through the model once for both responses, where that is less work.</param>
/// <param name="tokenRewards">Scores after every token, for losses that ask for token rewards; null where none does.</param>
public sealed class PairPass(
    PolicyPair policies, IPairLoss loss, HeadMemory? memory = null, bool sharePrompts = true, IRewardModel? tokenRewards = null)
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
        var batch = PairBatch.Of(pairs, policies.Policy.Language.Config, sharePrompts, policies.Policy.Language.Device);
        var (frozen, rewards) = (Reference(batch, known), Rewards(batch, pairs));
        PairOutcome? outcome = null;
        var head = new HeadLogProbs(policies.Policy.Language, _memory);
        policies.Policy.Backward(batch.Ids, batch.Mask, hidden => head.Backward(hidden, batch.Ids, batch.CompletionMask, logProbs =>
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
        var batch = PairBatch.Of(pairs, policies.Policy.Language.Config, sharePrompts, policies.Policy.Language.Device);
        var tokens = Tokens(batch, policies.PolicyLogProbs(batch, _memory), Reference(batch, known), Rewards(batch, pairs));
        return Outcome(tokens, loss.PerPair(tokens));
    }

    /// <summary>Log-probabilities under the reference, to keep.</summary>
    /// <param name="pairs">At least one.</param>
    public IReadOnlyList<ReferenceLogProbs> Known(IReadOnlyList<TokenPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        using var scope = NewDisposeScope();
        var batch = PairBatch.Of(pairs, policies.Policy.Language.Config, share: false, policies.Policy.Language.Device);
        var (chosen, rejected) = batch.Unplace(Reference(batch, null)!);
        return [.. chosen.Zip(rejected, (first, second) => new ReferenceLogProbs(first, second))];
    }

    // Without a reference its log-probabilities are 0, so that the implicit rewards are those of the policy alone.
    private static PairTokens Tokens(PairBatch batch, Tensor policy, Tensor? frozen, Tensor? rewards)
    {
        var (chosen, rejected) = batch.Sides(policy);
        var (frozenChosen, frozenRejected) = batch.Sides(frozen ?? policy.detach().zeros_like());
        var (chosenRewards, rejectedRewards) = rewards is null ? ((Tensor?)null, (Tensor?)null) : batch.Sides(rewards);
        return new PairTokens(chosen, rejected, frozenChosen, frozenRejected, batch.ChosenMask, batch.RejectedMask)
        {
            ChosenRewards = chosenRewards,
            RejectedRewards = rejectedRewards,
        };
    }

    private PairOutcome Outcome(PairTokens tokens, Tensor losses)
    {
        using var ungraded = no_grad();
        using var scope = NewDisposeScope();
        var sums = loss.Reported(tokens);
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
        var scores = tokenRewards.ScoreTokens(texts.IdTensor(policies.Policy.Language.Device), texts.MaskTensor(policies.Policy.Language.Device)).to(ScalarType.Float64).cpu().contiguous();
        var rows = texts.Unpad<double>(scores.data<double>().ToArray());
        return batch.Place(rows[..pairs.Count], rows[pairs.Count..], HeadChunk.Wide(policies.Policy.Language.Dtype)).MoveToOuterDisposeScope();
    }

    private Tensor? Reference(PairBatch batch, IReadOnlyList<ReferenceLogProbs>? known) => !loss.NeedsReference ? null
        : known is null ? policies.ReferenceLogProbs(batch, _memory)
        : batch.Place([.. known.Select(pair => pair.Chosen)], [.. known.Select(pair => pair.Rejected)], HeadChunk.Wide(policies.Policy.Language.Dtype));
}

/// <summary>The update of a step on pairs, for offline and online DPO alike: it happens whole or not at all, and what a loss remembers goes
/// with it.</summary>
internal static class PairUpdate
{
    /// <summary>Runs all parts of a batch and moves the parameters.</summary>
    /// <param name="optimizer">Holds the parameters.</param>
    /// <param name="loss">The loss of a pair.</param>
    /// <param name="step">From 0.</param>
    /// <param name="parts">How many parts there are.</param>
    /// <param name="backward">Adds the gradients of a part.</param>
    /// <param name="cancellation">Looked at between parts.</param>
    /// <returns>The norm of the gradient before clipping, and the numbers of all pairs.</returns>
    /// <exception cref="ReproException">A loss or the gradient is not finite; parameters, moments and what the loss remembers are as
    /// before.</exception>
    internal static (double GradientNorm, PairOutcome Outcome) Run(
        TrainingOptimizer optimizer, IPairLoss loss, long step, int parts, Func<int, PairOutcome> backward, CancellationToken cancellation)
    {
        var outcomes = new List<PairOutcome>();
        return Undoing(loss, always: false, () =>
        {
            var norm = GradientStep.Run(optimizer, step, () =>
            {
                for (var part = 0; part < parts; part++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    var outcome = backward(part);
                    GradientStep.Finite(outcome.Losses.Sum(), step);
                    outcomes.Add(outcome);
                }
            });
            return (norm, PairOutcome.Join(outcomes));
        });
    }

    /// <summary>Looks at pairs without leaving anything in what a loss remembers.</summary>
    internal static T Look<T>(IPairLoss loss, Func<T> look) => Undoing(loss, always: true, look);

    private static T Undoing<T>(IPairLoss loss, bool always, Func<T> act)
    {
        if (loss is not IStateful memory)
        {
            return act();
        }

        var before = memory.StateValues();
        var done = false;
        try
        {
            var result = act();
            done = true;
            return result;
        }
        finally
        {
            if (always || !done)
            {
                memory.RestoreValues(before);
            }
        }
    }
}

/// <summary>What a pass over preference pairs gave, one number for each pair, taken before any update.</summary>
/// <param name="Losses">The loss.</param>
/// <param name="PolicyChosen">Summed log-probability of the preferred response under the policy.</param>
/// <param name="PolicyRejected">Of the rejected response.</param>
/// <param name="ReferenceChosen">Of the preferred response under the reference.</param>
/// <param name="ReferenceRejected">Of the rejected response.</param>
public sealed record PairOutcome(double[] Losses, double[] PolicyChosen, double[] PolicyRejected, double[] ReferenceChosen, double[] ReferenceRejected)
{
    /// <summary>One after the other.</summary>
    /// <param name="parts">At least one.</param>
    public static PairOutcome Join(IReadOnlyList<PairOutcome> parts)
    {
        double[] All(Func<PairOutcome, double[]> of) => [.. parts.SelectMany(of)];
        return new PairOutcome(All(part => part.Losses), All(part => part.PolicyChosen), All(part => part.PolicyRejected), All(part => part.ReferenceChosen), All(part => part.ReferenceRejected));
    }

    /// <summary>The numbers that are reported, by name.</summary>
    /// <param name="beta">Factor of the log-ratio in the implicit rewards.</param>
    public Dictionary<string, double> Metrics(double beta)
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
}
