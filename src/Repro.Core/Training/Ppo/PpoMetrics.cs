using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using static TorchSharp.torch;

namespace Repro.Core.Training.Ppo;

/// <summary>The numbers that a PPO step reports.</summary>
internal static class PpoMetrics
{
    /// <summary>What is known before the updates.</summary>
    internal static Dictionary<string, double> OfRollouts(
        RolloutBatch batch, PpoTargets targets, RewardScores scores, IReadOnlyList<double> clipped, double coefficient)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var mask = batch.Tokens.Mask;
        double PerResponse(Tensor tokens) => Number(Masked.SumPerRow(tokens, mask).mean());
        double Number(Tensor scalar) => scalar.to_type(ScalarType.Float64).item<double>();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["kl/mean"] = PerResponse(targets.Penalties),
            ["kl/coefficient"] = coefficient,
            ["entropy/mean"] = -PerResponse(batch.LogProbs),
            ["policy/entropy"] = Number(Masked.Mean(batch.Entropies, mask)),
            ["rewards/penalty"] = Number(Masked.Mean(targets.PenaltyRewards, mask)),
            ["rewards/mean"] = PerResponse(targets.Rewards),
            ["scores/mean"] = clipped.Average(),
            ["scores/deviation"] = Deviation(clipped),
            ["scores/clipped"] = scores.Total.Zip(clipped, (before, after) => before.Equals(after) ? 0.0 : 1.0).Average(),
            ["response_length/mean"] = batch.Rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = batch.Rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
        };
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

        var variance = updates.Average(update => update["returns/variance"]);
        metrics["value/explained_variance"] = variance > 0 ? 1 - (updates.Average(update => update["value/error"]) / variance) : 0;
    }

    private static double Deviation(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        return values.Count < 2 ? 0 : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1));
    }
}
