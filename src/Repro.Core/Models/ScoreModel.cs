using Repro.Core.Models.Layers;
using Repro.Core.Models.Weights;
using static TorchSharp.torch;

namespace Repro.Core.Models;

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
        FromFolder(folder, dtype, device, (source, config) => new ScoreModel(source, config, new ScoreHead(source, config.HiddenSize, config.Labels)));

    /// <summary>Reads the body of a language model's folder and puts a fresh head with one output on it; the language model's own head is left out.</summary>
    /// <param name="folder">Folder with config.json and safetensors.</param>
    /// <param name="seed">Seed of the head.</param>
    /// <param name="dtype">Element type to compute in, whatever the files hold.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    /// <exception cref="ReproException">A file is not valid, or configuration and weights disagree.</exception>
    public static ScoreModel LoadBody(string folder, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FromFolder(
            folder,
            dtype,
            device,
            (source, config) => new ScoreModel(source, config with { Labels = 1 }, ScoreHead.Create(config, seed, 1, dtype, device)),
            "lm_head.weight");

    /// <inheritdoc cref="LanguageModel.Create"/>
    public static ScoreModel Create(ModelConfig config, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null, bool onDevice = false) =>
        Fresh(config, seed, dtype, device, onDevice, (source, sizes) => new ScoreModel(source, sizes, new ScoreHead(source, sizes.HiddenSize, sizes.Labels)));

    /// <summary>Scores after every token.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <returns>[batch, count, labels].</returns>
    public Tensor TokenScores(Tensor ids, Tensor mask)
    {
        using var hidden = Hidden(ids, mask);
        return Head.Scores(hidden);
    }

    /// <summary>The scores after the last real token of each row.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
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
        using var inference = new InferenceMode(this);
        using var scores = Scores(ids, mask);
        return scores.squeeze(1);
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The head has several outputs.</exception>
    public Tensor ScoreTokens(Tensor ids, Tensor mask)
    {
        RequireOneLabel();
        using var inference = new InferenceMode(this);
        using var scores = TokenScores(ids, mask);
        return scores.squeeze(2);
    }

    /// <summary>
    /// The scores before the first padding id of each row, whatever the mask says: at the last position where there is none or
    /// the row starts with one. This is how transformers up to 4.38 reads a score; it is wrong for texts that hold the padding id.
    /// </summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <param name="padToken">The padding id.</param>
    /// <returns>[batch, labels].</returns>
    public Tensor ScoresBeforeFirstPad(Tensor ids, Tensor mask, int padToken)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using var scope = NewDisposeScope();
        var before = ids.eq(padToken).to(ScalarType.Int64).argmax(1) - 1;
        return RowEnds.At(TokenScores(ids, mask), where(before.lt(0), before + ids.shape[1], before).unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope();
    }

    private void RequireOneLabel()
    {
        if (Head.Labels != 1)
        {
            throw new InvalidOperationException(Invariant($"A reward model has one output, this head has {Head.Labels}."));
        }
    }
}
