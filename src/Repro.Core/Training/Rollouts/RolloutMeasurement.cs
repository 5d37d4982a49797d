using Repro.Core.Batching;
using Repro.Core.Chat;
using Repro.Core.Losses;
using Repro.Core.Models;
using Repro.Core.Rewards;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Rollouts;

/// <summary>Reads sampled responses with policy, reference and value head, without gradients and without dropout.</summary>
public static class RolloutMeasurement
{
    /// <summary>Measures responses.</summary>
    /// <param name="policies">Policy and reference.</param>
    /// <param name="head">The value head on the policy; null for none.</param>
    /// <param name="rollouts">At least one.</param>
    /// <param name="sampler">The distribution that they were drawn from.</param>
    /// <param name="fullKl">Whether to measure the KL over the whole vocabulary.</param>
    /// <param name="rowsPerPass">Most responses in one pass; null for all.</param>
    /// <param name="pad">The id at padded positions.</param>
    /// <param name="cancellation">Checked between passes.</param>
    /// <returns>The batch; dispose it.</returns>
    /// <exception cref="ReproException">There is no rollout, or one is empty.</exception>
    public static RolloutBatch Measure(
        PolicyPair policies,
        ValueHead? head,
        IReadOnlyList<Rollout> rollouts,
        SamplerSettings sampler,
        bool fullKl = false,
        int? rowsPerPass = null,
        long pad = 0,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(rollouts);
        ArgumentNullException.ThrowIfNull(sampler);
        using var scope = NewDisposeScope();
        using var policyMode = new EvaluationMode(policies.Policy.Language, gradients: false);
        using var referenceMode = new EvaluationMode(policies.Reference, gradients: false);
        var parts = new List<Part>();
        foreach (var chunk in rollouts.Chunk(rowsPerPass ?? Math.Max(1, rollouts.Count)))
        {
            cancellation.ThrowIfCancellationRequested();
            parts.Add(Read(policies, head, chunk, sampler, fullKl, pad));
        }

        var all = RolloutTokens.Collate(rollouts, pad, policies.Policy.Language.Device);
        Tensor Joined(Func<Part, Tensor> of) => all.Unflatten(cat([.. parts.Select(of)], 0)).DetachFromDisposeScope();
        return new RolloutBatch
        {
            Rollouts = rollouts,
            Tokens = all,
            LogProbs = Joined(part => part.LogProbs),
            ReferenceLogProbs = Joined(part => part.ReferenceLogProbs),
            Entropies = Joined(part => part.Entropies),
            Values = head is null ? null : Joined(part => part.Values!),
            FullKl = fullKl ? Joined(part => part.FullKl!) : null,
            Kept = sampler.Truncates ? cat([.. parts.Select(part => part.Kept!)], 0).DetachFromDisposeScope() : null,
        };
    }

    private static Part Read(PolicyPair policies, ValueHead? head, Rollout[] rollouts, SamplerSettings sampler, bool fullKl, long pad)
    {
        using var scope = NewDisposeScope();
        using var tokens = RolloutTokens.Collate(rollouts, pad, policies.Policy.Language.Device);
        var part = sampler.Truncates || fullKl
            ? ByLogits(policies, head, tokens, sampler, fullKl)
            : ByHead(policies, head, tokens, sampler);
        return new Part(
            part.LogProbs.MoveToOuterDisposeScope(),
            part.ReferenceLogProbs.MoveToOuterDisposeScope(),
            part.Entropies.MoveToOuterDisposeScope(),
            part.Values?.MoveToOuterDisposeScope(),
            part.FullKl?.MoveToOuterDisposeScope(),
            part.Kept?.MoveToOuterDisposeScope());
    }

    private static Part ByHead(PolicyPair policies, ValueHead? head, RolloutTokens tokens, SamplerSettings sampler)
    {
        var (ids, mask) = tokens.Inputs();
        Tensor logProbs;
        Tensor entropies;
        Tensor? values;
        using (policies.UsePolicy())
        {
            var hidden = policies.Policy.Language.Hidden(ids, mask, first: tokens.First);
            (logProbs, entropies) = new ResponsePass(policies.Policy.Language, sampler).Read(tokens, hidden);
            values = head?.Values(tokens.Predicting(hidden));
        }

        using var use = policies.UseReference();
        var reference = new ResponsePass(policies.Reference, sampler)
            .LogProbs(tokens, policies.Reference.Hidden(ids, mask, first: tokens.First));
        return new Part(logProbs, reference, entropies, values, null, null);
    }

    private static Part ByLogits(PolicyPair policies, ValueHead? head, RolloutTokens tokens, SamplerSettings sampler, bool fullKl)
    {
        var (ids, mask) = tokens.Inputs();
        var pass = new ResponsePass(policies.Policy.Language, sampler);
        Tensor logits;
        Tensor? values;
        Tensor? kept;
        using (policies.UsePolicy())
        {
            var predicting = tokens.Predicting(policies.Policy.Language.Hidden(ids, mask, first: tokens.First));
            values = head?.Values(predicting);
            logits = pass.Logits(predicting, null);
            kept = sampler.Truncates ? pass.Kept(logits, tokens.Targets) : null;
            logits = kept is null ? logits : logits.masked_fill(kept.logical_not(), ResponsePass.Removed);
        }

        using var use = policies.UseReference();
        var reference = new ResponsePass(policies.Reference, sampler)
            .Logits(tokens.Predicting(policies.Reference.Hidden(ids, mask, first: tokens.First)), kept);
        return new Part(
            ResponsePass.LogProbs(logits, tokens.Targets),
            ResponsePass.LogProbs(reference, tokens.Targets),
            Entropies(logits),
            values,
            fullKl ? KlDivergence.Full(logits, reference) : null,
            kept);
    }

    private static Tensor Entropies(Tensor logits) => TokenLogProbs.Entropy(logits.unsqueeze(0)).squeeze(0);

    private sealed record Part(Tensor LogProbs, Tensor ReferenceLogProbs, Tensor Entropies, Tensor? Values, Tensor? FullKl, Tensor? Kept);
}

/// <summary>Sampled responses for the log of a run.</summary>
internal static class RolloutSamples
{
    internal static IReadOnlyList<SampleText> Take(IReadOnlyList<Rollout> rollouts, RewardScores scores, int count) =>
        [.. rollouts.Take(count).Select((rollout, row) => new SampleText(Prompt(rollout.Prompt), Response(rollout), Scores(scores, row)))];

    private static Dictionary<string, double> Scores(RewardScores scores, int row)
    {
        var own = new Dictionary<string, double>(StringComparer.Ordinal) { ["score"] = scores.Total[row] };
        foreach (var (name, part) in scores.Parts)
        {
            own[name] = part[row];
        }

        return own;
    }

    // Who said what shows only where there is more than a question.
    private static string Prompt(RolloutPrompt prompt) => prompt.Messages switch
    {
        [] => InvariantText.Join(" ", prompt.Ids),
        [var question] => question.Content,
        var messages => string.Join('\n', messages.Select(message => $"{ChatTemplate.NameOf(message.Role)}: {message.Content}")),
    };

    private static string Response(Rollout rollout) =>
        rollout.Text.Length > 0 ? rollout.Text : InvariantText.Join(" ", rollout.Response);
}
