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

    /// <summary>Positions that the model was made for, as <c>max_position_embeddings</c> gives them.</summary>
    public required int MaximumPositions { get; init; }

    /// <summary>How many tokens a position of a sliding layer sees, itself included; null for all.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>For each layer whether it slides, which means that it has the window; null where all or none do.</summary>
    public IReadOnlyList<bool>? SlidingLayers { get; init; }

    /// <summary>Longest text in tokens, with what stretches the rotary frequencies counted in. A longer one is refused.</summary>
    public long LongestText => RopeScaling?.LongestText(MaximumPositions) ?? MaximumPositions;

    /// <summary>The term under the root of the norms.</summary>
    public required double NormEpsilon { get; init; }

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10000;

    /// <summary>Base of the rotary frequencies of sliding layers, which are not stretched then; null where all layers turn alike.</summary>
    public double? SlidingRopeTheta { get; init; }

    /// <summary>Stretching of the rotary frequencies; null for none.</summary>
    public RopeScaling? RopeScaling { get; init; }

    /// <summary>Attention scores are divided by the root of this (<c>query_pre_attn_scalar</c>); null for <see cref="HeadSize"/>.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>Attention scores lie within plus and minus this, by a tangent (<c>attn_logit_softcapping</c>); null for no cap.</summary>
    public double? AttentionCap { get; init; }

    /// <summary>The same for the logits (<c>final_logit_softcapping</c>).</summary>
    public double? LogitCap { get; init; }

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

    /// <summary>Id that begins a text; null where none is set.</summary>
    public int? BeginToken { get; init; }

    /// <summary>Padding id; null where none is set, or a negative one as the first Llama conversions have it.</summary>
    public int? PadToken { get; init; }

    /// <summary>Ids that end a text: those of <c>generation_config.json</c> where it names any, else those of <c>config.json</c>.</summary>
    public IReadOnlyList<int> EndTokens { get; init; } = [];

    /// <summary>The text of <c>generation_config.json</c> as it was read, which goes along when the model is written; null without
    /// one.</summary>
    public string? Generation { get; init; }

    /// <summary>
    /// Whether it is one of Gemma: embeddings times the root of the width, gains stored as their difference from 1, GELU in its tanh form
    /// in the gate, and a norm behind attention and feed-forward layer as well as before.
    /// </summary>
    internal bool IsGemma => Architecture is ModelArchitecture.Gemma2 or ModelArchitecture.Gemma3;

    /// <summary>Whether queries and keys are normed before they are turned.</summary>
    internal bool NormsHeads => Architecture is ModelArchitecture.Qwen3 or ModelArchitecture.Gemma3;

    /// <summary>What all norms are.</summary>
    internal NormKind Norm => Architecture == ModelArchitecture.Gpt2 ? NormKind.Layer : IsGemma ? NormKind.OffsetRms : NormKind.Rms;

    /// <summary>Whether a layer has the window and the rotary base of its own.</summary>
    /// <param name="layer">Its index.</param>
    internal bool Slides(int layer) => SlidingLayers?[layer] ?? SlidingWindow is not null;
}

/// <summary>Families of decoders, as <c>model_type</c> of a config.json names them.</summary>
public enum ModelArchitecture
{
    /// <summary>Llama 2 and 3: RMSNorm, rotary positions, grouped-query attention, SwiGLU.</summary>
    Llama,

    /// <summary>Mistral: as Llama; positions see a window where the file names one.</summary>
    Mistral,

    /// <summary>Qwen2 and Qwen2.5: as Llama, with biases on query, key and value.</summary>
    Qwen2,

    /// <summary>Qwen3: as Llama, with an RMSNorm over each head of queries and keys before they are turned.</summary>
    Qwen3,

    /// <summary>Gemma 2: capped scores and logits, every other layer with a window (arXiv:2408.00118).</summary>
    Gemma2,

    /// <summary>Gemma 3 for text: no caps, normed queries and keys, five layers of six with a window and a rotary base of their own
    /// (arXiv:2503.19786).</summary>
    Gemma3,

    /// <summary>GPT-2: LayerNorm, learned positions, GELU, linear weights stored as (in, out).</summary>
    Gpt2,
}

/// <summary>Stretching of rotary frequencies for longer contexts.</summary>
/// <param name="Factor">By how much positions are stretched.</param>
/// <param name="LowFrequencyFactor">Llama 3: wavelengths above original / this are stretched in full; null for linear stretching of
/// all.</param>
/// <param name="HighFrequencyFactor">Llama 3: wavelengths below original / this are left alone; null for linear.</param>
/// <param name="OriginalPositions">Llama 3 and YaRN: length of the original context; null for linear.</param>
public sealed record RopeScaling(double Factor, double? LowFrequencyFactor = null, double? HighFrequencyFactor = null,
    double? OriginalPositions = null)
{
    /// <summary>The rule.</summary>
    public RopeKind Kind { get; init; } = LowFrequencyFactor is null ? RopeKind.Linear : RopeKind.Llama3;

    /// <summary>YaRN: frequencies that turn more often than this within the original context are left alone.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>YaRN: frequencies that turn less often than this are stretched in full.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>YaRN: factor of cosines and sines; null for the rule of the paper.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>YaRN: weight of the logarithm in the factor; counts only beside <see cref="MagnitudeOfAll"/>.</summary>
    public double? Magnitude { get; init; }

    /// <summary>YaRN: weight of the logarithm by which the factor is divided.</summary>
    public double? MagnitudeOfAll { get; init; }

    /// <summary>YaRN: whether the borders of the blended range are whole dimensions.</summary>
    public bool WholeBorders { get; init; } = true;

    /// <summary>
    /// Longest text in tokens of a model with so many positions. Dynamic stretching changes nothing up to them; beyond, the frequencies of
    /// a row would hang on the longest row of its batch, so it ends there.
    /// </summary>
    internal long LongestText(int positions) => Kind switch
    {
        RopeKind.Linear => (long)Math.Max(positions, Factor * positions),
        RopeKind.Yarn => (long)Math.Max(positions, Factor * (OriginalPositions ?? positions)),
        _ => positions,
    };

    /// <summary>The stretched frequencies [headSize / 2], in radians a position.</summary>
    /// <param name="frequencies">As they are without stretching.</param>
    /// <param name="theta">Their base.</param>
    /// <param name="positions">Positions of the model.</param>
    internal double[] Stretch(double[] frequencies, double theta, int positions) => Kind switch
    {
        RopeKind.Linear => [.. frequencies.Select(frequency => frequency / Factor)],
        RopeKind.Llama3 => [.. frequencies.Select(ByWavelength)],
        RopeKind.Yarn => ByTurns(frequencies, theta, OriginalPositions ?? positions),
        _ => frequencies,
    };

    /// <summary>What cosines and sines are multiplied by: for YaRN 0.1 ln(factor) + 1 (arXiv:2309.00071, Eq. 22), else 1.</summary>
    internal double CosineFactor()
    {
        if (Kind != RopeKind.Yarn)
        {
            return 1;
        }

        double Root(double weight) => Factor <= 1 ? 1 : (0.1 * weight * Math.Log(Factor)) + 1;
        return AttentionFactor ?? (Magnitude is { } own and not 0 && MagnitudeOfAll is { } all and not 0 ? Root(own) / Root(all) : Root(1));
    }

    // Periods within the original context: many keep their frequency, few are stretched, the range between is blended.
    private double ByWavelength(double frequency)
    {
        var (low, high) = (LowFrequencyFactor!.Value, HighFrequencyFactor!.Value);
        var periods = OriginalPositions!.Value * frequency / (2 * Math.PI);
        var kept = Math.Clamp((periods - low) / (high - low), 0, 1);
        return (kept * frequency) + ((1 - kept) * frequency / Factor);
    }

    // YaRN blends over dimensions in a straight line (arXiv:2309.00071, Eq. 18 to 20, as transformers rounds the borders).
    private double[] ByTurns(double[] frequencies, double theta, double original)
    {
        var size = 2 * frequencies.Length;
        double Dimension(double turns) => size * Math.Log(original / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
        var (low, high) = (Dimension(BetaFast), Dimension(BetaSlow));
        (low, high) = WholeBorders ? (Math.Floor(low), Math.Ceiling(high)) : (low, high);
        (low, high) = (Math.Max(low, 0), Math.Min(high, size - 1));
        high = low == high ? high + 0.001 : high;
        return [.. frequencies.Select((frequency, i) =>
        {
            var stretched = Math.Clamp((i - low) / (high - low), 0, 1);
            return (stretched * frequency / Factor) + ((1 - stretched) * frequency);
        })];
    }
}

/// <summary>Rules that stretch rotary frequencies, as <c>rope_type</c> names them.</summary>
public enum RopeKind
{
    /// <summary>All by one factor.</summary>
    Linear,

    /// <summary>None up to the positions of the model, which is where texts end here.</summary>
    Dynamic,

    /// <summary>By wavelength.</summary>
    Llama3,

    /// <summary>By the number of turns within the original context, with a factor on cosines and sines.</summary>
    Yarn,
}
