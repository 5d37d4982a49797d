using Repro.Core.Training.Rollouts;

namespace Repro.Core.Training.OnlineDpo;

/// <summary>What a step of online DPO has to tell about its samples.</summary>
internal static class OnlineDpoMetrics
{
    /// <summary>Numbers before the update; responses stand prompt after prompt, those of the policy first.</summary>
    internal static Dictionary<string, double> OfScores(IReadOnlyList<Rollout> rollouts, RewardScores scores, int prompts, int policySamples, int pairs)
    {
        var each = rollouts.Count / prompts;
        double[] Of(bool policy) => [.. scores.Total.Where((_, row) => row % each < policySamples == policy)];
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["scores/mean"] = scores.Total.Average(),
            ["pairs/kept"] = (double)pairs / prompts,
            ["response_length/mean"] = rollouts.Average(rollout => rollout.Response.Count),
            ["response_length/ended"] = rollouts.Average(rollout => rollout.Ended ? 1.0 : 0.0),
        };
        foreach (var (name, own) in new[] { ("scores/policy", Of(true)), ("scores/reference", Of(false)) })
        {
            if (own.Length > 0)
            {
                metrics[name] = own.Average();
            }
        }

        return metrics;
    }
}
