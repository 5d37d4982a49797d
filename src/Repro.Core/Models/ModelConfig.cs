namespace Repro.Core.Models;

/// <summary>Sizes and options of a decoder.</summary>
public sealed record ModelConfig
{
    /// <summary>The family.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Width of the hidden states.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Number of query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Number of key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>Longest context; a hard limit for learned positions only.</summary>
    public required int MaximumPositions { get; init; }

    /// <summary>The term under the root of the norms.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Stretching of the rotary frequencies; null for none.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Whether query, key and value projections have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Whether the output projection of attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the logits come from the embedding matrix instead of a head of their own.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Outputs of a score head.</summary>
    public int Labels { get; init; } = 1;

    /// <summary>Standard deviation of fresh weights.</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Padding id; null where none is set.</summary>
    public int? PadToken { get; init; }

    /// <summary>Ids that end a text.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];
}

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

/// <summary>Stretching of rotary frequencies for longer contexts.</summary>
/// <param name="Factor">By how much positions are stretched.</param>
/// <param name="LowFrequencyFactor">Llama 3: wavelengths above original / this are stretched in full; null for linear stretching of
/// all.</param>
/// <param name="HighFrequencyFactor">Llama 3: wavelengths below original / this are left alone; null for linear.</param>
/// <param name="OriginalPositions">Llama 3: length of the original context; null for linear.</param>
public sealed record RopeScaling(double Factor, double? LowFrequencyFactor = null, double? HighFrequencyFactor = null, double? OriginalPositions = null);
