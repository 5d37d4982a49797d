using Repro.Core.Models.Layers;
using Repro.Core.Models.Weights;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>A decoder that scores texts: a linear head without bias on the hidden states (sequence classification).</summary>
public sealed class ScoreModel : DecoderModel
{
    private readonly Projection _head;

    private ScoreModel(WeightSource source, ModelConfig config)
        : base(nameof(ScoreModel), source, config)
    {
        _head = new Projection(source, "score", config.HiddenSize, config.Labels, bias: false);
        register_module("score", _head);
    }

    private protected override bool IsClassifier => true;

    /// <inheritdoc cref="LanguageModel.Load"/>
    public static ScoreModel Load(string folder, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        FromFolder(folder, dtype, device, (source, config) => new ScoreModel(source, config));

    /// <inheritdoc cref="LanguageModel.Create"/>
    public static ScoreModel Create(ModelConfig config, long seed, ScalarType dtype = ScalarType.Float32, Device? device = null) =>
        Fresh(config, seed, dtype, device, (source, sizes) => new ScoreModel(source, sizes));

    /// <summary>Scores after every token.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <returns>[batch, count, labels].</returns>
    public Tensor TokenScores(Tensor ids, Tensor mask)
    {
        using var hidden = Hidden(ids, mask);
        return _head.Forward(hidden);
    }

    /// <summary>The scores after the last real token of each row.</summary>
    /// <param name="ids">Token ids [batch, count], int64.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on whatever side, [batch, count].</param>
    /// <returns>[batch, labels].</returns>
    /// <exception cref="ReproException">A row has no real token.</exception>
    public Tensor Scores(Tensor ids, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = NewDisposeScope();
        var all = TokenScores(ids, mask);
        // Positions counted from 1 where the mask is 1: the largest is the last real token.
        var last = mask.ne(0).to(ScalarType.Int64).mul(arange(1, mask.shape[1] + 1, dtype: ScalarType.Int64, device: mask.device)).amax([1]);
        var empty = last.eq(0).nonzero();
        if (empty.shape[0] > 0)
        {
            throw new ReproException($"Row {empty[0, 0].item<long>()} of the batch has no real token; it cannot be scored.");
        }

        return At(all, last - 1).MoveToOuterDisposeScope();
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
        return At(TokenScores(ids, mask), where(before.lt(0), before + ids.shape[1], before)).MoveToOuterDisposeScope();
    }

    private static Tensor At(Tensor scores, Tensor places)
    {
        using var index = places.view(-1, 1, 1);
        using var wide = index.expand(-1, 1, scores.shape[2]);
        using var found = scores.gather(1, wide);
        return found.squeeze(1);
    }
}
