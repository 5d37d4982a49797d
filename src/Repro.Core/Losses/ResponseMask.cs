using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Which predictions of a prompt-and-response batch belong to the response.</summary>
public static class ResponseMask
{
    /// <summary>
    /// A mask over predictions: index t is 1 where token t + 1 is one of the response. It fits log-probabilities of
    /// <see cref="TokenLogProbs.Next"/> and the values at positions 0 to time - 2.
    /// </summary>
    /// <param name="attentionMask">Shape [batch, time], 1 where a token is not padding; padding on either side.</param>
    /// <param name="promptLengths">Tokens of each prompt, at least 1.</param>
    /// <param name="responseLengths">Tokens of each response, at least 1.</param>
    /// <param name="responseMasks">For each response which of its tokens count, shape [response length]; null for all.</param>
    /// <returns>bool, shape [batch, time - 1].</returns>
    /// <exception cref="ReproException">Lengths do not fit the attention mask, or a response is empty.</exception>
    public static Tensor OfPredictions(
        Tensor attentionMask, IReadOnlyList<int> promptLengths, IReadOnlyList<int> responseLengths, IReadOnlyList<bool[]>? responseMasks = null)
    {
        ArgumentNullException.ThrowIfNull(promptLengths);
        ArgumentNullException.ThrowIfNull(responseLengths);
        using var scope = NewDisposeScope();
        var attended = TensorChecks.MaskWithoutEmptyRows(attentionMask, nameof(attentionMask), TensorChecks.Any, TensorChecks.Any);
        var (batch, time) = ((int)attended.shape[0], (int)attended.shape[1]);
        if (promptLengths.Count != batch || responseLengths.Count != batch || (responseMasks ?? [.. new bool[batch][]]).Count != batch)
        {
            throw new ReproException(Invariant($"{promptLengths.Count} prompt lengths, {responseLengths.Count} response lengths and the response masks must match the {batch} rows of attentionMask."));
        }

        var tokens = attended.cpu().contiguous().data<bool>().ToArray();
        var mask = new bool[batch * (time - 1)];
        for (var row = 0; row < batch; row++)
        {
            var (prompt, response) = (promptLengths[row], responseLengths[row]);
            var first = Array.IndexOf(tokens, true, row * time) - (row * time);
            if (prompt < 1 || response < 1 || first + prompt + response > time)
            {
                throw new ReproException(Invariant($"row {row}: a prompt of {prompt} and a response of {response} tokens from position {first} do not fit {time} positions; both need at least one token."));
            }

            var own = responseMasks?[row];
            if (own is not null && own.Length != response)
            {
                throw new ReproException(Invariant($"responseMasks[{row}] has {own.Length} entries; the response has {response} tokens."));
            }

            for (var i = 0; i < response; i++)
            {
                mask[(row * (time - 1)) + first + prompt - 1 + i] = own is null || own[i];
            }
        }

        return tensor(mask, device: attended.device).reshape(batch, time - 1).MoveToOuterDisposeScope();
    }
}

/// <summary>Masks from labels that mark ignored positions with one value.</summary>
public static class LabelMask
{
    /// <summary>The label that conventionally marks an ignored position.</summary>
    public const long Ignored = -100;

    /// <summary>1 where the label is not the ignored one.</summary>
    /// <param name="labels">int64, shape [batch, time].</param>
    /// <param name="ignored">The value of ignored positions.</param>
    /// <returns>bool, shape [batch, time].</returns>
    /// <exception cref="ReproException">Shape or dtype do not fit.</exception>
    public static Tensor From(Tensor labels, long ignored = Ignored)
    {
        TensorChecks.Shape(labels, nameof(labels), TensorChecks.Any, TensorChecks.Any);
        if (labels.dtype != ScalarType.Int64)
        {
            throw new ReproException($"labels have dtype {labels.dtype}; Int64 was expected.");
        }

        return labels.ne(ignored);
    }
}

/// <summary>Weights that make up for rare labels at the ends of the scale.</summary>
public static class SampleWeights
{
    /// <summary>The weight strength * all / rare of a rare range of labels.</summary>
    /// <param name="strength">The share of a full compensation, above 0.</param>
    /// <param name="all">Number of samples of the training list.</param>
    /// <param name="rare">Number of those in the rare range.</param>
    /// <returns>The weight of a sample in the rare range.</returns>
    /// <exception cref="ArgumentException">The strength is not above 0, or the counts are impossible.</exception>
    public static double InverseFrequency(double strength, long all, long rare)
    {
        TensorChecks.Positive(strength, nameof(strength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rare);
        ArgumentOutOfRangeException.ThrowIfLessThan(all, rare);
        return strength * all / rare;
    }

    /// <summary><paramref name="weight"/> where the label is at most <paramref name="low"/> or at least <paramref name="high"/>, otherwise
    /// 1.</summary>
    /// <param name="targets">Labels, floating point, shape [batch].</param>
    /// <param name="weight">The weight of the ends, not negative.</param>
    /// <param name="low">Upper bound of the low end, included.</param>
    /// <param name="high">Lower bound of the high end, included; infinity for none.</param>
    /// <returns>Shape [batch], dtype of the labels.</returns>
    /// <exception cref="ReproException">The labels are empty, not finite or of the wrong shape.</exception>
    /// <exception cref="ArgumentException">The weight is negative.</exception>
    public static Tensor Ends(Tensor targets, double weight, double low, double high = double.PositiveInfinity)
    {
        TensorChecks.NotNegative(weight, nameof(weight));
        TensorChecks.Vector(targets, nameof(targets));
        using var scope = NewDisposeScope();
        var ends = targets.le(low).logical_or(targets.ge(high));
        return targets.ones_like().masked_fill(ends, weight).MoveToOuterDisposeScope();
    }
}
