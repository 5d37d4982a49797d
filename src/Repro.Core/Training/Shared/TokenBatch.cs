using Repro.Core.Data.Collation;
using static TorchSharp.torch;

namespace Repro.Core.Training.Shared;

/// <summary>Rows padded on the right, as tensors on the device of a model.</summary>
public sealed class TokenBatch : IDisposable
{
    private TokenBatch(Tensor ids, Tensor attended, Tensor learnt, long first)
    {
        First = first;
        (Ids, Attended, Learnt) = (ids.DetachFromDisposeScope(), attended.DetachFromDisposeScope(), learnt.DetachFromDisposeScope());
    }

    /// <summary>int64 [batch, time].</summary>
    public Tensor Ids { get; }

    /// <summary>bool [batch, time], true where a token is not padding.</summary>
    public Tensor Attended { get; }

    /// <summary>bool [batch, time], true where the token carries loss.</summary>
    public Tensor Learnt { get; }

    /// <summary>The first column from which a learnt token is predicted.</summary>
    internal long First { get; }

    /// <summary>Pads rows. The id at padded positions is that of some real token: masks come from the rows, never from ids.</summary>
    /// <param name="rows">At least one row, each with at least one token.</param>
    /// <param name="device">Where to.</param>
    public static TokenBatch Of(IReadOnlyList<TokenRow> rows, Device device)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var padded = PaddedBatch.Of([.. rows.Select(row => row.Ids)], new PaddingSettings(0));
        var learnt = tensor(padded.Field([.. rows.Select(row => row.Learnt)], false), [padded.Rows, padded.Time], device: device);
        return new TokenBatch(padded.IdTensor(device), padded.MaskTensor(device), learnt, rows.Min(row => row.FirstPredicting));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Attended.Dispose();
        Learnt.Dispose();
    }
}
