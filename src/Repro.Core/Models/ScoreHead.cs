using Repro.Core.Models.Safetensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>
/// A linear head without bias that scores hidden states, in single precision also where the model computes in half (double where the model
/// does). It goes with the body of any decoder, so that one base in memory carries several reward models.
/// </summary>
/// <remarks>A fresh head is normal with the deviation of the configuration, as the peers draw theirs; it is never left at zero or
/// unset.</remarks>
public sealed class ScoreHead : NamedModule
{
    /// <summary>Name of the module in checkpoints.</summary>
    public const string Name = "score";

    /// <summary>Name of its tensor.</summary>
    internal const string TensorName = Name + ".weight";

    private readonly Parameter _weight;

    internal ScoreHead(WeightSource source, long width, int labels)
        : base(nameof(ScoreHead))
    {
        var type = source.Dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        _weight = source.TakeAs(type, TensorName, WeightKind.Matrix, labels, width);
        register_parameter("weight", _weight);
    }

    /// <summary>Outputs.</summary>
    public int Labels => (int)_weight.shape[0];

    /// <summary>The weight [labels, width].</summary>
    public Parameter Weight => _weight;

    /// <summary>Refuses a language model where a reward model is wanted, and the other way round.</summary>
    /// <exception cref="ReproException">The folder holds the other kind.</exception>
    internal static void Require(SafetensorsFolder files, bool wanted)
    {
        if (files.Contains(TensorName) != wanted)
        {
            throw new ReproException(wanted
                ? $"{files.Folder}: a reward model was expected; there is no score head ({TensorName}). It seems to be a language model: "
                    + "stage rm-preference or rm-absolute makes a reward model of it."
                : $"{files.Folder}: a language model was expected; there is a score head ({TensorName}). It is a reward model.");
        }
    }

    /// <summary>A fresh head.</summary>
    /// <param name="config">Sizes of the model it stands on.</param>
    /// <param name="seed">Seed of its weights.</param>
    /// <param name="labels">Outputs.</param>
    /// <param name="dtype">Element type of the model.</param>
    /// <param name="device">Where to; the CPU by default.</param>
    public static ScoreHead Create(
        ModelConfig config, long seed, int labels = 1, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        using var source = new FreshWeights(dtype, device ?? CPU, config.InitializerRange, seed);
        var head = new ScoreHead(source, config.HiddenSize, labels);
        head._weight.DetachFromDisposeScope();
        return head;
    }

    /// <summary>Scores of every position.</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives, [.., width].</param>
    /// <returns>[.., labels] in the head's element type.</returns>
    public Tensor Scores(Tensor hidden)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (hidden.dtype == _weight.dtype)
        {
            return nn.functional.linear(hidden, _weight);
        }

        using var wide = hidden.to(_weight.dtype);
        return nn.functional.linear(wide, _weight);
    }

    /// <summary>Scores of some positions of each row; the head runs at these alone.</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives, [batch, count, width].</param>
    /// <param name="places">Positions [batch, some], int64.</param>
    /// <returns>[batch, some, labels].</returns>
    public Tensor ScoresAt(Tensor hidden, Tensor places)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(places);
        using var scope = NewDisposeScope();
        return Scores(RowEnds.At(hidden, places)).MoveToOuterDisposeScope();
    }

    /// <summary>Scores of the last real token of each row: what a reward model says about the whole text.</summary>
    /// <param name="hidden">What <see cref="DecoderModel.Hidden"/> gives, [batch, count, width], or the last columns of it, those of all
    /// the ends among them.</param>
    /// <param name="mask">1 for real tokens, 0 for padding on either side, [batch, count].</param>
    /// <returns>[batch, labels].</returns>
    /// <exception cref="ReproException">A row has no real token, or ends before the columns that are there.</exception>
    public Tensor LastScores(Tensor hidden, Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        ArgumentNullException.ThrowIfNull(mask);
        using var scope = NewDisposeScope();
        var places = RowEnds.LastReal(mask) - (mask.shape[1] - hidden.shape[1]);
        if (places.min().item<long>() < 0)
        {
            throw new ReproException(
                Invariant($"A row ends before the last {hidden.shape[1]} of {mask.shape[1]} columns, whose hidden states are there."));
        }

        return ScoresAt(hidden, places.unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>The scores of the last real token of each row, from the model itself: its last block runs no further back than the earliest
    /// end.</summary>
    internal Tensor LastScores(DecoderModel model, Tensor ids, Tensor mask)
    {
        using var scope = NewDisposeScope();
        var ends = RowEnds.LastReal(mask);
        var first = ends.min().item<long>();
        return ScoresAt(model.Hidden(ids, mask, first: first), (ends - first).unsqueeze(1)).squeeze(1).MoveToOuterDisposeScope();
    }
}
