using Repro.Core.Data;
using Repro.Core.Losses;
using System.Text.Json;
using Repro.Tests.Shared.Vectors;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Vectors;

/// <summary>Topic <c>reward_model</c>.</summary>
internal static class RewardModelVectors
{
    public static Outputs Ranking(Source s)
    {
        var logits = s.Leaf("logits");
        var scores = logits.squeeze(1);
        var sizes = Sizes(s, scores.shape[0]);
        var loss = RankingLoss.Groups(scores, sizes, s.Number("beta"));
        loss.backward();
        var outputs = new Outputs
        {
            { "loss_mean", loss },
            { "loss_per_group", RankingLoss.PerGroup(scores, sizes, s.Number("beta")) },
            { "rmcls_loss_mean", RankingLoss.Groups(scores, sizes, 0, GroupWeighting.PerPair) },
        };
        outputs.AddGradient("grad_logits", logits);
        return outputs;
    }

    public static Outputs Pairwise(Source s)
    {
        var (chosen, rejected) = (s.Leaf("rewards_chosen"), s.Leaf("rewards_rejected"));
        var margin = s.Case.Flag("margin") ? s["margin"] : null;
        var loss = RankingLoss.Pairs(chosen, rejected, margin);
        var centre = s.Case.OptionalNumber("center_rewards_coefficient");
        var whole = centre is { } weight ? RankingLoss.Pairs(chosen, rejected, margin, weight) : loss;
        whole.backward();
        var outputs = new Outputs
        {
            { "trl_loss", loss },
            { "logexp_loss", RankingLoss.Pairs(chosen, rejected) },
            { "accuracy", chosen.gt(rejected).to_type(s.Type).mean() },
            {
                "per_pair_no_margin",
                stack(chosen.unbind().Zip(rejected.unbind(), (c, r) => RankingLoss.Pairs(c.reshape(1), r.reshape(1))))
            },
        };
        if (centre is not null)
        {
            outputs.Add("trl_loss_with_center_term", whole);
        }

        outputs.AddGradient("grad_chosen", chosen);
        outputs.AddGradient("grad_rejected", rejected);
        return outputs;
    }

    public static Outputs AbsoluteMse(Source s)
    {
        var logits = s.Leaf("logits");
        var (raw, labels) = (logits.squeeze(1), s["labels"]);
        var weights = WeightsOfLow(labels, s.Number("loss_weight_effective"), s.Number("loss_threshold"));
        var loss = s.Case.Flag("sigmoid")
            ? AbsoluteRewardLoss.SigmoidMeanSquared(raw, labels, weights)
            : AbsoluteRewardLoss.MeanSquared(raw, labels, weights, s.Number("penalty_value"));
        loss.backward();
        var outputs = new Outputs { { "loss", loss } };
        outputs.AddGradient("grad_logits", logits);
        return outputs;
    }

    // What training does with a weight of the ends of the scale; the peer has the low end alone.
    private static Tensor WeightsOfLow(Tensor labels, double weight, double low)
    {
        var ranges = new ScoreRanges { Low = low, High = double.PositiveInfinity };
        var (origin, none) = (new Origin("set", "group", "item"), new Dictionary<string, double>());
        var rows = VectorComparison.Doubles(labels).Select(label => new RatedReply(origin, [], string.Empty, none, label));
        var weights = LossWeights.AtBothEnds([.. rows], ranges, weight).Select(row => row.Weight).ToArray();
        return tensor(weights, dtype: labels.dtype, device: labels.device);
    }

    public static Outputs BinaryCrossEntropy(Source s)
    {
        var logits = s.Leaf("logits");
        var (raw, targets, weights) = (logits.reshape(-1), s["targets"].reshape(-1), s["weight"].expand(logits.shape).reshape(-1));
        var positive = s["pos_weight"].expand(logits.shape).reshape(-1);
        var loss = AbsoluteRewardLoss.BinaryCrossEntropy(raw, targets, weights, positive);
        loss.backward();
        var outputs = new Outputs
        {
            { "weighted_pos_mean", loss },
            { "plain_mean", AbsoluteRewardLoss.BinaryCrossEntropy(raw, targets) },
            { "weighted_mean", AbsoluteRewardLoss.BinaryCrossEntropy(raw, targets, weights) },
            { "weighted_sum", AbsoluteRewardLoss.BinaryCrossEntropies(raw, targets, weights).sum() },
            { "plain_none", AbsoluteRewardLoss.BinaryCrossEntropies(raw, targets) },
            { "mse_mean", AbsoluteRewardLoss.MeanSquared(raw, targets) },
            { "mse_sigmoid_mean", AbsoluteRewardLoss.MeanSquared(raw.sigmoid(), targets) },
            { "smooth_l1_mean", nn.functional.smooth_l1_loss(raw, targets) },
        };
        outputs.AddGradient("grad_logits", logits);
        return outputs;
    }

    public static Outputs SupervisedLosses(Source s)
    {
        var (first, second) = (s.Leaf("logits"), s.Leaf("logits"));
        var entropy = CrossEntropyLoss.SamePosition(first, s["target"], s["mask"]);
        var poly = CrossEntropyLoss.Poly(second, s["target"], s["mask"], s.Number("poly_epsilon"));
        entropy.backward();
        poly.backward();
        var outputs = new Outputs { { "ce_masked_mean", entropy }, { "poly_masked_mean", poly } };
        outputs.AddGradient("grad_logits_ce", first);
        outputs.AddGradient("grad_logits_poly", second);
        return outputs;
    }

    private static int[] Sizes(Source s, long replies)
    {
        var bounds = s.Case.Parameter("cu_lengths");
        if (bounds.ValueKind == JsonValueKind.Null)
        {
            return [(int)replies];
        }

        var ends = bounds.EnumerateArray().Select(bound => bound.GetInt32()).ToArray();
        return [.. ends.Zip(ends.Skip(1), (start, end) => end - start)];
    }
}
