using System.Text.Json;

namespace Repro.Core.Models.Adapters;

/// <summary>Reads and writes <c>adapter_config.json</c>.</summary>
internal static class LoraConfigFile
{
    internal const string Name = "adapter_config.json";

    // PEFT marks the adapter of a classifier so, and finds the head that way.
    private const string ClassifierTask = "SEQ_CLS";

    /// <param name="path">The file.</param>
    /// <param name="saved">Modules besides the adapter that the reader has a place for.</param>
    internal static LoraSettings Read(string path, IReadOnlyCollection<string> saved)
    {
        var json = ConfigObject.Load(path);
        if (json.Text("peft_type") != "LORA")
        {
            throw json.Fault("peft_type", "must be LORA");
        }

        if (json.Text("bias") is not (null or "none"))
        {
            throw json.Fault("bias", "must be none");
        }

        foreach (var key in new[] { "alpha_pattern", "rank_pattern" })
        {
            if (json.Has(key) && json.Count(key) > 0)
            {
                throw json.Fault(key, "must be empty: one rank and alpha for all layers is supported");
            }
        }

        if (json.Has("layers_to_transform"))
        {
            throw json.Fault("layers_to_transform", "must be null: it is not supported");
        }

        // Newer releases of PEFT name both usual heads of a classifier, of which a model has one.
        var strange = json.Texts("modules_to_save").FirstOrDefault(module => !saved.Contains(module) && !(module == "classifier" && saved.Count > 0));
        if (strange is not null)
        {
            throw json.Fault("modules_to_save", saved.Count == 0 ? "must be null: the model has no place for such modules" : $"must name nothing but {string.Join(", ", saved)}");
        }

        if (json.Flag("use_dora", false))
        {
            throw json.Fault("use_dora", "must be false: it is not supported");
        }

        var targets = json.Texts("target_modules");
        if (targets.Count == 0)
        {
            throw json.Fault("target_modules", "must name at least one layer");
        }

        return new LoraSettings
        {
            Rank = json.Size("r"),
            Alpha = json.Positive("lora_alpha"),
            Targets = targets,
            Dropout = json.NotNegative("lora_dropout", 0) is < 1 and var dropout ? dropout : throw json.Fault("lora_dropout", "must be below 1"),
            RankStabilized = json.Flag("use_rslora", false),
        };
    }

    internal static void Write(string path, LoraSettings settings, string? baseModel, IReadOnlyCollection<string> saved) => File.WriteAllText(path, JsonSerializer.Serialize(new
    {
        peft_type = "LORA",
        base_model_name_or_path = baseModel,
        bias = "none",
        fan_in_fan_out = false,
        inference_mode = true,
        lora_alpha = settings.Alpha,
        lora_dropout = settings.Dropout,
        modules_to_save = saved.Count == 0 ? null : saved,
        r = settings.Rank,
        target_modules = settings.Targets,
        task_type = saved.Contains("score") ? ClassifierTask : "CAUSAL_LM",
        use_rslora = settings.RankStabilized,
    }));
}
