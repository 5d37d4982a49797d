using System.Collections.Frozen;

namespace Repro.Core.Configuration;

/// <summary>Names that settings have in TRL, PEFT and transformers, with what the same thing is called here; for messages about unknown
/// keys only.</summary>
internal static class PeerKeys
{
    /// <summary>Where a setting of a peer stands here; several places where stages differ, the first that a stage has counts.</summary>
    internal static readonly FrozenDictionary<string, string[]> Here = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["model_name_or_path"] = ["model.path"],
        ["model_name"] = ["model.path"],
        ["reward_model"] = ["reward.path"],
        ["reward_model_path"] = ["reward.path"],
        ["dataset_name"] = ["data"],
        ["train_dataset"] = ["data"],
        ["dataset"] = ["data"],
        ["torch_dtype"] = ["model.dtype"],
        ["bf16"] = ["model.dtype"],
        ["fp16"] = ["model.dtype"],
        ["gradient_checkpointing"] = ["model.gradient_checkpointing"],
        ["chat_template"] = ["template"],
        ["peft_config"] = ["model.lora"],
        ["r"] = ["model.lora.rank", "rank"],
        ["lora_r"] = ["model.lora.rank"],
        ["lora_alpha"] = ["model.lora.alpha", "alpha"],
        ["lora_dropout"] = ["model.lora.dropout", "dropout"],
        ["lora_target_modules"] = ["model.lora.targets"],
        ["target_modules"] = ["model.lora.targets", "targets"],
        ["use_rslora"] = ["model.lora.rank_stabilized", "rank_stabilized"],
        ["modules_to_save"] = ["model.trained_whole", "trained_whole"],
        ["learning_rate"] = ["optimizer.learning_rate"],
        ["lr"] = ["optimizer.learning_rate", "learning_rate"],
        ["weight_decay"] = ["optimizer.weight_decay"],
        ["adam_beta1"] = ["optimizer.beta1", "beta1"],
        ["adam_beta2"] = ["optimizer.beta2", "beta2"],
        ["adam_epsilon"] = ["optimizer.epsilon", "epsilon"],
        ["max_grad_norm"] = ["optimizer.maximum_gradient_norm", "maximum_gradient_norm"],
        ["optim"] = ["optimizer.kind", "kind"],
        ["lr_scheduler_type"] = ["schedule.kind"],
        ["warmup_ratio"] = ["schedule.warmup_ratio"],
        ["per_device_train_batch_size"] = ["micro_batch_size"],
        ["train_batch_size"] = ["batch_size"],
        ["num_train_epochs"] = ["epochs"],
        ["total_episodes"] = ["epochs"],
        ["max_steps"] = ["run.maximum_steps", "maximum_steps"],
        ["save_steps"] = ["run.checkpoint_every", "checkpoint_every"],
        ["save_total_limit"] = ["run.keep_checkpoints", "keep_checkpoints"],
        ["eval_steps"] = ["run.evaluate_every", "evaluate_every"],
        ["max_seq_length"] = ["max_length"],
        ["max_tokens"] = ["max_new_tokens"],
        ["response_length"] = ["max_new_tokens"],
        ["max_completion_length"] = ["max_new_tokens"],
        ["loss_type"] = ["loss.kind"],
        ["beta"] = ["loss.beta", "kl.coefficient"],
        ["label_smoothing"] = ["loss.label_smoothing"],
        ["desirable_weight"] = ["loss.desirable_weight"],
        ["undesirable_weight"] = ["loss.undesirable_weight"],
        ["cpo_alpha"] = ["loss.cpo_alpha"],
        ["simpo_gamma"] = ["loss.simpo_gamma"],
        ["precompute_ref_log_probs"] = ["precompute_reference"],
        ["assistant_only_loss"] = ["loss_on"],
        ["completion_only_loss"] = ["loss_on"],
        ["lam"] = ["lambda"],
        ["cliprange"] = ["policy_clip"],
        ["cliprange_value"] = ["value_clip"],
        ["vf_coef"] = ["value_coefficient"],
        ["num_ppo_epochs"] = ["ppo_epochs"],
        ["num_mini_batches"] = ["mini_batch_size"],
        ["kl_coef"] = ["kl.coefficient"],
        ["init_kl_coef"] = ["kl.coefficient", "coefficient"],
        ["kl_estimator"] = ["kl.penalty"],
        ["adap_kl_ctrl"] = ["kl.adaptive", "adaptive"],
        ["target_kl"] = ["kl.target", "target"],
        ["whiten_advantage"] = ["whiten_advantages"],
        ["num_sample_generations"] = ["samples"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // What a peer says by a key that has no other name here. A hint counts where the record has the key that it speaks of.
    private static readonly FrozenDictionary<string, (string Key, string Hint)> Explained =
        new Dictionary<string, (string Key, string Hint)>(StringComparer.Ordinal)
        {
            ["gradient_accumulation_steps"] = ("micro_batch_size",
                "batch_size is rows of an optimizer step, micro_batch_size rows of a forward pass; accumulation follows from both"),
            ["max_completion_length"] = ("max_length",
                "max_length is prompt and completion together, and the completion has no limit of its own"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>What to know of a key of a peer that has no other name in a record; null for nothing.</summary>
    /// <param name="name">The unknown key.</param>
    /// <param name="shape">The record that it was written in.</param>
    internal static string? Explain(string name, ConfigShape shape) =>
        Explained.TryGetValue(name, out var known) && Has(shape, known.Key) ? known.Hint : null;

    /// <summary>What a key of a peer is called here, among the keys of a record; null where the record has no such setting.</summary>
    /// <param name="name">The unknown key.</param>
    /// <param name="shape">The record that it was written in.</param>
    internal static string? For(string name, ConfigShape shape) =>
        Here.TryGetValue(name, out var places) ? places.FirstOrDefault(place => Has(shape, place)) : null;

    private static bool Has(ConfigShape shape, string place)
    {
        var first = place.Split('.')[0];
        if (shape.Keys.FirstOrDefault(key => key.Name == first) is not { } key)
        {
            return false;
        }

        if (first.Length == place.Length)
        {
            return true;
        }

        var forms = ConfigShape.VariantsOf(key.Type) is { Count: > 0 } variants ? variants.Select(variant => variant.Record) : [key.Type];
        return ConfigShape.IsSettings(key.Type) && forms.Any(form => Has(ConfigShape.For(form), place[(first.Length + 1)..]));
    }
}
