using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Training.Planning;

/// <summary>
/// Memory and work of a training stage, about. Work counts 2 floating-point operations a scalar and token for a forward pass, 4 for the
/// backward pass of a model whose every weight is trained and 2 where only adapters are (the gradients of the frozen weights are left out),
/// 2 more with gradient checkpointing.
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
    public static IReadOnlyDictionary<string, long> Memory(
        ModelConfig config, ModelSettings settings, Workload work, long baseScalars, long trainedScalars)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(work);
        var size = BytesOf(settings.Dtype);
        var adapted = settings.Lora is not null || settings.Adapter is not null;
        // The factors of adapters are kept in single precision at least.
        var trainedSize = adapted ? Math.Max(size, 4) : size;
        var parts = new OrderedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["weights"] = (baseScalars * size) + (adapted ? trainedScalars * trainedSize : 0),
            ["gradients"] = trainedScalars * trainedSize,
            ["moments"] = trainedScalars * trainedSize * MomentsPerScalar,
            ["activations"] = Activations(config, settings.GradientCheckpointing, work.Rows * work.Length, work.Length) * size,
            ["logits"] = Logits(config, settings, work),
            ["cache"] = 2L * config.Layers * config.KeyValueHeads * config.HeadSize * work.SampledRows * work.Length * size,
        };
        if (work.TruncatedRows > 0)
        {
            parts["kept tokens"] = (long)work.TruncatedRows * work.NewTokens * config.VocabularySize * sizeof(bool);
        }

        return parts;
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
    public static long Multiplied(ModelConfig config) =>
        ModelSize.LanguageModel(config) - (config is { TiedEmbeddings: false } ? ModelSize.Embedding(config) : 0);

    /// <summary>Bytes of an element.</summary>
    /// <param name="dtype">A floating-point type.</param>
    public static int BytesOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Models compute in floating point."),
    };

    // Bytes of the table of [positions, vocabulary] that is held at once: while sampling, or in the head of a pass with gradients.
    private static long Logits(ModelConfig config, ModelSettings settings, Workload work)
    {
        if (work.SampledTexts > 0)
        {
            return work.Rows * work.NewTokens * config.VocabularySize * sizeof(float);
        }

        var whole = work.Rows * work.Length * config.VocabularySize * BytesOf(settings.Dtype);
        return work.HeadMemory is not { } memory ? 0 : whole <= memory.KeptBytes ? whole : Math.Min(whole, memory.ChunkBytes);
    }

    /// <summary>
    /// Elements that are kept for the backward pass. A block keeps its input, both norms' outputs, queries, keys and values before and
    /// after rotation, the mixed values, both sums, and four tables of the feed-forward width; where attention is not fused also its
    /// probabilities, before and after softmax.
    /// </summary>
    private static long Activations(ModelConfig config, bool checkpointed, long tokens, long length)
    {
        long width = config.HiddenSize, queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        var block = tokens
            * ((5 * width) + (2 * (queries + (2 * keys))) + queries + (4L * config.IntermediateSize) + (2L * config.Heads * length));
        return checkpointed ? (tokens * width * config.Layers) + block : block * config.Layers;
    }
}

/// <summary>What one step of a stage does. An example is a row, a pair, a group of replies, or a prompt that responses are sampled
/// for.</summary>
public sealed record Workload
{
    /// <summary>Examples of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Most examples in one pass with gradients; null for all of a step.</summary>
    public int? MicroBatchSize { get; init; }

    /// <summary>Most texts in one pass with gradients where a pass may hold a part of an example, of a group of responses; null where whole
    /// examples go together.</summary>
    public int? MicroTexts { get; init; }

    /// <summary>Passes over the data.</summary>
    public double Epochs { get; init; } = 1;

    /// <summary>Texts of an example that gradients are computed for: 2 for a pair.</summary>
    public int Texts { get; init; } = 1;

    /// <summary>Times that each of these texts is trained on in a step.</summary>
    public int Updates { get; init; } = 1;

    /// <summary>Passes without gradients of each of these texts, such as that of the reference.</summary>
    public int ForwardPasses { get; init; }

    /// <summary>Responses that are sampled for each prompt; 0 where the texts are given.</summary>
    public int SampledTexts { get; init; }

    /// <summary>Most tokens of a sampled response.</summary>
    public int NewTokens { get; init; }

    /// <summary>Sampled responses of a step whose tokens are held with what top-k and top-p left of the vocabulary; 0 where they leave
    /// all.</summary>
    public int TruncatedRows { get; init; }

    /// <summary>Reward models that read every sampled response.</summary>
    public int RewardModels { get; init; }

    /// <summary>How much memory tables over the vocabulary may take in a pass with gradients; null where there is no such table.</summary>
    public HeadMemory? HeadMemory { get; init; }

    /// <summary>Models of the trained one's size on the device, itself included: 2 with a reference of its own.</summary>
    public int Models { get; init; } = 1;

    /// <summary>Whether the model has a score head in the place of the language model's.</summary>
    public bool ScoreHead { get; init; }

    /// <summary>Tokens of an example on average; of a prompt where responses are sampled. Measured on the data.</summary>
    public double MeanTokens { get; init; }

    /// <summary>Tokens of the longest example, likewise.</summary>
    public int LongestTokens { get; init; }

    /// <summary>Rows of one pass with gradients.</summary>
    public long Rows => Math.Min(MicroTexts ?? long.MaxValue, (long)Texts * Math.Min(MicroBatchSize ?? BatchSize, BatchSize));

    /// <summary>Longest row, tokens.</summary>
    public long Length => SampledTexts > 0 ? LongestTokens + NewTokens : LongestTokens / Texts;

    /// <summary>Tokens of one step that gradients are computed for, about; one that is trained on twice counts twice.</summary>
    public double TokensPerStep => Trained * Updates;

    /// <summary>Tokens of one step that go through a model without gradients, about: sampling, references, reward models.</summary>
    public double ForwardTokensPerStep =>
        (Trained * ForwardPasses) + ((double)BatchSize * SampledTexts * (MeanTokens + NewTokens) * (1 + RewardModels));

    /// <summary>Rows that are sampled at once.</summary>
    public long SampledRows => (long)BatchSize * SampledTexts;

    private double Trained => BatchSize * (SampledTexts > 0 ? Texts * (MeanTokens + NewTokens) : MeanTokens);
}
