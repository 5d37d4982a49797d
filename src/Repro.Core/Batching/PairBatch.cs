using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Preference pairs as one padded batch: two rows a pair, or one in which both responses follow the prompt that they have in common; see
/// <see cref="SharedPrefixBatch"/>. Its tensors belong to the dispose scope in which it is made.
/// </summary>
internal sealed class PairBatch
{
    // The last common token predicts the first token of both responses.
    private const int Overlap = 1;

    private readonly int _pairs;
    private readonly SharedPrefixBatch _batch;

    private PairBatch(IReadOnlyList<TokenPair> pairs, ModelConfig config, bool share, Device device)
    {
        _pairs = pairs.Count;
        TokenRow[] texts = [.. pairs.Select(pair => pair.Chosen), .. pairs.Select(pair => pair.Rejected)];
        int[][] groups = [.. Enumerable.Range(0, _pairs).Select(pair => new[] { pair, _pairs + pair })];
        _batch = new SharedPrefixBatch([.. texts.Select(text => text.Ids)], groups, Overlap, new PaddingSettings(0), config, share, device);
        var (chosen, rejected) = (Flags(texts, ofRejected: false), Flags(texts, ofRejected: true));
        First = chosen.Concat(rejected).Min(TokenRow.FirstOf);
        var (chosenTokens, rejectedTokens) = (_batch.Field(chosen), _batch.Field(rejected));
        CompletionMask = chosenTokens.logical_or(rejectedTokens);
        (ChosenMask, RejectedMask) = (Sides(Predicted(chosenTokens)).Chosen, Sides(Predicted(rejectedTokens)).Rejected);
    }

    /// <summary>int64 [rows, time].</summary>
    internal Tensor Ids => _batch.Ids;

    /// <summary>Which tokens see which, as <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask => _batch.Mask;

    /// <summary>int64 [rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions => _batch.Positions;

    /// <summary>The first column from which a token of the completion mask is predicted.</summary>
    internal long First { get; }

    /// <summary>bool [rows, time], true where a token of either text is in the loss.</summary>
    internal Tensor CompletionMask { get; }

    /// <summary>bool [pairs, time - 1].</summary>
    internal Tensor ChosenMask { get; }

    /// <summary>bool [pairs, time - 1].</summary>
    internal Tensor RejectedMask { get; }

    /// <summary>Makes a batch.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="config">Sizes of the model, which say what costs more.</param>
    /// <param name="share">Whether prompts may be shared.</param>
    /// <param name="device">Where to.</param>
    internal static PairBatch Of(IReadOnlyList<TokenPair> pairs, ModelConfig config, bool share, Device device) =>
        new(pairs, config, share, device);

    /// <summary>Both sides of log-probabilities [rows, time - 1] as [pairs, time - 1].</summary>
    internal (Tensor Chosen, Tensor Rejected) Sides(Tensor logProbs) =>
        _batch.Shared ? (logProbs, logProbs) : (logProbs.narrow(0, 0, _pairs), logProbs.narrow(0, _pairs, _pairs));

    /// <summary>Values of the tokens of each text as [rows, time - 1].</summary>
    /// <param name="chosen">For each pair one value for each token of the preferred text.</param>
    /// <param name="rejected">For each pair one value for each token of the rejected text.</param>
    /// <param name="type">Element type of the result.</param>
    internal Tensor Place(IReadOnlyList<double[]> chosen, IReadOnlyList<double[]> rejected, ScalarType type)
    {
        double[][] texts = [.. chosen, .. rejected];
        return Predicted(_batch.Field([.. _batch.Rows.Select(row => row.Join([.. row.Texts.Select(text => texts[text])]))]).to(type));
    }

    /// <summary>Values [rows, time - 1] of a batch without shared prompts, back to the tokens of each text; the first token of each has
    /// 0.</summary>
    internal (double[][] Chosen, double[][] Rejected) Unplace(Tensor values)
    {
        using var scope = NewDisposeScope();
        var whole = cat([zeros([values.shape[0], 1], dtype: ScalarType.Float64), values.to(ScalarType.Float64).cpu()], 1).contiguous();
        var texts = _batch.Unpad(whole.data<double>().ToArray());
        return (texts[.._pairs], texts[_pairs..]);
    }

    private static Tensor Predicted(Tensor tokens) => tokens.narrow(1, 1, tokens.shape[1] - 1);

    // Of each row the tokens in the loss of its preferred text, or of its rejected one.
    private List<bool[]> Flags(TokenRow[] texts, bool ofRejected) =>
        [.. _batch.Rows.Select(row => Flags(row, texts, ofRejected))];

    private bool[] Flags(SharedPrefixRow row, TokenRow[] texts, bool ofRejected)
    {
        var own = Enumerable.Range(0, row.Texts.Count).Where(text => row.Texts[text] >= _pairs == ofRejected).ToList();
        // The first token of a text is never predicted, not even where another text stands before it.
        return own is [var text] ? row.Place(text, [false, .. texts[row.Texts[text]].CompletionMask[1..]]) : new bool[row.Ids.Length];
    }
}

/// <summary>A preferred and a rejected text, each whole: prompt and response.</summary>
/// <param name="Chosen">The preferred one; its response is what carries loss.</param>
/// <param name="Rejected">The rejected one, likewise.</param>
public sealed record TokenPair(TokenRow Chosen, TokenRow Rejected)
{
    /// <summary>Tokens at the start that both have in common.</summary>
    public int CommonPrefix => Chosen.Ids.AsSpan().CommonPrefixLength(Rejected.Ids);

    /// <summary>Tokens of both.</summary>
    public int Tokens => Chosen.Ids.Length + Rejected.Ids.Length;
}
