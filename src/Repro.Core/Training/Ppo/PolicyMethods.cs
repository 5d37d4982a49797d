using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>What PPO, GRPO and RLOO do differently within the same step: what they aim at, and the loss of an update.</summary>
internal abstract class PolicyMethod
{
    /// <summary>Whether the KL over the whole vocabulary is measured.</summary>
    internal virtual bool FullKl => false;

    /// <summary>The controller of the KL coefficient, from its start or from a coefficient that it had reached.</summary>
    internal abstract KlController Controller(double? coefficient = null);

    /// <summary>Token rewards and advantages of a batch of responses.</summary>
    internal abstract PpoTargets Targets(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient);

    /// <summary>The same of responses that are evaluated and not trained on, without a penalty.</summary>
    internal virtual PpoTargets HeldOutTargets(RolloutBatch batch, IReadOnlyList<double> scores) => Targets(batch, scores, 0);

    /// <summary>What the loss of a part is computed from, [1, actions].</summary>
    /// <param name="part">The rows.</param>
    /// <param name="head">The value head; null for none.</param>
    /// <param name="logProbs">Log-probabilities of the response tokens now, [tokens], with graph.</param>
    /// <param name="predicting">The hidden states that predict them, [tokens, width].</param>
    internal abstract PpoBatch LossInputs(PpoPart part, ValueHead? head, Tensor logProbs, Tensor predicting);

    /// <summary>The part's share of the loss of its mini-batch; the shares of all parts add up to that.</summary>
    internal abstract Tensor Loss(PpoPart part, PpoBatch inputs);

    /// <summary>The numbers of an update, by name; <c>loss</c> is one of them.</summary>
    internal abstract Dictionary<string, double> Statistics(PpoBatch whole);

    /// <summary>Whether the policy is so far from the one that sampled that the losses of the mini-batch count as 0.</summary>
    internal virtual bool ZeroesLoss(IReadOnlyDictionary<string, double> statistics) => false;

    /// <summary>Whether the pass that ends with an update is the last one over the responses of the step.</summary>
    internal virtual bool StopsEarly(IReadOnlyDictionary<string, double> statistics) => false;
}

/// <summary>Some responses of a step that go through the model together.</summary>
/// <param name="Batch">All responses of the step.</param>
/// <param name="Targets">What to aim at.</param>
/// <param name="AdaptiveMask">Which tokens the surrogate is taken over, [batch, response]; null for all.</param>
/// <param name="Rows">The rows of this part.</param>
/// <param name="MiniBatch">The parts of the whole mini-batch, this one among them.</param>
/// <param name="Tokens">The ids of the rows.</param>
internal sealed record PpoPart(
    RolloutBatch Batch,
    PpoTargets Targets,
    Tensor? AdaptiveMask,
    IReadOnlyList<int> Rows,
    IReadOnlyList<int[]> MiniBatch,
    RolloutTokens Tokens)
{
    /// <summary>Which tokens the sampler left in the vocabulary, [tokens, vocabulary]; null where it left all.</summary>
    internal Tensor? Kept => Batch.Kept is null ? null : Batch.Tokens.Pick(Batch.Kept, Rows);

    /// <summary>The share of this part in the response tokens of the mini-batch.</summary>
    internal double ShareOfTokens => TokensOf(Rows) / MiniBatch.Select(TokensOf).ToArray().Sum();

    /// <summary>The share of this part in the responses of the mini-batch.</summary>
    internal double ShareOfResponses => (double)Rows.Count / MiniBatch.Sum(rows => rows.Length);

    /// <summary>The response tokens of these rows from [batch, response], side by side: [1, tokens].</summary>
    internal Tensor Flatten(Tensor padded) => Batch.Tokens.Flatten(padded, Rows).unsqueeze(0);

    /// <summary>These rows, or others, of a tensor that has one row a response.</summary>
    internal static Tensor Take(Tensor padded, IReadOnlyList<int> rows)
    {
        using var index = tensor([.. rows.Select(row => (long)row)], [rows.Count], device: padded.device);
        return padded.index_select(0, index);
    }

    private double TokensOf(IReadOnlyList<int> rows) => rows.Sum(row => (long)Batch.Rollouts[row].Response.Count);
}

/// <summary>PPO with a value head, generalised advantages and, where there is an adaptive mask, the surrogate of APPO.</summary>
internal sealed class PpoMethod(PpoSettings settings) : PolicyMethod
{
    private readonly ClipRange _clip = ClipRange.Symmetric(settings.PolicyClip);

    internal override bool FullKl => settings.Kl.Penalty == KlPenalty.Full;

    private bool MeanOfMeans => settings.LossNormalization == LossNormalization.MicroBatches;

    internal override KlController Controller(double? coefficient = null) => settings.Kl.Controller(coefficient);

    internal override PpoTargets Targets(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient) =>
        PpoTargets.Compute(batch, scores, coefficient, settings);

    // A single token cannot be whitened, and advantages train nothing here.
    internal override PpoTargets HeldOutTargets(RolloutBatch batch, IReadOnlyList<double> scores) => PpoTargets.Compute(
        batch,
        scores,
        0,
        settings with
        {
            WhitenAdvantages = false,
            WhitenRewards = settings.WhitenRewards && batch.Rollouts.Sum(rollout => rollout.Response.Count) > 1,
        });

    internal override PpoBatch LossInputs(PpoPart part, ValueHead? head, Tensor logProbs, Tensor predicting) => new()
    {
        LogProbs = logProbs.unsqueeze(0),
        Values = head!.Values(predicting).unsqueeze(0),
        OldLogProbs = part.Flatten(part.Batch.LogProbs),
        OldValues = part.Flatten(part.Batch.Values!),
        Advantages = part.Flatten(part.Targets.Advantages),
        Returns = part.Flatten(part.Targets.Returns!),
        Mask = ones([1, logProbs.shape[0]], dtype: ScalarType.Bool, device: logProbs.device),
        AdaptiveMask = part.AdaptiveMask is null ? null : part.Flatten(part.AdaptiveMask),
    };

    // The mean ratio of the whole mini-batch is compared with the threshold (ZeroesLoss); that of a micro-batch only where each has a mean
    // of its own.
    internal override Tensor Loss(PpoPart part, PpoBatch inputs)
    {
        var (policy, value) = Losses(inputs, MeanOfMeans ? settings.RatioThreshold : double.MaxValue);
        return (policy + value) * (MeanOfMeans ? 1.0 / part.MiniBatch.Count : part.ShareOfTokens);
    }

    internal override bool ZeroesLoss(IReadOnlyDictionary<string, double> statistics) =>
        !MeanOfMeans && statistics["policy/ratio"] > settings.RatioThreshold;

    // The factor of 1.5 is that of TRL 0.7.
    internal override bool StopsEarly(IReadOnlyDictionary<string, double> statistics) =>
        settings.EarlyStopping && statistics["policy/step_kl"] > 1.5 * settings.TargetKl;

    internal override Dictionary<string, double> Statistics(PpoBatch whole)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (values, oldValues, returns) = (whole.Values!, whole.OldValues!, whole.Returns!);
        var (policy, value) = Losses(whole, settings.RatioThreshold);
        var statistics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = PpoMetrics.Number(policy + value),
            ["loss/policy"] = PpoMetrics.Number(policy),
            ["loss/value"] = PpoMetrics.Number(ValueLoss.Clipped(values, oldValues, returns, whole.Mask, settings.ValueClip)),
        };
        PpoMetrics.AddPolicy(statistics, whole, _clip);
        statistics["returns/mean"] = PpoMetrics.Mean(returns);
        statistics["returns/variance"] = PpoMetrics.Variance(returns, whole.Mask);
        statistics["value/now"] = PpoMetrics.Mean(values);
        statistics["value/error"] = PpoMetrics.Mean((values - returns).square());
        statistics["value/clip_fraction"] = PpoMetrics.Number(
            ValueLoss.ClippedFraction(values, oldValues, returns, whole.Mask, settings.ValueClip));
        statistics["value/mean"] = PpoMetrics.Mean(oldValues);
        statistics["value/variance"] = PpoMetrics.Variance(oldValues, whole.Mask);
        if (whole.AdaptiveMask is { } mask)
        {
            statistics["mask/kept"] = PpoMetrics.Mean(mask.to_type(ScalarType.Float32));
        }

        return statistics;
    }

    private (Tensor Policy, Tensor Value) Losses(PpoBatch batch, double ratioThreshold)
    {
        if (batch.AdaptiveMask is not { } adaptive)
        {
            return PpoObjective.Losses(batch, _clip, settings.ValueClip, settings.ValueCoefficient, ratioThreshold);
        }

        var policy = AdaptiveLoss.Ppo(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, adaptive, _clip);
        return PpoObjective.WithValues(policy, batch, settings.ValueClip, settings.ValueCoefficient, ratioThreshold);
    }
}

/// <summary>
/// GRPO: the reward of a response is its score; each of its tokens gets its advantage over the other responses to the same prompt;
/// the KL (estimator k3) is a term of the loss.
/// </summary>
internal sealed class GrpoMethod(GrpoSettings settings) : PolicyMethod
{
    internal override KlController Controller(double? coefficient = null) => new FixedKlController(settings.Beta);

    internal override PpoTargets Targets(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient) =>
        PpoTargets.Compute(batch, scores, settings);

    internal override PpoBatch LossInputs(PpoPart part, ValueHead? head, Tensor logProbs, Tensor predicting) => new()
    {
        LogProbs = logProbs.unsqueeze(0),
        OldLogProbs = part.Flatten(part.Batch.LogProbs),
        Advantages = part.Flatten(part.Targets.Advantages),
        Mask = ones([1, logProbs.shape[0]], dtype: ScalarType.Bool, device: logProbs.device),
        ReferenceLogProbs = settings.Beta == 0 ? null : part.Flatten(part.Batch.ReferenceLogProbs),
        Weights = part.Tokens.Flatten(Weights(part), [.. Enumerable.Range(0, part.Rows.Count)]).unsqueeze(0),
    };

    internal override Tensor Loss(PpoPart part, PpoBatch inputs) => GrpoObjective.Total(inputs, settings.PolicyClip, settings.Beta);

    internal override Dictionary<string, double> Statistics(PpoBatch whole)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (policy, penalty) = GrpoObjective.Losses(whole, settings.PolicyClip, settings.Beta);
        var statistics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = PpoMetrics.Number(policy + penalty),
            ["loss/policy"] = PpoMetrics.Number(policy),
            ["loss/kl"] = PpoMetrics.Number(penalty),
        };
        PpoMetrics.AddPolicy(statistics, whole, settings.PolicyClip);
        return statistics;
    }

    // The weights [rows, response] of a part: of the whole mini-batch, or, as bnpo has it, of the part alone as one of several.
    private Tensor Weights(PpoPart part)
    {
        using var scope = NewDisposeScope();
        var longest = settings.Sampler.MaxNewTokens;
        var width = part.Tokens.ResponseLength;
        if (settings.LossType == GrpoLossType.Bnpo)
        {
            var own = GrpoObjective.TokenWeights(PpoPart.Take(part.Targets.Mask, part.Rows), settings.LossType, longest);
            return (own / part.MiniBatch.Count).narrow(1, 0, width).MoveToOuterDisposeScope();
        }

        int[] rows = [.. part.MiniBatch.SelectMany(one => one)];
        var first = part.MiniBatch.TakeWhile(one => !ReferenceEquals(one, part.Rows)).Sum(one => one.Length);
        var all = GrpoObjective.TokenWeights(PpoPart.Take(part.Targets.Mask, rows), settings.LossType, longest);
        return all.narrow(0, first, part.Rows.Count).narrow(1, 0, width).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// RLOO: the reward of a response is its score less beta times its summed log-ratio to the reference (estimator k1); its advantage is taken
/// against the mean reward of the other responses to the same prompt. A whole response is one action: the ratio is that of the
/// probabilities of responses, and the loss the mean over responses.
/// </summary>
internal sealed class RlooMethod(RlooSettings settings) : PolicyMethod
{
    internal override KlController Controller(double? coefficient = null) => new FixedKlController(settings.Beta);

    internal override PpoTargets Targets(RolloutBatch batch, IReadOnlyList<double> scores, double coefficient) =>
        PpoTargets.Compute(batch, scores, settings);

    internal override PpoBatch LossInputs(PpoPart part, ValueHead? head, Tensor logProbs, Tensor predicting) => new()
    {
        LogProbs = OfResponses(part.Tokens.Unflatten(logProbs), PpoPart.Take(part.Targets.Mask, part.Rows)),
        OldLogProbs = OfResponses(PpoPart.Take(part.Batch.LogProbs, part.Rows), PpoPart.Take(part.Targets.Mask, part.Rows)),
        Advantages = PpoPart.Take(part.Targets.Advantages, part.Rows).narrow(1, 0, 1).reshape(1, part.Rows.Count),
        Mask = ones([1, part.Rows.Count], dtype: ScalarType.Bool, device: logProbs.device),
    };

    internal override Tensor Loss(PpoPart part, PpoBatch inputs) => Policy(inputs) * part.ShareOfResponses;

    internal override Dictionary<string, double> Statistics(PpoBatch whole)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var loss = PpoMetrics.Number(Policy(whole));
        var statistics = new Dictionary<string, double>(StringComparer.Ordinal) { ["loss"] = loss, ["loss/policy"] = loss };
        PpoMetrics.AddPolicy(statistics, whole, settings.PolicyClip);
        return statistics;
    }

    private Tensor Policy(PpoBatch batch) =>
        PolicyLoss.Clipped(batch.LogProbs, batch.OldLogProbs, batch.Advantages, batch.Mask, settings.PolicyClip);

    // The log-probability of each response, [1, responses], from those of its tokens; 0, without gradient, for one that is left out.
    private static Tensor OfResponses(Tensor tokens, Tensor mask)
    {
        var width = Math.Min(tokens.shape[1], mask.shape[1]);
        return Masked.SumPerRow(tokens.narrow(1, 0, width), mask.narrow(1, 0, width)).unsqueeze(0);
    }
}
