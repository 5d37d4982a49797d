using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Core.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Form of a low-rank adapter: W + (alpha / rank) B A on each target.</summary>
public sealed record LoraSettings : ICheckedSettings
{
    /// <summary>Rank of the update.</summary>
    [AtLeast(1, Instead = "leave model.lora out to train every weight")]
    public required int Rank { get; init; }

    /// <summary>Numerator of the scale.</summary>
    [Above(0)]
    public required double Alpha { get; init; }

    /// <summary>Last parts of the names of the linear layers, each of a layer that the model has; the one entry <c>all-linear</c> means
    /// every one but the head.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Regular expression that the whole name of a layer fits, in place of <see cref="Targets"/>; null without one. Only adapters
    /// that were read have it.</summary>
    internal string? TargetPattern { get; init; }

    /// <summary>Layers that are left out though they are targets, by names as in <see cref="Targets"/>.</summary>
    internal IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>Regular expression of whole names that are left out; null without one.</summary>
    internal string? ExcludedPattern { get; init; }

    /// <summary>Dropout on the adapter's input while training.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double Dropout { get; init; }

    /// <summary>Whether the scale is alpha over the root of the rank.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Whether the adapter acts on a linear layer, by PEFT's rules: names end with a target, a pattern fits the whole
    /// name.</summary>
    /// <param name="layer">Name in the checkpoint, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <exception cref="RegexMatchTimeoutException">A pattern of a file took longer than a second.</exception>
    internal bool Fits(string layer)
    {
        if (ExcludedPattern is { } excluded ? FitsWhole(excluded, layer) : Ends(Excluded, layer))
        {
            return false;
        }

        return TargetPattern is { } pattern ? FitsWhole(pattern, layer)
            : Targets is ["all-linear"] ? layer is not ("lm_head" or "score")
            : Ends(Targets, layer);
    }

    /// <inheritdoc/>
    string? ICheckedSettings.Problem => Targets.Count > 0 ? null
        : "targets is empty; name layers, such as q_proj, or say all-linear for every one but the head";

    /// <summary>Whether the name of a layer ends with one of some names.</summary>
    internal static bool Ends(IReadOnlyList<string> names, string layer) =>
        names.Any(name => layer == name || layer.EndsWith("." + name, StringComparison.Ordinal));

    private static bool FitsWhole(string pattern, string layer) =>
        Regex.IsMatch(layer, $"^(?:{pattern})\\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>The factor of B A.</summary>
    public double Scale => RankStabilized ? Alpha / Math.Sqrt(Rank) : Alpha / Rank;
}

/// <summary>
/// The two factors of one adapter on one linear layer: A (rank, in), B (out, rank). They are kept in single precision at least, whatever
/// the model computes in, because their updates are too small for half precision; a pass casts them to the type of its input.
/// </summary>
internal sealed class LoraPair : NamedModule
{
    private readonly double _scale;
    private readonly double _dropout;

    internal LoraPair(Parameter a, Parameter b, LoraSettings settings)
        : base(nameof(LoraPair))
    {
        (A, B, _scale, _dropout) = (a, b, settings.Scale, settings.Dropout);
        register_parameter("lora_A", a);
        register_parameter("lora_B", b);
    }

    internal Parameter A { get; }

    internal Parameter B { get; }

    internal Tensor Forward(Tensor input, bool training)
    {
        using var scope = NewDisposeScope();
        var dropped = training && _dropout > 0 ? nn.functional.dropout(input, _dropout) : input;
        return (nn.functional.linear(nn.functional.linear(dropped, As(A, input)), As(B, input)) * _scale).MoveToOuterDisposeScope();
    }

    /// <summary>scale * B A, (out, in).</summary>
    internal Tensor Delta()
    {
        using var product = B.matmul(A);
        return product.mul(_scale);
    }

    /// <summary>The type of the factors in a model of some type.</summary>
    internal static ScalarType FactorType(ScalarType model) => model == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static Tensor As(Tensor factor, Tensor input) => factor.dtype == input.dtype ? factor : factor.to(input.dtype);
}

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
        var strange = json.Texts("modules_to_save")
            .FirstOrDefault(module => !saved.Contains(module) && !(module == "classifier" && saved.Count > 0));
        if (strange is not null)
        {
            throw json.Fault(
                "modules_to_save",
                saved.Count == 0
                    ? "must be null: the model has no place for such modules"
                    : $"must name nothing but {string.Join(", ", saved)}");
        }

        RefuseOtherForms(json);
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
            TargetPattern = json.IsText("target_modules") && targets[0] != "all-linear" ? Pattern(json, "target_modules") : null,
            Excluded = json.Texts("exclude_modules"),
            ExcludedPattern = json.IsText("exclude_modules") ? Pattern(json, "exclude_modules") : null,
            Dropout = json.NotNegative("lora_dropout", 0) is < 1 and var dropout
                ? dropout
                : throw json.Fault("lora_dropout", "must be below 1"),
            RankStabilized = json.Flag("use_rslora", false),
        };
    }

    // Keys that say how an adapter came about, or that are read above; any other that says something may change what the numbers mean.
    private static readonly HashSet<string> _harmless =
    [
        "peft_type", "auto_mapping", "base_model_name_or_path", "revision", "task_type", "inference_mode", "r", "target_modules",
            "exclude_modules",
        "lora_alpha", "lora_dropout", "fan_in_fan_out", "bias", "use_rslora", "modules_to_save", "init_lora_weights", "layers_pattern",
            "megatron_core",
        "eva_config", "qalora_group_size", "runtime_config", "peft_version",
    ];

    // PiSSA, OLoRA, CorDA and LoftQ change the base before the factors are added; such an adapter fits no base as it was published.
    private static void RefuseOtherForms(ConfigObject json)
    {
        if (json.IsText("init_lora_weights") && json.Text("init_lora_weights") is { } start
            && start is not ("gaussian" or "eva" or "orthogonal"))
        {
            throw json.Fault("init_lora_weights",
                "must be true, false, gaussian, eva or orthogonal: others change the base model, which is not supported");
        }

        if (json.Given().FirstOrDefault(name => !_harmless.Contains(name)) is { } strange)
        {
            throw json.Fault(strange, "must be null or false: it is not supported");
        }
    }

    private static string Pattern(ConfigObject json, string key)
    {
        var pattern = json.Text(key)!;
        try
        {
            _ = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return pattern;
        }
        catch (ArgumentException)
        {
            throw json.Fault(key, "must be a list of layers or a regular expression");
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="settings">The adapter's form.</param>
    /// <param name="layers">Last parts of the names of the layers that it acts on; PEFT knows <c>all-linear</c> as a text only, and writes
    /// the list itself.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    /// <param name="saved">Modules beside the adapter.</param>
    internal static void Write(string path, LoraSettings settings, IReadOnlyCollection<string> layers, string? baseModel,
        IReadOnlyCollection<string> saved) => File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            peft_type = "LORA",
            base_model_name_or_path = baseModel,
            bias = "none",
            exclude_modules = (object?)settings.ExcludedPattern ?? (settings.Excluded.Count == 0 ? null : settings.Excluded),
            fan_in_fan_out = false,
            inference_mode = true,
            init_lora_weights = true,
            lora_alpha = settings.Alpha,
            lora_dropout = settings.Dropout,
            modules_to_save = saved.Count == 0 ? null : saved,
            r = settings.Rank,
            target_modules = (object?)settings.TargetPattern ?? (settings.Targets is ["all-linear"] ? layers : settings.Targets),
            task_type = saved.Contains("score") ? ClassifierTask : "CAUSAL_LM",
            use_rslora = settings.RankStabilized,
        }));
}

/// <summary>Gives the adapter that was active before back when it is disposed.</summary>
internal sealed class AdapterUse(AdapterSet adapters, string? before) : IDisposable
{
    public void Dispose() => adapters.Active = before;
}
