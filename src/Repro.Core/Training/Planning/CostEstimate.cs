using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Planning;

/// <summary>
/// Memory and work of a training stage, about. Work counts 2 floating-point operations a scalar and token for a pass forward, 4 for the way
/// back of a model whose every weight is trained and 2 where only adapters are (the gradients of the frozen weights are left out), 2 more
/// with gradient checkpointing.
/// </summary>
public static class CostEstimate
{
    private const int MomentsPerScalar = 2;

    /// <summary>Peak memory of the device by part, bytes.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="settings">Its form.</param>
    /// <param name="work">What goes through it.</param>
    /// <param name="baseScalars">Scalars of all models on the device without adapters.</param>
    /// <param name="trainedScalars">Scalars that are trained.</param>
    public static IReadOnlyDictionary<string, long> Memory(ModelConfig config, ModelSettings settings, Workload work, long baseScalars, long trainedScalars)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(work);
        var size = BytesOf(settings.Dtype);
        var adapted = settings.Lora is not null || settings.Adapter is not null;
        // The factors of adapters are kept in single precision at least.
        var trainedSize = adapted ? Math.Max(size, 4) : size;
        return new OrderedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["weights"] = (baseScalars * size) + (adapted ? trainedScalars * trainedSize : 0),
            ["gradients"] = trainedScalars * trainedSize,
            ["moments"] = trainedScalars * trainedSize * MomentsPerScalar,
            ["activations"] = Activations(config, settings.GradientCheckpointing, work.Rows * work.Length, work.Length) * size,
            ["logits"] = work.LogitBytes,
            ["cache"] = 2L * config.Layers * config.KeyValueHeads * config.HeadSize * work.SampledRows * work.SampledLength * size,
        };
    }

    /// <summary>Floating-point operations of a step.</summary>
    /// <param name="settings">Form of the model.</param>
    /// <param name="work">What goes through it.</param>
    /// <param name="scalars">Scalars of one model that take part in matrix products (the embedding does not).</param>
    public static double OperationsPerStep(ModelSettings settings, Workload work, long scalars)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(work);
        var adapted = settings.Lora is not null || settings.Adapter is not null;
        var perToken = (adapted ? 4.0 : 6.0) + (settings.GradientCheckpointing ? 2 : 0);
        return scalars * ((perToken * work.TokensPerStep) + (2.0 * work.ForwardTokensPerStep));
    }

    /// <summary>Scalars that take part in matrix products: all but the look-up table, whose tied copy is the head.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static long Multiplied(ModelConfig config) => ModelSize.LanguageModel(config) - (config is { TiedEmbeddings: false } ? ModelSize.Embedding(config) : 0);

    /// <summary>Bytes of the table of [positions, vocabulary] that is held at once.</summary>
    /// <param name="config">Sizes of the model.</param>
    /// <param name="settings">Its form.</param>
    /// <param name="memory">How much such tables may take.</param>
    /// <param name="positions">Positions of a pass.</param>
    public static long Logits(ModelConfig config, ModelSettings settings, HeadMemory memory, long positions)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(memory);
        var whole = positions * config.VocabularySize * BytesOf(settings.Dtype);
        return whole <= memory.KeptBytes ? whole : Math.Min(whole, memory.ChunkBytes);
    }

    /// <summary>Bytes of an element.</summary>
    /// <param name="dtype">A floating-point type.</param>
    public static int BytesOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Models compute in floating point."),
    };

    /// <summary>
    /// Elements that are kept for the way back. A block keeps its input, both norms' outputs, queries, keys and values before and after
    /// rotation, the mixed values, both sums, and four tables of the feed-forward width; where attention is not fused also its
    /// probabilities, before and after softmax.
    /// </summary>
    private static long Activations(ModelConfig config, bool checkpointed, long tokens, long length)
    {
        long width = config.HiddenSize, queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        var block = tokens * ((5 * width) + (2 * (queries + (2 * keys))) + queries + (4L * config.IntermediateSize) + (2L * config.Heads * length));
        return checkpointed ? (tokens * width * config.Layers) + block : block * config.Layers;
    }
}

/// <summary>What goes through a model at once and in one step.</summary>
/// <param name="Rows">Rows of one forward pass with gradients.</param>
/// <param name="Length">Longest row, tokens.</param>
/// <param name="TokensPerStep">Tokens of one step that gradients are computed for, all epochs of it together.</param>
public sealed record Workload(long Rows, long Length, double TokensPerStep)
{
    /// <summary>Tokens of one step that go through a model without gradients: references, reward models, values.</summary>
    public double ForwardTokensPerStep { get; init; }

    /// <summary>Rows that are sampled at once; 0 where nothing is.</summary>
    public long SampledRows { get; init; }

    /// <summary>Longest sampled row with its prompt, tokens.</summary>
    public long SampledLength { get; init; }

    /// <summary>Bytes of the table of [positions, vocabulary] that is held at once; 0 for a model with a score head.</summary>
    public long LogitBytes { get; init; }
}
