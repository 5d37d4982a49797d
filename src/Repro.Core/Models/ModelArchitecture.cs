namespace Repro.Core.Models;

/// <summary>Families of decoders, as <c>model_type</c> of a config.json names them.</summary>
public enum ModelArchitecture
{
    /// <summary>Llama 2 and 3: RMSNorm, rotary positions, grouped-query attention, SwiGLU.</summary>
    Llama,

    /// <summary>Qwen2 and Qwen2.5: as Llama, with biases on query, key and value.</summary>
    Qwen2,

    /// <summary>GPT-2: LayerNorm, learned positions, GELU, linear weights stored as (in, out).</summary>
    Gpt2,
}
