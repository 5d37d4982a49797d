using System.Text.Json;
using Repro.Core.Configuration;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Form of a low-rank adapter: W + (alpha / rank) B A on each target.</summary>
public sealed record LoraSettings
{
    /// <summary>Rank of the update.</summary>
    [AtLeast(1, Instead = "leave model.lora out to train every weight")]
    public required int Rank { get; init; }

    /// <summary>Numerator of the scale.</summary>
    [Above(0)]
    public required double Alpha { get; init; }

    /// <summary>Last parts of the names of the linear layers; the one entry <c>all-linear</c> means every one but the head.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Dropout on the adapter's input while training.</summary>
    [Within(0, 1, BelowMaximum = true)]
    public double Dropout { get; init; }

    /// <summary>Whether the scale is alpha over the root of the rank.</summary>
    public bool RankStabilized { get; init; }

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

/// <summary>Gives the adapter that was active before back when it is disposed.</summary>
internal sealed class AdapterUse(AdapterSet adapters, string? before) : IDisposable
{
    public void Dispose() => adapters.Active = before;
}
