using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Core.Training.Ppo;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Topic <c>ppo</c>, the parts up to rewards and advantages.</summary>
internal static class PpoVectors
{
    public static Outputs MaskedStats(Source s)
    {
        var (values, mask) = (s["values"], s["mask"]);
        var all = mask.ones_like();
        var epsilon = s.Number("eps");
        Tensor White(Tensor m, VarianceEstimate estimate, WhitenedMean mean) =>
            Masked.Whiten(values, m, estimate, mean, MaskedPositions.Transformed, epsilon);
        return new Outputs
        {
            { "masked_mean", Masked.Mean(values, mask) },
            { "masked_mean_axis1", Masked.MeanPerRow(values, mask) },
            { "masked_var_unbiased", Masked.Variance(values, mask, VarianceEstimate.Unbiased) },
            { "masked_var_biased", Masked.Variance(values, mask, VarianceEstimate.Biased) },
            { "masked_whiten", White(mask, VarianceEstimate.Unbiased, WhitenedMean.Zero) },
            { "masked_whiten_keep_mean", White(mask, VarianceEstimate.Unbiased, WhitenedMean.Kept) },
            { "whiten_unmasked_unbiased", White(all, VarianceEstimate.Unbiased, WhitenedMean.Zero) },
            { "whiten_unmasked_biased", White(all, VarianceEstimate.Biased, WhitenedMean.Zero) },
            { "whiten_unmasked_biased_keep_mean", White(all, VarianceEstimate.Biased, WhitenedMean.Kept) },
        };
    }

    public static Outputs LogProbsAndEntropy(Source s)
    {
        var logits = s.Leaf("logits");
        var entropy = TokenLogProbs.Entropy(logits);
        entropy.sum().backward();
        var outputs = new Outputs { { "logprobs", TokenLogProbs.SamePosition(logits, s["labels"]) }, { "entropy", entropy } };
        outputs.AddGradient("grad_entropy_sum_logits", logits);
        return outputs;
    }

    public static Outputs Rewards(Source s)
    {
        var (policy, reference) = (s["logprobs"], s["ref_logprobs"]);
        var penalty = s.Case.Text("kl_penalty") switch
        {
            "kl" => KlDivergence.Estimate(policy, reference, KlPenalty.LogRatio),
            "abs" => KlDivergence.Estimate(policy, reference, KlPenalty.Absolute),
            "mse" => KlDivergence.Estimate(policy, reference, KlPenalty.HalfSquare),
            "full" => KlDivergence.Full(policy, reference),
            var other => throw new InvalidDataException($"{s.Case.Id}: the penalty {other} is not known."),
        };
        var (rewards, part) = PenalisedRewards.Compute(s["scores"], penalty, s["masks"], s.Number("kl_coef"));
        return new Outputs { { "rewards", rewards }, { "non_score_rewards", part } };
    }

    public static Outputs Advantages(Source s)
    {
        var (values, rewards, mask) = (s["values"], s["rewards"], s["mask"]);
        var (gamma, lambda) = (s.Number("gamma"), s.Number("lam"));
        var raw = GeneralizedAdvantage.Estimate(values, rewards, mask, gamma, lambda);
        // The peer multiplies by the mask before it whitens rewards.
        var given = s.Case.Flag("whiten_rewards")
            ? Masked.Whiten(rewards * mask, mask, mean: WhitenedMean.Kept, positions: MaskedPositions.Transformed)
            : rewards * mask;
        var everywhere = mask.ones_like();
        var (advantages, returns) = GeneralizedAdvantage.Estimate(values * mask, given, everywhere, gamma, lambda);
        return new Outputs
        {
            { "values_masked", values * mask },
            { "advantages_whitened", Masked.Whiten(advantages, mask, positions: MaskedPositions.Transformed) },
            { "returns", returns },
            { "advantages_raw_openrlhf", raw.Advantages },
            { "returns_openrlhf", raw.Returns },
            { "cumulative_returns_openrlhf", GeneralizedAdvantage.DiscountedReturns(rewards, mask, gamma) },
        };
    }

    public static Outputs Controllers(Source s)
    {
        var kls = s.Case.Input("current_kl").EnumerateArray().Select(value => value.GetDouble()).ToArray();
        var steps = s.Integers("n_steps");
        double[] Run(KlController controller) => [.. kls.Zip(steps, (kl, n) =>
        {
            controller.Update(kl, n);
            return controller.Coefficient;
        })];
        var initial = s.Number("init_kl_coef");
        return new Outputs
        {
            { "adaptive_values_after_each_update", Run(new AdaptiveKlController(initial, s.Number("target"), s.Number("horizon"))) },
            { "fixed_values_after_each_update", Run(new FixedKlController(initial)) },
        };
    }

    public static Outputs Alignment(Source s)
    {
        var (ids, values) = (s["input_ids"], s["values"]);
        var responses = s.Case.HasInput("response_masks")
            ? s.Case.Input("response_masks").EnumerateArray()
            .Select(mask => Shared.Vectors.VectorTensor.Doubles(mask).Select(v => v == 1).ToArray()).ToArray()
            : null;
        var mask = PredictionsOfResponses(s["attention_mask"], s.Integers("query_lengths"), s.Integers("response_lengths"), responses);
        return new Outputs
        {
            { "all_logprobs", TokenLogProbs.Next(s["logits"], ids, ids.ones_like()) },
            { "all_values", values.narrow(1, 0, values.shape[1] - 1) },
            { "all_masks", mask },
        };
    }

    public static Outputs StepStats(Source s)
    {
        var (policy, reference, mask, scores) = (s["logprobs"], s["ref_logprobs"], s["masks"], s["scores"]);
        return new Outputs
        {
            { "objective/kl", PpoStatistics.ResponseKl(policy, reference, mask) },
            { "objective/kl_dist", Masked.SumPerRow(KlDivergence.Estimate(policy, reference, KlPenalty.LogRatio), mask) },
            { "objective/entropy", PpoStatistics.ResponseEntropy(policy, mask) },
            { "ppo/mean_non_score_reward", Masked.Mean(s["non_score_reward"], mask) },
            { "ppo/mean_scores", scores.mean() },
            { "ppo/std_scores", scores.std() },
            { "ppo/val/var_explained", PpoStatistics.ExplainedVariance(s["val_error"], s["returns_var"]) },
        };
    }

    public static Outputs OpenRlhfKl(Source s)
    {
        var limit = s.Case.Parameter("clamp")[1].GetDouble();
        var (policy, reference) = (s["log_probs"], s["log_probs_base"]);
        return new Outputs
        {
            { "k1", KlDivergence.Estimate(policy, reference, KlPenalty.LogRatio, limit) },
            { "k2", KlDivergence.Estimate(policy, reference, KlPenalty.HalfSquare, limit) },
            { "k3", KlDivergence.Estimate(policy, reference, KlPenalty.LowVariance, limit) },
        };
    }

    public static Outputs OpenRlhfReward(Source s)
    {
        var range = s.Case.Parameter("reward_clip_range");
        var scores = range.ValueKind == System.Text.Json.JsonValueKind.Null
            ? s["r"]
            : s["r"].clamp(range[0].GetDouble(), range[1].GetDouble());
        var (rewards, _) = PenalisedRewards.Compute(scores, s["kl"], s["action_mask"], Math.Max(0, s.Number("kl_coef")));
        return new Outputs { { "reward", rewards }, { "masked_normalize_dim1_of_kl", Masked.WhitenPerRow(s["kl"], s["action_mask"]) } };
    }

    // Index t is 1 where token t + 1 is one of the response that counts, [batch, time - 1].
    private static Tensor PredictionsOfResponses(Tensor attentionMask, int[] promptLengths, int[] responseLengths, bool[][]? responseMasks)
    {
        var (batch, time) = ((int)attentionMask.shape[0], (int)attentionMask.shape[1]);
        var tokens = attentionMask.ne(0).contiguous().data<bool>().ToArray();
        var mask = new bool[batch * (time - 1)];
        for (var row = 0; row < batch; row++)
        {
            var first = Array.IndexOf(tokens, true, row * time) - (row * time);
            for (var i = 0; i < responseLengths[row]; i++)
            {
                mask[(row * (time - 1)) + first + promptLengths[row] - 1 + i] = responseMasks?[row][i] ?? true;
            }
        }

        return tensor(mask, device: attentionMask.device).reshape(batch, time - 1);
    }
}
