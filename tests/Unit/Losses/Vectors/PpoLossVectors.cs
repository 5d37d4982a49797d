using Repro.Core.Losses;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Topic <c>ppo</c>, the losses.</summary>
internal static class PpoLossVectors
{
    public static Outputs Loss(Source s)
    {
        var (logProbs, predicted) = (s.Leaf("logprobs"), s.Leaf("vpreds"));
        var mask = s["mask"];
        var (oldValues, returns) = (s["values"], s["returns"]);
        var batch = new PpoBatch
        {
            LogProbs = logProbs,
            OldLogProbs = s["old_logprobs"],
            Values = predicted,
            OldValues = oldValues,
            Advantages = s["advantages"],
            Returns = returns,
            Mask = mask,
        };
        var clip = ClipRange.Symmetric(s.Number("cliprange"));
        var (valueClip, threshold) = (s.Number("cliprange_value"), s.Number("ratio_threshold"));
        var (policy, value) = PpoObjective.Losses(batch, clip, valueClip, s.Number("vf_coef"), threshold);
        (policy + value).backward();
        var skipped = PpoObjective.MeanRatio(batch).item<double>() > threshold;
        var outputs = new Outputs
        {
            { "policy_loss", policy },
            { "weighted_value_loss", value },
            { "ratio_mean", PpoObjective.MeanRatio(batch) },
            { "stats/loss/policy", policy },
            { "stats/loss/value", ValueLoss.Clipped(predicted, oldValues, returns, mask, valueClip) * (skipped ? 0 : 1) },
            { "stats/loss/total", policy + value },
            { "stats/policy/entropy", Masked.Mean(TokenLogProbs.Entropy(s["logits"], mask), mask) },
            { "stats/policy/approxkl", PpoStatistics.ApproximateKl(logProbs, batch.OldLogProbs, mask) },
            { "stats/policy/policykl", PpoStatistics.PolicyKl(logProbs, batch.OldLogProbs, mask) },
            { "stats/policy/clipfrac", PolicyLoss.ClippedFraction(logProbs, batch.OldLogProbs, batch.Advantages, mask, clip) },
            { "stats/policy/advantages_mean", Masked.Mean(batch.Advantages, mask) },
            { "stats/policy/ratio", PolicyLoss.Ratio(logProbs, batch.OldLogProbs, mask.ones_like()) },
            { "stats/returns/mean", Masked.Mean(returns, mask) },
            { "stats/returns/var", Masked.Variance(returns, mask, VarianceEstimate.Unbiased) },
            { "stats/val/vpred", Masked.Mean(predicted, mask) },
            { "stats/val/error", Masked.Mean((predicted - returns).square(), mask) },
            { "stats/val/clipfrac", ValueLoss.ClippedFraction(predicted, oldValues, returns, mask, valueClip) },
            { "stats/val/mean", Masked.Mean(oldValues, mask) },
            { "stats/val/var", Masked.Variance(oldValues, mask, VarianceEstimate.Unbiased) },
        };
        outputs.AddGradient("grad_logprobs", logProbs);
        outputs.AddGradient("grad_vpreds", predicted);
        return outputs;
    }

    public static Outputs OpenRlhfPolicy(Source s)
    {
        var logProbs = s.Leaf("log_probs");
        var (old, advantages, mask) = (s["old_log_probs"], s["advantages"], s["action_mask"]);
        var clip = new ClipRange(s.Number("clip_eps_low"), s.Number("clip_eps_high"), s.Case.OptionalNumber("dual_clip"));
        var sequence = s.Case.Text("policy_loss_type") switch
        {
            "ppo" => false,
            "gspo" => true,
            var other => throw new InvalidDataException($"{s.Case.Id}: the loss {other} is not known."),
        };
        var loss = sequence
            ? PolicyLoss.ClippedSequenceRatio(logProbs, old, advantages, mask, clip)
            : PolicyLoss.Clipped(logProbs, old, advantages, mask, clip, Reduction(s));
        loss.backward();
        var outputs = new Outputs
        {
            { "loss", loss },
            { "clip_ratio", PolicyLoss.ClippedFraction(logProbs, old, advantages, mask, clip, sequence) },
            { "ppo_kl", PpoStatistics.PolicyKl(logProbs, old, mask) },
        };
        outputs.AddGradient("grad_log_probs", logProbs);
        return outputs;
    }

    public static Outputs OpenRlhfValue(Source s)
    {
        var values = s.Leaf("values");
        var loss = ValueLoss.Clipped(
            values, s["old_values"], s["returns"], s["action_mask"], s.Case.OptionalNumber("clip_eps"), Reduction(s));
        loss.backward();
        var outputs = new Outputs { { "loss", loss } };
        outputs.AddGradient("grad_values", values);
        return outputs;
    }

    private static LossReduction Reduction(Source s) =>
        s.Case.Flag("token_level_loss") ? LossReduction.TokenLevel : LossReduction.SampleLevel;
}
