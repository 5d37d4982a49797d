using System.Collections.Frozen;

namespace Repro.Core.Configuration;

/// <summary>Keys of the first version, in which a setting had up to six names, and what they are called now in every stage.</summary>
internal static class OldKeys
{
    /// <summary>The name of today by the old one; what stood in a block moved out of it with its own name where nothing else is
    /// said.</summary>
    internal static readonly FrozenDictionary<string, string> Renamed = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["training.batch.rows"] = "batch_size",
        ["training.batch.micro_rows"] = "micro_batch_size",
        ["training.maximum_length"] = "max_length",
        ["training.normalisation"] = "loss_normalization",
        ["training.epochs"] = "epochs",
        ["training.shuffle"] = "shuffle",
        ["training.random_window_probability"] = "random_window_probability",
        ["training.precompute_reference"] = "precompute_reference",
        ["training.share_prompts"] = "share_prompts",
        ["training.group_lengths"] = "group_lengths",
        ["training.head_memory"] = "head_memory",

        ["learnt"] = "loss_on",

        ["batch.rows"] = "batch_size",
        ["batch.micro_rows"] = "micro_batch_size",
        ["length.maximum_length"] = "max_length",
        ["length.minimum_prompt"] = "min_prompt_length",
        ["maximum_length"] = "max_length",
        ["maximum_prompt_length"] = "max_prompt_length",

        ["prompts"] = "data",
        ["maximum_prompt_tokens"] = "max_prompt_length",
        ["scored_length.maximum_length"] = "max_length",
        ["scored_length.minimum_prompt"] = "min_prompt_length",

        ["ppo.responses"] = "batch_size",
        ["ppo.mini_batch"] = "mini_batch_size",
        ["ppo.micro_batch"] = "micro_batch_size",
        ["ppo.mean_of_means"] = "loss_normalization",
        ["ppo.epochs"] = "ppo_epochs",
        ["ppo.prompt_epochs"] = "epochs",
        ["ppo.gamma"] = "gamma",
        ["ppo.lambda"] = "lambda",
        ["ppo.policy_clip"] = "policy_clip",
        ["ppo.value_clip"] = "value_clip",
        ["ppo.value_coefficient"] = "value_coefficient",
        ["ppo.ratio_threshold"] = "ratio_threshold",
        ["ppo.score_clip"] = "score_clip",
        ["ppo.whiten_rewards"] = "whiten_rewards",
        ["ppo.whiten_advantages"] = "whiten_advantages",
        ["ppo.kl"] = "kl",
        ["ppo.value_head"] = "value_head",

        ["online.prompts"] = "batch_size",
        ["online.micro_pairs"] = "micro_batch_size",
        ["online.prompt_epochs"] = "epochs",
        ["online.policy_samples"] = "policy_samples",
        ["online.reference_samples"] = "reference_samples",
        ["online.head_memory"] = "head_memory",

        ["rejection.prompts"] = "batch_size",
        ["rejection.samples"] = "samples",
        ["rejection.least_score"] = "least_score",
        ["rejection.micro_batch"] = "micro_batch_size",
        ["rejection.prompt_epochs"] = "epochs",
        ["rejection.beta"] = "beta",

        ["ppo.sampler.maximum_new_tokens"] = "max_new_tokens",
        ["ppo.sampler.temperature"] = "temperature",
        ["ppo.sampler.top_k"] = "top_k",
        ["ppo.sampler.top_p"] = "top_p",
        ["ppo.sampler.stop_tokens"] = "stop_tokens",
        ["online.sampler.maximum_new_tokens"] = "max_new_tokens",
        ["online.sampler.temperature"] = "temperature",
        ["online.sampler.top_k"] = "top_k",
        ["online.sampler.top_p"] = "top_p",
        ["online.sampler.stop_tokens"] = "stop_tokens",
        ["rejection.sampler.maximum_new_tokens"] = "max_new_tokens",
        ["rejection.sampler.temperature"] = "temperature",
        ["rejection.sampler.top_k"] = "top_k",
        ["rejection.sampler.top_p"] = "top_p",
        ["rejection.sampler.stop_tokens"] = "stop_tokens",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Which of some keys are old ones, each as "old is new", once.</summary>
    /// <param name="keys">Keys joined with points, from the root of a file.</param>
    internal static IReadOnlyList<string> Among(IEnumerable<string> keys) =>
        [.. keys.Select(Match).OfType<string>().Distinct().Select(old => $"{old} is {Renamed[old]}")];

    // The old key itself, or the one of the block that it belongs to.
    private static string? Match(string key)
    {
        for (var end = key.Length; end > 0; end = key.LastIndexOf('.', end - 1))
        {
            if (Renamed.ContainsKey(key[..end]))
            {
                return key[..end];
            }
        }

        return null;
    }
}
