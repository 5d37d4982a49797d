using Repro.Core;
using Repro.Core.Models;

namespace Repro.GpuProbe;

/// <summary>The shapes that are measured.</summary>
internal static class ProbeModel
{
    /// <summary>Qwen2 of 7 billion parameters, or a small one of the same form for trying the probe out.</summary>
    /// <exception cref="ReproException">The name is not known.</exception>
    internal static ModelConfig Config(string size) => size switch
    {
        "7b" => Qwen2(152064, 3584, 18944, 28, 28, 4),
        "small" => Qwen2(1000, 64, 128, 2, 4, 2),
        _ => throw new ReproException($"There is no size '{size}'; 7b and small are."),
    };

    /// <summary>Weights that every token is multiplied with: all matrices but the embedding, which is looked up in.</summary>
    internal static long MultipliedWeights(LanguageModel model) =>
        model.BaseParameters().Where(pair => pair.Value.dim() == 2 && !pair.Key.Contains("embed_tokens", StringComparison.Ordinal))
            .Sum(pair => pair.Value.numel());

    private static ModelConfig Qwen2(int vocabulary, int width, int inner, int layers, int heads, int groups) => new()
    {
        Architecture = ModelArchitecture.Qwen2,
        VocabularySize = vocabulary,
        HiddenSize = width,
        IntermediateSize = inner,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = groups,
        HeadSize = width / heads,
        MaximumPositions = 32768,
        NormEpsilon = 1e-6,
        RopeTheta = 1_000_000,
        AttentionBias = true,
    };
}
