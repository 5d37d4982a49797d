using Repro.Core.Models;
using Repro.Core.Models.Safetensors;
using Repro.Core.Tokenization;
using Repro.Core.Training.Policies;

namespace Repro.Core.Training.Planning;

/// <summary>Collects what a plan looks at; what is wrong becomes a problem of the plan instead of ending it.</summary>
public sealed class PlanBuilder
{
    private readonly List<PlanCheck> _checks = [];

    /// <summary>Whether nothing is wrong so far.</summary>
    public bool IsSound => _checks.TrueForAll(check => check.Problem is null);

    /// <summary>Looks at something.</summary>
    /// <typeparam name="T">What the look gives.</typeparam>
    /// <param name="subject">Which key of the settings.</param>
    /// <param name="look">Gives a value with one line on it; throws <see cref="ReproException"/> where something is wrong.</param>
    /// <returns>The value, or the default where something is wrong.</returns>
    public T? Look<T>(string subject, Func<(T Value, string Finding)> look)
    {
        ArgumentNullException.ThrowIfNull(look);
        try
        {
            var (value, finding) = look();
            _checks.Add(new PlanCheck(subject, finding));
            return value;
        }
        catch (ReproException failure)
        {
            _checks.Add(new PlanCheck(subject, "-", failure.Message));
            return default;
        }
    }

    /// <summary>Looks at a model's folder: configuration, weights by their headers, device.</summary>
    /// <param name="settings">Which model.</param>
    public ModelConfig? Model(ModelSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var config = Look("model.path", () =>
        {
            var found = ModelConfigFile.Read(Path.Combine(settings.Path, ModelConfigFile.Name));
            return (found, Invariant($"{found.Architecture}, {found.Layers} blocks of width {found.HiddenSize}, {ModelSize.LanguageModel(found):N0} scalars"));
        });
        if (config is not null && !settings.Fresh)
        {
            Look("model.path", () => Weights(settings.Path, config));
        }

        Look("model.device", () => (DeviceNames.Find(settings.Device), settings.Device));
        if (settings.Adapter is { } adapter)
        {
            Look("model.adapter", () => Directory.Exists(adapter) ? (adapter, adapter) : throw new ReproException($"{adapter}: there is no such folder."));
        }

        return config;
    }

    /// <summary>Looks at the tokenizer of a model.</summary>
    /// <param name="settings">Which model.</param>
    /// <param name="config">Its configuration; null if it could not be read.</param>
    public TextTokenizer? Tokenizer(ModelSettings settings, ModelConfig? config)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var folder = settings.Tokenizer ?? settings.Path;
        return Look("tokenizer", () =>
        {
            var tokenizer = TokenizerLoader.Load(folder);
            return config is not null && tokenizer.IdLimit > config.VocabularySize
                ? throw new ReproException(Invariant($"{folder}: the tokenizer has ids up to {tokenizer.IdLimit - 1}, the model only {config.VocabularySize} of them."))
                : (tokenizer, $"{tokenizer.Count} tokens");
        });
    }

    /// <summary>The plan.</summary>
    /// <param name="config">Sizes of the model; null if they could not be read.</param>
    /// <param name="settings">Its form.</param>
    /// <param name="steps">Steps of the run.</param>
    /// <param name="work">What goes through the model; null where that could not be found out.</param>
    /// <param name="copies">Models of this size on the device: two with a reference of its own.</param>
    /// <param name="scoreHead">Whether there is a score head in the place of the language model's.</param>
    public StagePlan Build(ModelConfig? config, ModelSettings settings, long steps, Workload? work, int copies = 1, bool scoreHead = false)
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (config is null || work is null)
        {
            return new StagePlan(_checks, steps, 0, 0, 0, new Dictionary<string, long>(), 0);
        }

        var scalars = scoreHead ? ModelSize.ScoreModel(config) : ModelSize.LanguageModel(config);
        var trained = Look("trained", () => Trained(config, settings, scalars, scoreHead));
        var memory = CostEstimate.Memory(config, settings, work, scalars * copies, trained);
        var sum = memory.Values.Sum();
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (settings.Device == "cpu")
        {
            Look("memory", () => sum <= available
                ? (sum, Invariant($"about {sum >> 20:N0} MiB of {available >> 20:N0}"))
                : throw new ReproException(Invariant($"about {sum >> 20:N0} MiB are needed, this machine has {available >> 20:N0}.")));
        }

        var multiplied = scoreHead ? scalars - ModelSize.Embedding(config) : CostEstimate.Multiplied(config);
        return new StagePlan(_checks, steps, (long)work.TokensPerStep, scalars, trained, memory, steps * CostEstimate.OperationsPerStep(settings, work, multiplied));
    }

    private static (long Trained, string Finding) Trained(ModelConfig config, ModelSettings settings, long scalars, bool scoreHead)
    {
        if (settings.Adapter is null && settings.Lora is null)
        {
            return (scalars, "every weight");
        }

        var head = scoreHead ? config.HiddenSize : 0;
        var whole = settings.TrainedWhole.Count * ModelSize.Embedding(config);
        var lora = settings.Lora is { } form ? ModelSize.Adapter(config, form) : AdapterScalars(settings.Adapter!);
        return (lora + head + whole, Invariant($"an adapter of {lora:N0} scalars{(whole > 0 ? $", {string.Join(", ", settings.TrainedWhole)} in full" : string.Empty)}"));
    }

    private static long AdapterScalars(string folder)
    {
        using var file = SafetensorsFile.Open(Path.Combine(folder, "adapter_model.safetensors"));
        return file.Entries.Values.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
    }

    private static (long Scalars, string Finding) Weights(string folder, ModelConfig config)
    {
        using var files = SafetensorsFolder.Open(folder);
        var scalars = files.Names.Sum(name => files.Entry(name).Shape.Aggregate(1L, (product, size) => product * size));
        var least = Math.Min(ModelSize.LanguageModel(config), ModelSize.ScoreModel(config));
        return scalars >= least
            ? (scalars, Invariant($"{files.Names.Count} tensors, {scalars:N0} scalars in {string.Join(", ", files.Names.Select(name => files.Entry(name).Dtype).Distinct())}"))
            : throw new ReproException(Invariant($"{folder}: the weights have {scalars:N0} scalars, config.json asks for at least {least:N0}."));
    }
}
