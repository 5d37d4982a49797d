using Repro.Core.Models.Adapters;
using static TorchSharp.torch;

namespace Repro.Core.Training;

/// <summary>Which model, in what form.</summary>
public sealed record ModelSettings
{
    /// <summary>Folder in the Hugging Face layout: config.json, safetensors, tokenizer files.</summary>
    [ConfigPath]
    public required string Path { get; init; }

    /// <summary>Folder of the tokenizer; null for that of the model.</summary>
    [ConfigPath]
    public string? Tokenizer { get; init; }

    /// <summary>Whether weights are drawn afresh for the config.json of the folder instead of read. On a GPU they are drawn there, and are others than on the CPU.</summary>
    public bool Fresh { get; init; }

    /// <summary>Element type to compute in.</summary>
    public ScalarType Dtype { get; init; } = ScalarType.Float32;

    /// <summary>Device, such as <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>PEFT folder of an adapter that training goes on from.</summary>
    [ConfigPath]
    public string? Adapter { get; init; }

    /// <summary>The form of a fresh adapter; null (and no <see cref="Adapter"/>) trains every weight.</summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>Modules that are trained whole beside an adapter, by the last part of their names, such as <c>embed_tokens</c> and <c>lm_head</c>.</summary>
    public IReadOnlyList<string> TrainedWhole { get; init; } = [];

    /// <summary>Whether blocks are run again on the way back instead of keeping their activations.</summary>
    public bool GradientCheckpointing { get; init; }
}
