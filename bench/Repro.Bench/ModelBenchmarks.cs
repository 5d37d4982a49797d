using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Bench;

/// <summary>The language model of Repro.Core: gradients of a batch, and greedy generation with a cache. The twin in plain PyTorch is
/// bench/llama.py.</summary>
internal static class ModelBenchmarks
{
    private static readonly ModelConfig Small = Sizes(layers: 2, width: 64, heads: 4, groups: 2, inner: 176, vocabulary: 256);

    internal static readonly ModelConfig Medium = Sizes(layers: 4, width: 256, heads: 8, groups: 4, inner: 688, vocabulary: 2000);

    public static IEnumerable<Benchmark> All =>
    [
        new("gradients_small", 5, true, () => Gradients(Small, batch: 8, length: 64)),
        new("gradients_medium", 1, true, () => Gradients(Medium, batch: 4, length: 128)),
        new("generate_small", 1, false, () => Generation(Small, batch: 4, prompt: 16, fresh: 64)),
        new("generate_medium", 1, false, () => Generation(Medium, batch: 4, prompt: 16, fresh: 64)),
    ];

    private static ModelConfig Sizes(int layers, int width, int heads, int groups, int inner, int vocabulary) => new()
    {
        Architecture = ModelArchitecture.Llama,
        VocabularySize = vocabulary,
        HiddenSize = width,
        IntermediateSize = inner,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = groups,
        HeadSize = width / heads,
        MaximumPositions = 1024,
        NormEpsilon = 1e-5,
    };

    private static Action Gradients(ModelConfig config, long batch, long length)
    {
        var model = LanguageModel.Create(config, seed: 1);
        var ids = randint(config.VocabularySize, [batch, length]);
        var mask = ones_like(ids);
        var targets = randint(config.VocabularySize, [batch * length]);
        return () =>
        {
            using var scope = NewDisposeScope();
            model.zero_grad();
            nn.functional.cross_entropy(model.Logits(ids, mask).view(-1, config.VocabularySize), targets).backward();
        };
    }

    private static Action Generation(ModelConfig config, long batch, long prompt, int fresh)
    {
        var model = LanguageModel.Create(config, seed: 1);
        var ids = randint(config.VocabularySize, [batch, prompt]);
        var mask = ones_like(ids);
        var settings = new GenerationSettings { MaxNewTokens = fresh };
        return () => TextGenerator.Generate(model, ids, mask, settings);
    }
}
