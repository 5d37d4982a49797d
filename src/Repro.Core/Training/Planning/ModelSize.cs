using System.Diagnostics;
using Repro.Core.Models;
using Repro.Core.Training.Policies;
using static TorchSharp.torch;

namespace Repro.Core.Training.Planning;

/// <summary>Numbers of scalars of a decoder, from the configuration alone.</summary>
public static class ModelSize
{
    /// <summary>The linear layers of one block by the last part of their names, with input and output widths.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static IReadOnlyList<(string Name, long Inputs, long Outputs)> BlockLayers(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long width = config.HiddenSize, inner = config.IntermediateSize;
        long queries = (long)config.Heads * config.HeadSize, keys = (long)config.KeyValueHeads * config.HeadSize;
        return config.Architecture == ModelArchitecture.Gpt2
            ? [("c_attn", width, queries + (2 * keys)), ("c_proj", queries, width), ("c_fc", width, inner), ("c_proj", inner, width)]
            :
            [
                ("q_proj", width, queries), ("k_proj", width, keys), ("v_proj", width, keys), ("o_proj", queries, width),
                ("gate_proj", width, inner), ("up_proj", width, inner), ("down_proj", inner, width),
            ];
    }

    /// <summary>Scalars of a language model, a head that is not tied included.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static long LanguageModel(ModelConfig config) => Body(config) + (config.TiedEmbeddings ? 0 : Embedding(config));

    /// <summary>Scalars of a model with a score head.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static long ScoreModel(ModelConfig config) => Body(config) + ((long)config.HiddenSize * config.Labels);

    /// <summary>Scalars of the embedding, or of a head of the same shape.</summary>
    /// <param name="config">Sizes of the model.</param>
    public static long Embedding(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return (long)config.VocabularySize * config.HiddenSize;
    }

    private static long Body(ModelConfig config)
    {
        var gpt2 = config.Architecture == ModelArchitecture.Gpt2;
        var matrices = BlockLayers(config).Sum(layer => layer.Inputs * layer.Outputs);
        var biases = gpt2
            ? BlockLayers(config).Sum(layer => layer.Outputs)
            : (config.AttentionBias ? ((long)config.Heads + (2L * config.KeyValueHeads)) * config.HeadSize : 0)
            + (config.AttentionOutputBias ? config.HiddenSize : 0);
        long norm = gpt2 ? 2L * config.HiddenSize : config.HiddenSize;
        var headNorms = config.NormsHeads ? 2L * config.HeadSize : 0;
        var norms = config.IsGemma ? 4 : 2;
        var positions = gpt2 ? (long)config.MaximumPositions * config.HiddenSize : 0;
        return Embedding(config) + positions + (config.Layers * (matrices + biases + headNorms + (norms * norm))) + norm;
    }
}

/// <summary>How many floating-point operations a device does in a second.</summary>
/// <param name="PerSecond">Operations.</param>
/// <param name="Source">How that is known.</param>
public sealed record DeviceRate(double PerSecond, string Source)
{
    // What training of a large model reaches on one current data-centre GPU in bfloat16; its data sheet promises 1e15.
    private const double AssumedGpu = 4e14;

    private const int Size = 768;

    /// <summary>Measures the device with matrix products; a GPU that is not there is assumed.</summary>
    /// <param name="device">Name of the device.</param>
    /// <param name="dtype">Element type.</param>
    public static DeviceRate Measure(string device, ScalarType dtype)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device != "cpu" && !cuda.is_available())
        {
            return new DeviceRate(AssumedGpu, Invariant($"{AssumedGpu / 1e12:F0} TFLOP/s assumed for a GPU that is not here"));
        }

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var target = DeviceNames.Find(device);
        var left = ones([Size, Size], dtype: dtype, device: target);
        var right = ones([Size, Size], dtype: dtype, device: target);
        Multiply(left, right, 2);
        var watch = Stopwatch.StartNew();
        var count = 0;
        while (watch.Elapsed.TotalSeconds < 0.3)
        {
            Multiply(left, right, 4);
            count += 4;
        }

        var rate = 2.0 * Size * Size * Size * count / watch.Elapsed.TotalSeconds;
        return new DeviceRate(rate, Invariant($"{rate / 1e9:F0} GFLOP/s measured on {device}"));
    }

    // Reading one element waits for the device.
    private static void Multiply(Tensor left, Tensor right, int times)
    {
        using var scope = NewDisposeScope();
        Tensor product = left;
        for (var i = 0; i < times; i++)
        {
            product = left.matmul(right);
        }

        _ = product[0, 0].to(ScalarType.Float32).item<float>();
    }
}
