using static TorchSharp.torch;

namespace Repro.Core.Models;

/// <summary>Token rows of different lengths, padded to one. It holds no tensors; those that it makes belong to the caller.</summary>
public sealed class PaddedBatch
{
    private readonly int[] _lengths;
    private readonly PaddingSide _side;

    private PaddedBatch(int[] lengths, int time, PaddingSide side, long[] ids, bool[] mask)
    {
        (_lengths, Time, _side, Ids, Mask) = (lengths, time, side, ids, mask);
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _lengths.Length;

    /// <summary>Common length.</summary>
    public int Time { get; }

    /// <summary>Tokens of each row without padding.</summary>
    public IReadOnlyList<int> Lengths => _lengths;

    /// <summary>Ids [batch * time], row after row.</summary>
    public long[] Ids { get; }

    /// <summary>True where a token is not padding [batch * time], row after row.</summary>
    public bool[] Mask { get; }

    /// <summary>Pads rows.</summary>
    /// <param name="rows">Ids of each row, at least one id in each.</param>
    /// <param name="padding">Id, side and multiple.</param>
    /// <exception cref="ArgumentException">There are no rows, a row is empty, an id is negative, or the multiple is below 1.</exception>
    public static PaddedBatch Pad(IReadOnlyList<int[]> rows, PaddingSettings padding)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(padding);
        ArgumentOutOfRangeException.ThrowIfNegative(padding.Id);
        ArgumentOutOfRangeException.ThrowIfLessThan(padding.MultipleOf, 1);
        if (rows.Count == 0 || rows.Any(row => row.Length == 0 || row.Any(id => id < 0)))
        {
            throw new ArgumentException("At least one row was expected, with at least one id in each and no id below 0.", nameof(rows));
        }

        var lengths = rows.Select(row => row.Length).ToArray();
        var longest = lengths.Max();
        var time = checked(((longest - 1) / padding.MultipleOf * padding.MultipleOf) + padding.MultipleOf);
        var cells = checked(rows.Count * time);
        var batch = new PaddedBatch(lengths, time, padding.Side, new long[cells], new bool[cells]);
        Array.Fill(batch.Ids, padding.Id);
        for (var row = 0; row < rows.Count; row++)
        {
            var first = batch.First(row);
            for (var i = 0; i < lengths[row]; i++)
            {
                batch.Ids[first + i] = rows[row][i];
                batch.Mask[first + i] = true;
            }
        }

        return batch;
    }

    /// <summary>Pads values that belong to the tokens, in the same places.</summary>
    /// <param name="rows">One value for each token of each row.</param>
    /// <param name="fill">The value at padded positions.</param>
    /// <typeparam name="T">Element type.</typeparam>
    /// <returns>Values [batch * time], row after row.</returns>
    /// <exception cref="ArgumentException">The lengths differ from those of the ids.</exception>
    public T[] Field<T>(IReadOnlyList<T[]> rows, T fill)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count != Rows)
        {
            throw new ArgumentException(Invariant($"{rows.Count} rows of values do not belong to {Rows} rows of ids."), nameof(rows));
        }

        var field = new T[Rows * Time];
        Array.Fill(field, fill);
        for (var row = 0; row < Rows; row++)
        {
            if (rows[row].Length != _lengths[row])
            {
                throw new ArgumentException(Invariant($"Row {row} has {rows[row].Length} values and {_lengths[row]} ids."), nameof(rows));
            }

            rows[row].CopyTo(field, First(row));
        }

        return field;
    }

    /// <summary>Takes padding off again.</summary>
    /// <param name="field">Values [batch * time], row after row.</param>
    /// <typeparam name="T">Element type.</typeparam>
    /// <returns>The values of the tokens of each row.</returns>
    /// <exception cref="ArgumentException">The length is not batch * time.</exception>
    public T[][] Unpad<T>(ReadOnlySpan<T> field)
    {
        if (field.Length != Rows * Time)
        {
            throw new ArgumentException(Invariant($"{field.Length} values are not {Rows} rows of {Time}."), nameof(field));
        }

        var rows = new T[Rows][];
        for (var row = 0; row < Rows; row++)
        {
            rows[row] = field.Slice(First(row), _lengths[row]).ToArray();
        }

        return rows;
    }

    /// <summary>The ids as a fresh tensor.</summary>
    /// <param name="device">Where it goes; null for the CPU.</param>
    /// <returns>int64 [batch, time].</returns>
    public Tensor IdTensor(Device? device = null) => tensor(Ids, [Rows, Time], device: device);

    /// <summary>The mask as a fresh tensor.</summary>
    /// <param name="device">Where it goes; null for the CPU.</param>
    /// <returns>bool [batch, time], true where a token is not padding.</returns>
    public Tensor MaskTensor(Device? device = null) => tensor(Mask, [Rows, Time], device: device);

    private int First(int row) => (row * Time) + (_side == PaddingSide.Left ? Time - _lengths[row] : 0);
}

/// <summary>How ragged rows become a rectangle.</summary>
/// <param name="Id">Id at padded positions, not negative; masks do not depend on it, so it may also be that of a real token.</param>
/// <param name="Side">Where the padding stands.</param>
/// <param name="MultipleOf">The common length is a multiple of this.</param>
public sealed record PaddingSettings(int Id, PaddingSide Side = PaddingSide.Right, int MultipleOf = 1);

/// <summary>Where padding stands in a row.</summary>
public enum PaddingSide
{
    /// <summary>In front: rows end together, as generation needs it.</summary>
    Left,

    /// <summary>Behind: rows begin together.</summary>
    Right,
}
