using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A decoder that predicts the next token.</summary>
public sealed class LanguageModel : DecoderModel
{
    private readonly Linear? _head;

    private LanguageModel(WeightSource source, ModelConfig config)
        : base(nameof(LanguageModel), source, config)
    {
        if (config.TiedEmbeddings)
        {
            source.RequireTied("lm_head.weight", Body.TokensName, Body.Tokens.Weight);
            return;
        }

        _head = new Linear(source, "lm_head", config.HiddenSize, config.VocabularySize, bias: false);
        register_module("lm_head", _head);
    }

    private protected override bool IsClassifier => false;

    /// <summary>The matrix that makes logits, [vocabulary, width]: the head's, or the embedding's where they are tied.</summary>
    internal Parameter HeadWeight => _head?.Weight ?? Body.Tokens.Weight;

    /// <summary>Whether the active adapter acts on the head too.</summary>
    internal bool HeadIsAdapted => _head?.IsAdapted ?? false;

    /// <summary>Reads a folder in the Hugging Face layout. With tied embeddings it may hold <c>lm_head.weight</c> as well, if equal to the
    /// embeddings.</summary>
    /// <param name="folder">Folder with config.json and safetensors.</param>
    /// <param name="dtype">Element type to compute in; the files may hold another one.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <exception cref="ReproException">A file is not valid, or configuration and weights disagree.</exception>
    public static LanguageModel Load(string folder, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FromFolder(folder, dtype, device, (source, config) => new LanguageModel(source, config), hasScoreHead: false);

    /// <summary>A model with fresh weights.</summary>
    /// <param name="config">Its sizes.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <param name="onDevice">
    /// Whether weights are drawn on the device itself, in their own dtype: fast for large models on a GPU, but the seed means other weights
    /// than on the CPU, where they are drawn otherwise.
    /// </param>
    public static LanguageModel Create(
        ModelConfig config, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null, bool onDevice = false) =>
        Fresh(config, seed, dtype, device, onDevice, (source, sizes) => new LanguageModel(source, sizes));

    /// <summary>Scores of every next token.</summary>
    /// <inheritdoc cref="DecoderModel.Hidden"/>
    /// <returns>[batch, count, vocabulary].</returns>
    public Tensor Logits(Tensor ids, Tensor mask, Tensor? positions = null, KeyValueCache? cache = null)
    {
        using var hidden = Hidden(ids, mask, positions, cache);
        return LogitsOf(hidden);
    }

    /// <summary>Logits [.., vocabulary] of hidden states [.., width].</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives.</param>
    public Tensor LogitsOf(Tensor hidden) => LogitsOf(hidden, 1);

    /// <summary>Logits divided by a temperature, of hidden states divided by it: the head has no bias, and a cap shrinks with
    /// them.</summary>
    /// <param name="tempered">[.., width].</param>
    /// <param name="temperature">What they were divided by.</param>
    internal Tensor LogitsOf(Tensor tempered, double temperature)
    {
        var logits = _head?.Forward(tempered) ?? nn.functional.linear(tempered, Body.Tokens.Weight);
        if (LogitCapAt(temperature) is not { } cap)
        {
            return logits;
        }

        using (logits)
        {
            return SoftCap.Apply(logits, cap);
        }
    }

    /// <summary>The cap of logits that are divided by a temperature; null for none.</summary>
    internal double? LogitCapAt(double temperature) => Config.LogitCap / temperature;
}
