using Repro.Core.Models.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A decoder with any head; parameters have the names that Hugging Face checkpoints use.</summary>
public abstract class DecoderModel : NamedModule
{
    private protected DecoderModel(string name, WeightSource source, ModelConfig config)
        : base(name)
    {
        Config = config;
        var path = config.Architecture == ModelArchitecture.Gpt2 ? "transformer" : "model";
        Body = new DecoderBody(source, path, config);
        register_module(path, Body);
    }

    /// <summary>Sizes and options.</summary>
    public ModelConfig Config { get; }

    /// <summary>The low-rank adapters.</summary>
    public AdapterSet Adapters { get; private protected set; } = null!;

    /// <summary>Element type of the weights.</summary>
    public ScalarType Dtype => Body.Tokens.Weight.dtype;

    /// <summary>Where the weights are.</summary>
    public Device Device => Body.Tokens.Weight.device;

    private protected DecoderBody Body { get; }

    private protected abstract bool IsClassifier { get; }

    /// <summary>Hidden states after the last norm.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">
    /// 1 for real tokens, 0 for padding on either side, [batch, past + count]. For rows with a structure of their own [batch, count,
    /// count], 1 where the position of the second dimension sees that of the third; then positions are needed.
    /// </param>
    /// <param name="positions">Positions [batch, count]; by default the number of real tokens before each one.</param>
    /// <param name="cache">Past keys and values, extended in place; its use needs gradients to be off.</param>
    /// <param name="first">The first column that is wanted: for those before it the last block computes no more than keys and
    /// values.</param>
    /// <returns>[batch, count - first, width]; meaningless at padding, but finite.</returns>
    /// <exception cref="ReproException">A token id or a position is not known to the model.</exception>
    /// <exception cref="ArgumentException">Shapes disagree, or the cache is too small.</exception>
    public Tensor Hidden(Tensor ids, Tensor mask, Tensor? positions = null, KeyValueCache? cache = null, long first = 0)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(mask);
        Check(ids, mask, positions, cache, first);
        return Body.Forward(ids, mask, positions, cache, first);
    }

    /// <summary>What the steps of one token after a prompt share; its tensors belong to the current dispose scope.</summary>
    /// <param name="mask">[batch, all]: that of the prompt, and ones after it.</param>
    internal StepPlan Plan(Tensor mask) => Body.Plan(mask);

    /// <summary>Hidden states [batch, 1, width] of one more token a row, which is known to be in the vocabulary.</summary>
    /// <param name="ids">[batch, 1], int64.</param>
    /// <param name="plan">What the steps share.</param>
    /// <param name="cache">Past keys and values, extended in place.</param>
    internal Tensor Step(Tensor ids, StepPlan plan, KeyValueCache cache)
    {
        using var scope = NewDisposeScope();
        return Body.Forward(ids, plan.Next(cache)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The forward pass of a training step. With gradient checkpointing the input of each block alone is kept, and the block is run a
    /// second time in the backward pass: that costs one more forward pass, and activations grow with one block instead of all.
    /// </summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">As in <see cref="Hidden"/>.</param>
    /// <param name="positions">As in <see cref="Hidden"/>.</param>
    /// <param name="first">As in <see cref="Hidden"/>.</param>
    /// <param name="checkpointing">Whether to use gradient checkpointing.</param>
    /// <returns>Hidden states, and how to take their gradient through the model.</returns>
    /// <exception cref="InvalidOperationException">Checkpointing, and the active adapter has dropout, which the second run would draw anew,
    /// and <see cref="UseDropoutSeed"/> is not in force.</exception>
    public ForwardPass Forward(Tensor ids, Tensor mask, Tensor? positions = null, long first = 0, bool checkpointing = false)
    {
        ArgumentNullException.ThrowIfNull(ids);
        ArgumentNullException.ThrowIfNull(mask);
        Check(ids, mask, positions, null, first);
        if (checkpointing && training && Adapters.ActiveDropout > 0 && Body.DropoutSeed is null)
        {
            throw new InvalidOperationException(
                "Gradient checkpointing runs each block twice: call UseDropoutSeed so that both draw the same dropout.");
        }

        return checkpointing ? Body.TrainCheckpointed(ids, mask, positions, first) : Body.Train(ids, mask, positions, first);
    }

    /// <summary>
    /// Draws the dropout of every pass from a seed, each block apart, until the result is disposed; then the global generator goes on as if
    /// nothing had been drawn (that of the CPU; generators of other devices stay seeded).
    /// </summary>
    /// <param name="seed">The seed; a pass with the same one has the same dropout, checkpointed or not.</param>
    public IDisposable UseDropoutSeed(long seed)
    {
        var scope = new DropoutScope(Body.DropoutSeed, before => Body.DropoutSeed = before);
        Body.DropoutSeed = seed;
        return scope;
    }

    /// <summary>The parameters of the model itself, without those of adapters, by the names of the checkpoint.</summary>
    public IReadOnlyDictionary<string, Parameter> BaseParameters() =>
        named_parameters().Where(pair => !pair.name.Contains(".lora_", StringComparison.Ordinal))
            .ToDictionary(pair => pair.name, pair => pair.parameter, StringComparer.Ordinal);

    /// <summary>Writes config.json, generation_config.json where the model writes text, and safetensors, adapters left out (merge first to
    /// keep one).</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="shardBytes">Most bytes of data in one file.</param>
    public void Save(string folder, long shardBytes = 5_000_000_000)
    {
        Directory.CreateDirectory(folder);
        ModelConfigFile.Write(Path.Combine(folder, ModelConfigFile.Name), Config, IsClassifier, Dtype);
        if (!IsClassifier)
        {
            ModelConfigFile.WriteGeneration(folder, Config);
        }

        SafetensorsFolder.Write(folder, BaseParameters().ToDictionary(pair => pair.Key, pair => (Tensor)pair.Value), shardBytes);
    }

    /// <summary>Builds a model within a scope: a fault frees what was read before it.</summary>
    private protected static T Build<T>(Func<T> build)
        where T : DecoderModel
    {
        using var scope = NewDisposeScope();
        var model = build();
        foreach (var parameter in model.parameters())
        {
            parameter.DetachFromDisposeScope();
        }

        model.Adapters = new AdapterSet(model);
        return model;
    }

    private protected static T FromFolder<T>(
        string folder, ScalarType dtype, Device? device, Func<WeightSource, ModelConfig, T> build, bool hasScoreHead,
        params string[] ignored)
        where T : DecoderModel
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var config = ModelConfigFile.Read(Path.Combine(folder, ModelConfigFile.Name));
        using var files = SafetensorsFolder.Open(folder);
        ScoreHead.Require(files, hasScoreHead);
        var loaded = Build(() =>
        {
            var source = new LoadedWeights(files, dtype, device ?? CPU);
            var model = build(source, config);
            source.RequireAllTaken(ignored);
            return model;
        });
        loaded.eval();
        return loaded;
    }

    private protected static T Fresh<T>(
        ModelConfig config, long seed, ScalarType dtype, Device? device, bool onDevice, Func<WeightSource, ModelConfig, T> build)
        where T : DecoderModel
    {
        ArgumentNullException.ThrowIfNull(config);
        using var source = new FreshWeights(dtype, device ?? CPU, config.InitializerRange, seed, onDevice);
        return Build(() => build(source, config));
    }

    private void Check(Tensor ids, Tensor mask, Tensor? positions, KeyValueCache? cache, long first)
    {
        var past = cache?.Length ?? 0;
        var fits = ids.dim() == 2 && ids.numel() > 0 && (positions is null || positions.shape.SequenceEqual(ids.shape))
            && (mask.shape.SequenceEqual([ids.shape[0], past + ids.shape[1]])
                || (mask.shape.SequenceEqual([ids.shape[0], ids.shape[1], ids.shape[1]]) && positions is not null && cache is null));
        if (!fits)
        {
            throw new ArgumentException(
                Invariant($"Ids [batch, count] and a mask [batch, {past} + count] ")
                + "(or [batch, count, count] with positions and no cache) were expected, "
                + $"found [{InvariantText.Join(", ", ids.shape)}] and [{InvariantText.Join(", ", mask.shape)}].", nameof(ids));
        }

        if (first < 0 || first >= ids.shape[1])
        {
            throw new ArgumentException(
                Invariant($"The first column that is wanted lies within the {ids.shape[1]} of the batch, found {first}."), nameof(first));
        }

        if (cache is not null && past + ids.shape[1] > cache.Capacity)
        {
            throw new ArgumentException(
                Invariant($"The cache holds {cache.Capacity} positions, {past + ids.shape[1]} are needed."), nameof(cache));
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (least, most) = (ids.min().item<long>(), ids.max().item<long>());
        if (least < 0 || most >= Config.VocabularySize)
        {
            throw UnknownToken(least < 0 ? least : most);
        }

        RequireLength(positions is null ? mask.ne(0).sum(1).max().item<long>() : positions.max().item<long>() + 1);
    }

    internal ReproException UnknownToken(long id) =>
        new(Invariant($"Token id {id} is outside the vocabulary of {Config.VocabularySize} ids."));

    /// <exception cref="ReproException">A text is longer than the model was made for.</exception>
    internal void RequireLength(long length)
    {
        if (length > Config.LongestText)
        {
            throw new ReproException(Invariant($"A text of {length} tokens exceeds the {Config.LongestText} positions of the model."));
        }
    }
}

/// <summary>Switches dropout off until it is disposed, and gradients too where they are not wanted; then the model is in its mode of
/// before.</summary>
public sealed class EvaluationMode : IDisposable
{
    private readonly nn.Module _model;
    private readonly bool _wasTraining;
    private readonly IDisposable? _noGradients;

    /// <summary>Switches them off.</summary>
    /// <param name="model">The model.</param>
    /// <param name="gradients">Whether operations are still recorded for a backward pass.</param>
    public EvaluationMode(nn.Module model, bool gradients = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _wasTraining, _noGradients) = (model, model.training, gradients ? null : no_grad());
        if (_wasTraining)
        {
            model.eval();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _noGradients?.Dispose();
        if (_wasTraining)
        {
            _model.train();
        }
    }
}
