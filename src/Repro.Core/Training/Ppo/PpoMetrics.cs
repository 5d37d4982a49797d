using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>The numbers that a step of PPO, GRPO or RLOO reports.</summary>
internal static class PpoMetrics
{
    /// <summary>The numbers of the responses, before the updates.</summary>
    internal static Dictionary<string, double> OfRollouts(
        RolloutBatch batch, PpoTargets targets, RewardScores scores, IReadOnlyList<double> clipped, double coefficient)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var mask = batch.Tokens.Mask;
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["kl/mean"] = PerResponse(targets.Penalties, mask),
            ["kl/coefficient"] = coefficient,
            ["entropy/mean"] = -PerResponse(batch.LogProbs, mask),
            ["policy/entropy"] = Number(Masked.Mean(batch.Entropies, mask)),
            ["rewards/penalty"] = Number(Masked.Mean(targets.PenaltyRewards, mask)),
            ["rewards/mean"] = PerResponse(targets.Rewards, mask),
            ["scores/mean"] = clipped.Average(),
            ["scores/deviation"] = Deviation(clipped),
            ["scores/clipped"] = scores.Total.Zip(clipped, (before, after) => before.Equals(after) ? 0.0 : 1.0).Average(),
            ["response_length/mean"] = batch.Rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = batch.Rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
        };
        if (targets.EqualGroups is { } equal)
        {
            metrics["groups/equal"] = equal;
        }

        foreach (var (name, part) in scores.Parts)
        {
            metrics[$"scores/{name}"] = part.Average();
        }

        return metrics;
    }

    /// <summary>Adds the mean of each statistic over the updates, and how much of the returns the values explain.</summary>
    internal static void AddUpdates(Dictionary<string, double> metrics, IReadOnlyList<IReadOnlyDictionary<string, double>> updates)
    {
        foreach (var name in updates[0].Keys)
        {
            metrics[name] = updates.Average(update => update[name]);
        }

        if (metrics.TryGetValue("returns/variance", out var variance))
        {
            metrics["value/explained_variance"] = variance > 0 ? 1 - (metrics["value/error"] / variance) : 0;
        }
    }

    /// <summary>Adds how far the policy has moved from the one that sampled.</summary>
    internal static void AddPolicy(Dictionary<string, double> statistics, PpoBatch batch, ClipRange clip)
    {
        var (now, old, mask) = (batch.LogProbs, batch.OldLogProbs, batch.Mask);
        statistics["policy/approximate_kl"] = Number(PpoStatistics.ApproximateKl(now, old, mask));
        statistics["policy/step_kl"] = Number(PpoStatistics.PolicyKl(now, old, mask));
        statistics["policy/clip_fraction"] = Number(PolicyLoss.ClippedFraction(now, old, batch.Advantages, mask, clip));
        statistics["policy/ratio"] = Number(PpoObjective.MeanRatio(batch));
        statistics["advantages/mean"] = Mean(batch.Advantages);
    }

    /// <summary>A scalar as a number.</summary>
    internal static double Number(Tensor scalar) => scalar.to_type(ScalarType.Float64).item<double>();

    /// <summary>The mean of all entries.</summary>
    internal static double Mean(Tensor values) => Number(values.mean());

    /// <summary>The unbiased variance of the counted entries; 0 of a single one.</summary>
    internal static double Variance(Tensor values, Tensor mask) =>
        values.numel() < 2 ? 0 : Number(Masked.Variance(values, mask, VarianceEstimate.Unbiased));

    private static double PerResponse(Tensor tokens, Tensor mask) => Number(Masked.SumPerRow(tokens, mask).mean());

    private static double Deviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return values.Count < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
