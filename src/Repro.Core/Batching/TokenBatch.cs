using Repro.Core.Chat;
using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>Rows padded on the right, as tensors on the device of a model.</summary>
public sealed class TokenBatch : IDisposable
{
    private TokenBatch(Tensor ids, Tensor attentionMask, Tensor completionMask, long first)
    {
        First = first;
        Ids = ids.DetachFromDisposeScope();
        AttentionMask = attentionMask.DetachFromDisposeScope();
        CompletionMask = completionMask.DetachFromDisposeScope();
    }

    /// <summary>int64 [batch, time].</summary>
    public Tensor Ids { get; }

    /// <summary>bool [batch, time], true where a token is not padding.</summary>
    public Tensor AttentionMask { get; }

    /// <summary>bool [batch, time], true where the token carries loss.</summary>
    public Tensor CompletionMask { get; }

    /// <summary>The first column from which a token of the completion mask is predicted.</summary>
    internal long First { get; }

    /// <summary>Pads rows. The id at padded positions is that of some real token: masks come from the rows, never from ids.</summary>
    /// <param name="rows">At least one row, each with at least one token.</param>
    /// <param name="device">Where to.</param>
    public static TokenBatch Collate(IReadOnlyList<TokenRow> rows, Device device)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var padded = PaddedBatch.Pad([.. rows.Select(row => row.Ids)], new PaddingSettings(0));
        var masks = padded.Field([.. rows.Select(row => row.CompletionMask)], false);
        var completionMask = tensor(masks, [padded.Rows, padded.Time], device: device);
        return new TokenBatch(padded.IdTensor(device), padded.MaskTensor(device), completionMask, rows.Min(row => row.FirstPredicting));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        AttentionMask.Dispose();
        CompletionMask.Dispose();
    }
}

/// <summary>Tokens of one text, and which of them the model learns to write.</summary>
/// <param name="Ids">Token ids [time].</param>
/// <param name="CompletionMask">True where the TOKEN carries loss [time]. That of the first token is ignored: nothing predicts it.</param>
public sealed record TokenRow(int[] Ids, bool[] CompletionMask)
{
    /// <summary>Predictions that carry loss.</summary>
    public int Predictions => CompletionMask.Length < 2 ? 0 : CompletionMask.AsSpan(1).Count(true);

    /// <summary>The first column from which a token of the completion mask is predicted; that of the last token where none is.</summary>
    internal int FirstPredicting => FirstOf(CompletionMask);

    /// <summary>The same for a completion mask [time].</summary>
    internal static int FirstOf(bool[] completionMask)
    {
        var first = completionMask.Length < 2 ? -1 : completionMask.AsSpan(1).IndexOf(true);
        return first >= 0 ? first : completionMask.Length - 1;
    }

    /// <summary>The row of a conversation whose template marks the tokens that carry loss.</summary>
    /// <param name="tokens">Tokens and mask.</param>
    public static TokenRow From(ChatTokens tokens)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        return new TokenRow(tokens.Ids, [.. tokens.LossMask.Select(flag => flag != 0)]);
    }

    /// <summary>A stretch of the row.</summary>
    /// <param name="start">First token.</param>
    /// <param name="end">One after the last token.</param>
    public TokenRow Part(int start, int end) =>
        start == 0 && end == Ids.Length ? this : new TokenRow(Ids[start..end], CompletionMask[start..end]);
}
