using Repro.Core.Models;
using static TorchSharp.torch;

namespace Repro.Core.Batching;

/// <summary>
/// Rollouts as a rectangle: prompts are padded on the left and responses on the right, so that every response begins in the same column.
/// What belongs to a response has shape [batch, response]; column t is its token t, or the prediction of it.
/// </summary>
public sealed class RolloutTokens : IDisposable
{
    private readonly int[] _lengths;

    private RolloutTokens(int[] lengths, long promptLength, Tensor ids, Tensor attention, Tensor mask, Tensor places, Tensor targets)
    {
        (_lengths, PromptLength, Ids, Attention, Mask, Places, Targets) = (lengths, promptLength, ids, attention, mask, places, targets);
    }

    /// <summary>Token ids [batch, prompt + response], int64.</summary>
    public Tensor Ids { get; }

    /// <summary>True where a token is not padding, [batch, prompt + response].</summary>
    public Tensor Attention { get; }

    /// <summary>True on tokens of the response, [batch, response]; the stop token counts, padding after it does not.</summary>
    public Tensor Mask { get; }

    /// <summary>Columns of the longest prompt.</summary>
    public long PromptLength { get; }

    /// <summary>Columns of the longest response.</summary>
    public long ResponseLength => Mask.shape[1];

    /// <summary>Rows.</summary>
    public int Count => _lengths.Length;

    /// <summary>Tokens of all responses.</summary>
    public long ResponseTokens => _lengths.Sum(length => (long)length);

    /// <summary>Indices of the response tokens in the flattened [batch, response], row after row; int64 [tokens].</summary>
    internal Tensor Places { get; }

    /// <summary>The response tokens themselves in that order; int64 [tokens].</summary>
    internal Tensor Targets { get; }

    /// <summary>Lays rollouts out.</summary>
    /// <param name="rollouts">At least one.</param>
    /// <param name="pad">The id at padded positions; masks do not depend on it.</param>
    /// <param name="device">Where the tensors go; null for the CPU.</param>
    /// <exception cref="ReproException">There is no rollout, or a prompt or response is empty.</exception>
    public static RolloutTokens Collate(IReadOnlyList<Rollout> rollouts, long pad, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(rollouts);
        if (rollouts.Count == 0)
        {
            throw new ReproException("There are no rollouts.");
        }

        for (var row = 0; row < rollouts.Count; row++)
        {
            if (rollouts[row].Prompt.Ids.Count == 0 || rollouts[row].Response.Count == 0)
            {
                throw new ReproException(
                    Invariant($"Rollout {row} has a prompt of {rollouts[row].Prompt.Ids.Count} and a response of ")
                        + Invariant($"{rollouts[row].Response.Count} tokens; both need at least one."));
            }
        }

        using var scope = NewDisposeScope();
        var padding = new PaddingSettings((int)pad);
        var prompts = PaddedBatch.Pad([.. rollouts.Select(rollout => Ids32(rollout.Prompt.Ids))], padding with { Side = PaddingSide.Left });
        var responses = PaddedBatch.Pad([.. rollouts.Select(rollout => Ids32(rollout.Response))], padding);
        long[] places = [.. Enumerable.Range(0, responses.Mask.Length).Where(cell => responses.Mask[cell]).Select(cell => (long)cell)];
        long[] targets = [.. places.Select(cell => responses.Ids[cell])];
        // Tensors of a batch outlive the scope that they are made in; they are freed with it.
        return new RolloutTokens(
            [.. responses.Lengths],
            prompts.Time,
            cat([prompts.IdTensor(device), responses.IdTensor(device)], 1).DetachFromDisposeScope(),
            cat([prompts.MaskTensor(device), responses.MaskTensor(device)], 1).DetachFromDisposeScope(),
            responses.MaskTensor(device).DetachFromDisposeScope(),
            tensor(places, device: device).DetachFromDisposeScope(),
            tensor(targets, device: device).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var own in new[] { Ids, Attention, Mask, Places, Targets })
        {
            own.Dispose();
        }
    }

    /// <summary>What goes into the model: everything but the last column, after which nothing is predicted.</summary>
    internal (Tensor Ids, Tensor Mask) Inputs() => (Ids.narrow(1, 0, Ids.shape[1] - 1), Attention.narrow(1, 0, Ids.shape[1] - 1));

    /// <summary>The first column from which a token of a response is predicted: the end of the prompts.</summary>
    internal long First => PromptLength - 1;

    /// <summary>
    /// Hidden states of the columns from <see cref="First"/> on, [batch, response, width], as <see cref="HeadLogProbs"/> takes them:
    /// hidden states, tokens and mask of [batch, response + 1] columns, the first one the end of the prompt; nothing is predicted after the
    /// last one, which is 0.
    /// </summary>
    internal (Tensor Hidden, Tensor Tokens, Tensor Mask) ForHead(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var end = zeros([Count, 1, hidden.shape[2]], dtype: hidden.dtype, device: hidden.device);
        var none = zeros([Count, 1], dtype: ScalarType.Bool, device: hidden.device);
        return (
            cat([hidden, end], 1).MoveToOuterDisposeScope(),
            Ids.narrow(1, PromptLength - 1, ResponseLength + 1).MoveToOuterDisposeScope(),
            cat([none, Mask], 1).MoveToOuterDisposeScope());
    }

    /// <summary>The rows of what <see cref="ForHead"/> gives, or of [batch, response], that belong to response tokens, flat.</summary>
    internal Tensor Counted(Tensor columns)
    {
        using var scope = NewDisposeScope();
        var own = columns.narrow(1, 0, ResponseLength);
        return own.reshape([Count * ResponseLength, .. columns.shape[2..]]).index_select(0, Places).MoveToOuterDisposeScope();
    }

    /// <summary>Of hidden states of the columns from <see cref="First"/> on, [batch, response, width], those that predict response tokens,
    /// [tokens, width].</summary>
    internal Tensor Predicting(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return hidden.reshape(Count * ResponseLength, hidden.shape[2]).index_select(0, Places).MoveToOuterDisposeScope();
    }

    /// <summary>[batch, response] from one value a response token, 0 elsewhere.</summary>
    internal Tensor Unflatten(Tensor flat)
    {
        using var scope = NewDisposeScope();
        return zeros(Count * ResponseLength, flat.dtype, flat.device).index_copy(0, Places, flat).reshape(Count, ResponseLength)
            .MoveToOuterDisposeScope();
    }

    /// <summary>One value a response token from [batch, response], the rows in the order asked for; [tokens of these rows].</summary>
    internal Tensor Flatten(Tensor padded, IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var columns = ResponseLength;
        var places = rows.SelectMany(row => Enumerable.Range(0, _lengths[row]).Select(t => (row * columns) + t)).ToArray();
        return padded.reshape(-1).index_select(0, tensor(places, [places.Length], device: padded.device)).MoveToOuterDisposeScope();
    }

    /// <summary>The entries of these rows from a tensor that has one for each response token; [tokens of these rows, ..].</summary>
    internal Tensor Pick(Tensor flat, IReadOnlyList<int> rows)
    {
        using var scope = NewDisposeScope();
        var first = new long[_lengths.Length];
        for (var row = 1; row < first.Length; row++)
        {
            first[row] = first[row - 1] + _lengths[row - 1];
        }

        var places = rows.SelectMany(row => Enumerable.Range(0, _lengths[row]).Select(t => first[row] + t)).ToArray();
        return flat.index_select(0, tensor(places, [places.Length], device: flat.device)).MoveToOuterDisposeScope();
    }

    private static int[] Ids32(IReadOnlyList<long> ids) => [.. ids.Select(id => (int)id)];
}
