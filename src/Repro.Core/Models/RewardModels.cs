using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>What scores texts. Scores carry no gradient and have no dropout in them; a row's score does not depend on its padding or the
/// rows beside it.</summary>
public interface IRewardModel
{
    /// <summary>One score a text, read at its last real token.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <returns>[batch], single precision at least.</returns>
    /// <exception cref="ReproException">A row has no real token, or an id is not known to the model.</exception>
    Tensor Score(Tensor ids, Tensor mask);

    /// <summary>A score after every token: what a reward model makes of the text up to there.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <returns>[batch, count], single precision at least; meaningless at padding, but finite.</returns>
    /// <exception cref="ReproException">An id is not known to the model.</exception>
    Tensor ScoreTokens(Tensor ids, Tensor mask);
}

/// <summary>A decoder that scores texts: a linear head without bias on the hidden states (sequence classification).</summary>
public sealed class ScoreModel : DecoderModel, IRewardModel
{
    private ScoreModel(WeightSource source, ModelConfig config, ScoreHead head)
        : base(nameof(ScoreModel), source, config)
    {
        Head = head;
        register_module(ScoreHead.Name, head);
    }

    /// <summary>The head.</summary>
    public ScoreHead Head { get; }

    private protected override bool IsClassifier => true;

    /// <inheritdoc cref="LanguageModel.Load"/>
    public static ScoreModel Load(string folder, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FromFolder(
            folder,
            dtype,
            device,
            (source, config) => new ScoreModel(source, config, new ScoreHead(source, config.HiddenSize, config.Labels)),
            hasScoreHead: true);

    /// <summary>Reads the body of a language model's folder and puts a fresh head with one output on it; the language model's own head is
    /// left out.</summary>
    /// <param name="folder">Folder with config.json and safetensors.</param>
    /// <param name="seed">Seed of the head.</param>
    /// <param name="dtype">Element type to compute in; the files may hold another one.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <exception cref="ReproException">A file is not valid, or configuration and weights disagree.</exception>
    public static ScoreModel LoadBody(string folder, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FromFolder(
            folder,
            dtype,
            device,
            (source, config) =>
            {
                using var fresh = new FreshWeights(dtype, device ?? CPU, config.InitializerRange, seed);
                return new ScoreModel(source, config with { Labels = 1 }, new ScoreHead(fresh, config.HiddenSize, labels: 1));
            },
            hasScoreHead: false,
            "lm_head.weight");

    /// <inheritdoc cref="LanguageModel.Create"/>
    public static ScoreModel Create(
        ModelConfig config, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null, bool onDevice = false) =>
        Fresh(
            config,
            seed,
            dtype,
            device,
            onDevice,
            (source, sizes) => new ScoreModel(source, sizes, new ScoreHead(source, sizes.HiddenSize, sizes.Labels)));

    /// <summary>Scores after every token.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <returns>[batch, count, labels].</returns>
    public Tensor TokenScores(Tensor ids, Tensor mask)
    {
        using var hidden = Hidden(ids, mask);
        return Head.Scores(hidden);
    }

    /// <summary>The scores after the last real token of each row.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <returns>[batch, labels].</returns>
    /// <exception cref="ReproException">A row has no real token.</exception>
    public Tensor Scores(Tensor ids, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        return Head.LastScores(this, ids, mask);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The head has several outputs.</exception>
    public Tensor Score(Tensor ids, Tensor mask)
    {
        RequireOneLabel();
        using var inference = new EvaluationMode(this, gradients: false);
        using var scores = Scores(ids, mask);
        return scores.squeeze(1);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The head has several outputs.</exception>
    public Tensor ScoreTokens(Tensor ids, Tensor mask)
    {
        RequireOneLabel();
        using var inference = new EvaluationMode(this, gradients: false);
        using var scores = TokenScores(ids, mask);
        return scores.squeeze(2);
    }

    /// <summary>
    /// The scores before the first padding id of each row, whatever the mask says: at the last position where there is none or
    /// the row starts with one. This is how transformers up to 4.38 reads a score; it is wrong for texts that hold the padding id.
    /// </summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <param name="padToken">The padding id.</param>
    /// <returns>[batch, labels].</returns>
    public Tensor ScoresBeforeFirstPad(Tensor ids, Tensor mask, int padToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = NewDisposeScope();
        var before = ids.eq(padToken).to(ScalarType.Int64).argmax(1) - 1;
        return RowEnds.At(TokenScores(ids, mask), where(before.lt(0), before + ids.shape[1], before).unsqueeze(1)).squeeze(1)
            .MoveToOuterDisposeScope();
    }

    private void RequireOneLabel()
    {
        if (Head.Labels != 1)
        {
            throw new InvalidOperationException(Invariant($"A reward model has one output, this head has {Head.Labels}."));
        }
    }
}

/// <summary>
/// A reward model that is an adapter and a head on a base which others use too: one base in memory carries policy, reference and reward
/// models. The base belongs to the caller; scoring leaves its active adapter and its mode as they were.
/// </summary>
public sealed class AdapterRewardModel : IRewardModel, IDisposable
{
    /// <summary>Puts the parts together.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter on the base; null for the base without one.</param>
    /// <param name="head">A head with one output; it is disposed with this.</param>
    /// <exception cref="ArgumentException">The base has no such adapter, or the head does not fit.</exception>
    public AdapterRewardModel(DecoderModel model, string? role, ScoreHead head)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(head);
        if (role is not null && !model.Adapters.Names.Contains(role))
        {
            throw new ArgumentException(
                $"The base has no adapter '{role}'; attached are: {string.Join(", ", model.Adapters.Names)}.", nameof(role));
        }

        if (head.Labels != 1 || head.Weight.shape[1] != model.Config.HiddenSize)
        {
            throw new ArgumentException(
                Invariant(
                    $"A head of shape [1, {model.Config.HiddenSize}] was expected, found [{InvariantText.Join(", ", head.Weight.shape)}]."),
                nameof(head));
        }

        (Model, Role, Head) = (model, role, head);
    }

    /// <summary>The base.</summary>
    public DecoderModel Model { get; }

    /// <summary>Name of the adapter; null for the base without one.</summary>
    public string? Role { get; }

    /// <summary>The head.</summary>
    public ScoreHead Head { get; }

    /// <summary>Attaches a fresh adapter and a fresh head. The base is frozen; its active adapter stays.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter.</param>
    /// <param name="settings">Form of the adapter.</param>
    /// <param name="seed">Seed of adapter and head.</param>
    /// <exception cref="ArgumentException">The name is taken or has a dot, or a target is no layer of the model.</exception>
    /// <exception cref="ReproException">There is no target.</exception>
    public static AdapterRewardModel Create(DecoderModel model, string role, LoraSettings settings, long seed) =>
        Attach(model, role, seed, _ => model.Adapters.Add(role, settings, seed));

    /// <summary>Attaches the adapter and the head (<c>score.weight</c>) of a PEFT folder. The base is frozen; its active adapter
    /// stays.</summary>
    /// <param name="model">The base.</param>
    /// <param name="role">Name of the adapter here.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">The folder is not valid, has no head, or does not fit the base.</exception>
    public static AdapterRewardModel Load(DecoderModel model, string role, string folder)
    {
        RequireHead(folder);
        return Attach(model, role, 0, head => model.Adapters.Load(
            role, folder, new Dictionary<string, Tensor> { [ScoreHead.TensorName] = head.Weight }));
    }

    /// <summary>Whether a PEFT folder holds a head beside the adapter.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">The folder has no valid weights.</exception>
    public static bool HasHead(string folder) => AdapterSet.HoldsBeside(folder, ScoreHead.TensorName);

    /// <exception cref="ReproException">The folder has no head, or no valid weights.</exception>
    internal static void RequireHead(string folder)
    {
        if (!HasHead(folder))
        {
            throw new ReproException($"{folder}: the adapter has no head ({ScoreHead.TensorName}); it is no reward model.");
        }
    }

    /// <summary>Writes adapter and head as a PEFT folder of a sequence classifier.</summary>
    /// <param name="folder">The folder; it is created.</param>
    /// <param name="baseModel">What <c>base_model_name_or_path</c> shall say.</param>
    /// <exception cref="InvalidOperationException">There is no adapter.</exception>
    public void Save(string folder, string? baseModel = null)
    {
        var role = Role
            ?? throw new InvalidOperationException("A reward model without an adapter is not written as one: save the whole model.");
        Model.Adapters.Save(role, folder, baseModel, new Dictionary<string, Tensor> { [ScoreHead.TensorName] = Head.Weight });
    }

    /// <inheritdoc/>
    public Tensor Score(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var inference = new EvaluationMode(Model, gradients: false);
        using var use = Model.Adapters.Use(Role);
        return Head.LastScores(Model, ids, mask).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor ScoreTokens(Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        using var inference = new EvaluationMode(Model, gradients: false);
        using var use = Model.Adapters.Use(Role);
        return Head.Scores(Model.Hidden(ids, mask)).squeeze(2).MoveToOuterDisposeScope();
    }

    /// <summary>Frees the head. The adapter stays on the base until it is removed there.</summary>
    public void Dispose() => Head.Dispose();

    private static AdapterRewardModel Attach(DecoderModel model, string role, long seed, Action<ScoreHead> attach)
    {
        ArgumentNullException.ThrowIfNull(model);
        var active = model.Adapters.Active;
        var head = ScoreHead.Create(model.Config, seed, 1, model.Dtype, model.Device);
        try
        {
            attach(head);
            model.Adapters.Active = active;
            return new AdapterRewardModel(model, role, head);
        }
        catch
        {
            head.Dispose();
            throw;
        }
    }
}
