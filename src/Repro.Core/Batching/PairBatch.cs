using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Preference pairs as tensors. Either each text is a row, preferred ones first, or a row holds a prompt once with both responses behind
/// it, whichever is less work. Its tensors belong to the scope it was made in.
/// </summary>
internal sealed class PairBatch
{
    private readonly int _pairs;
    private readonly bool _shared;
    private readonly PaddedBatch _padded;
    private readonly List<PairRow> _rows;

    private PairBatch(int pairs, bool shared, List<PairRow> rows, Device device)
    {
        (_pairs, _shared, _rows) = (pairs, shared, rows);
        _padded = PaddedBatch.Of([.. rows.Select(row => row.Ids)], new PaddingSettings(0));
        Ids = _padded.IdTensor(device);
        var (chosen, rejected) = (Flags(row => row.Chosen, device), Flags(row => row.Rejected, device));
        CompletionMask = chosen.logical_or(rejected);
        var attended = _padded.MaskTensor(device);
        (ChosenMask, RejectedMask) = shared
            ? (Predicted(chosen), Predicted(rejected))
            : (Predicted(chosen).narrow(0, 0, pairs), Predicted(rejected).narrow(0, pairs, pairs));
        (Mask, Positions) = shared ? (Structure(attended), tensor(_padded.Field([.. rows.Select(row => row.Positions)], 0), [rows.Count, _padded.Time], device: device).to(ScalarType.Int64)) : (attended, null);
    }

    /// <summary>int64 [rows, time].</summary>
    internal Tensor Ids { get; }

    /// <summary>Which tokens see which, as <see cref="DecoderModel.Hidden"/> takes it.</summary>
    internal Tensor Mask { get; }

    /// <summary>[rows, time], or null for those that follow from the mask.</summary>
    internal Tensor? Positions { get; }

    /// <summary>The first column from which a token of the completion mask is predicted.</summary>
    internal long First => _rows.Min(row => Math.Min(TokenRow.FirstOf(row.Chosen), TokenRow.FirstOf(row.Rejected)));

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
    internal static PairBatch Of(IReadOnlyList<TokenPair> pairs, ModelConfig config, bool share, Device device)
    {
        var shared = share && SharingPays(pairs, config);
        return new PairBatch(pairs.Count, shared, [.. shared ? pairs.Select(PairRow.OfBoth) : pairs.Select(PairRow.OfChosen).Concat(pairs.Select(PairRow.OfRejected))], device);
    }

    /// <summary>Both sides of log-probabilities [rows, time - 1] as [pairs, time - 1].</summary>
    internal (Tensor Chosen, Tensor Rejected) Sides(Tensor logProbs) =>
        _shared ? (logProbs, logProbs) : (logProbs.narrow(0, 0, _pairs), logProbs.narrow(0, _pairs, _pairs));

    /// <summary>Values of the tokens of each text as [rows, time - 1].</summary>
    /// <param name="chosen">For each pair one value for each token of the preferred text.</param>
    /// <param name="rejected">For each pair one value for each token of the rejected text.</param>
    /// <param name="type">Element type of the result.</param>
    internal Tensor Place(IReadOnlyList<double[]> chosen, IReadOnlyList<double[]> rejected, ScalarType type)
    {
        double[][] values = _shared ? [.. _rows.Select((row, pair) => row.Place(chosen[pair], rejected[pair]))] : [.. chosen, .. rejected];
        return tensor(_padded.Field(values, 0.0), [_padded.Rows, _padded.Time], device: Ids.device).to(type).narrow(1, 1, _padded.Time - 1);
    }

    /// <summary>Values [rows, time - 1] of a batch without shared prompts, back to the tokens of each text; the first token of each has
    /// 0.</summary>
    internal (double[][] Chosen, double[][] Rejected) Unplace(Tensor values)
    {
        using var scope = NewDisposeScope();
        var whole = cat([zeros([_padded.Rows, 1], dtype: ScalarType.Float64), values.to(ScalarType.Float64).cpu()], 1).contiguous();
        var texts = _padded.Unpad<double>(whole.data<double>().ToArray());
        return (texts[.._pairs], texts[_pairs..]);
    }

    // Work of a block: each token through matrices of about 12 width^2, and each pair of tokens through 2 width.
    private static bool SharingPays(IReadOnlyList<TokenPair> pairs, ModelConfig config)
    {
        double Work(long rows, long time) => rows * time * ((6.0 * config.HiddenSize) + time);
        var apart = Work(2 * pairs.Count, pairs.Max(pair => Math.Max(pair.Chosen.Ids.Length, pair.Rejected.Ids.Length)));
        return Work(pairs.Count, pairs.Max(PairRow.LengthOfBoth)) < apart;
    }

    private static Tensor Predicted(Tensor flags) => flags.narrow(1, 1, flags.shape[1] - 1);

    private Tensor Flags(Func<PairRow, bool[]> of, Device device) =>
        tensor(_padded.Field([.. _rows.Select(of)], false), [_padded.Rows, _padded.Time], device: device);

    // [rows, time, time]: what comes before, without padding, and without the first response for the second one.
    private Tensor Structure(Tensor attended)
    {
        var time = _padded.Time;
        var places = arange(time, dtype: ScalarType.Int64, device: attended.device);
        Tensor Bounds(Func<PairRow, int> of) => tensor([.. _rows.Select(row => (long)of(row))], [_rows.Count, 1, 1], device: attended.device);
        var (shared, second) = (Bounds(row => row.SharedEnd), Bounds(row => row.SecondStart));
        var (queries, keys) = (places.view(1, time, 1), places.view(1, 1, time));
        var other = keys.ge(shared).logical_and_(keys.lt(second)).logical_and(queries.ge(second));
        return keys.le(queries).logical_and(attended.unsqueeze(1)).logical_and_(other.logical_not_());
    }
}

/// <summary>One row of a batch of pairs: one text, or a prompt with both responses after it.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="Positions">Position of each token in its own text [time].</param>
/// <param name="Chosen">Completion mask of the preferred text [time].</param>
/// <param name="Rejected">Completion mask of the rejected text [time].</param>
/// <param name="SharedEnd">Tokens before this one belong to both texts.</param>
/// <param name="SecondStart">Tokens from this one on are the rest of the rejected text, which does not see the rest of the preferred
/// one.</param>
internal sealed record PairRow(int[] Ids, int[] Positions, bool[] Chosen, bool[] Rejected, int SharedEnd, int SecondStart)
{
    /// <summary>The preferred text by itself.</summary>
    internal static PairRow OfChosen(TokenPair pair) => Single(pair.Chosen, pair.Chosen.CompletionMask, new bool[pair.Chosen.Ids.Length]);

    /// <summary>The rejected text by itself.</summary>
    internal static PairRow OfRejected(TokenPair pair) =>
        Single(pair.Rejected, new bool[pair.Rejected.Ids.Length], pair.Rejected.CompletionMask);

    /// <summary>Prompt, preferred response, rejected response. The last common token stands in front of each response, so that it predicts
    /// both first tokens.</summary>
    internal static PairRow OfBoth(TokenPair pair)
    {
        var (chosen, rejected, shared) = (pair.Chosen, pair.Rejected, SharedTokens(pair));
        var (second, rest) = (chosen.Ids.Length, rejected.Ids.Length - shared);
        var ofRejected = new bool[second + rest];
        rejected.CompletionMask.AsSpan(0, pair.CommonPrefix).CopyTo(ofRejected);
        rejected.CompletionMask.AsSpan(shared).CopyTo(ofRejected.AsSpan(second));
        // The repeated token predicts; it is predicted where it stands first.
        ofRejected[second] = false;
        return new PairRow(
            [.. chosen.Ids, .. rejected.Ids.AsSpan(shared)],
            [.. Enumerable.Range(0, second), .. Enumerable.Range(shared, rest)],
            [.. chosen.CompletionMask, .. new bool[rest]],
            ofRejected,
            shared,
            second);
    }

    /// <summary>Length of the row that <see cref="OfBoth"/> makes.</summary>
    internal static int LengthOfBoth(TokenPair pair) => pair.Tokens - SharedTokens(pair);

    /// <summary>Values of the tokens of both texts, in the places of a row of both.</summary>
    internal double[] Place(double[] chosen, double[] rejected) => [.. chosen, .. rejected.AsSpan(SharedEnd)];

    private static int SharedTokens(TokenPair pair) => Math.Max(0, pair.CommonPrefix - 1);

    private static PairRow Single(TokenRow row, bool[] chosen, bool[] rejected) =>
        new(row.Ids, [.. Enumerable.Range(0, row.Ids.Length)], chosen, rejected, row.Ids.Length, row.Ids.Length);
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
