using static TorchSharp.torch;

namespace Repro.Core.Losses;

/// <summary>Which predictions of a prompt-and-response batch belong to the response.</summary>
public static class ResponseMask
{
    /// <summary>
    /// A mask over predictions: index t is 1 where token t + 1 is one of the response. It fits log-probabilities of <see cref="TokenLogProbs.Next"/> and
    /// the values at positions 0 to time - 2.
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
        var attended = Guard.MaskWithoutEmptyRows(attentionMask, nameof(attentionMask), Guard.Any, Guard.Any);
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
