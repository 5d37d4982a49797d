using Repro.Core.Models;

namespace Repro.Tests.Unit.Models;

/// <summary>Sizes of models that are made on the spot.</summary>
internal static class TinyModels
{
    internal static ModelConfig Config(ModelArchitecture architecture) => architecture switch
    {
        // Scores and logits are large enough to feel the caps, texts long enough to leave the window.
        ModelArchitecture.Gemma2 => Plain(architecture) with
        {
            AttentionBias = false,
            QueryScalar = 6,
            AttentionCap = 3,
            LogitCap = 8,
            SlidingWindow = 4,
            SlidingLayers = [true, false],
        },
        ModelArchitecture.Gemma3 => Plain(architecture) with
        {
            AttentionBias = false,
            QueryScalar = 6,
            SlidingWindow = 3,
            SlidingLayers = [true, false],
            RopeTheta = 1_000_000,
            SlidingRopeTheta = 50,
        },
        _ => Plain(architecture),
    };

    private static ModelConfig Plain(ModelArchitecture architecture) => new()
    {
        Architecture = architecture,
        VocabularySize = 40,
        HiddenSize = 16,
        IntermediateSize = 24,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = architecture == ModelArchitecture.Gpt2 ? 4 : 2,
        HeadSize = 4,
        MaximumPositions = 64,
        NormEpsilon = 1e-5,
        AttentionBias = architecture != ModelArchitecture.Llama,
        AttentionOutputBias = architecture == ModelArchitecture.Gpt2,
        TiedEmbeddings = architecture != ModelArchitecture.Llama,
        InitializerRange = 0.5,
        EndTokens = [2],
    };
}
