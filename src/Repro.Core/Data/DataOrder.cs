using Repro.Core.Randomness;

namespace Repro.Core.Data;

/// <summary>Which rows each step takes: epoch after epoch in fresh random order. A step's rows depend on nothing but the settings and the
/// step.</summary>
public sealed class DataOrder
{
    private readonly Func<long, long> _seedOfEpoch;
    private (long Epoch, int[] Order) _last = (-1, []);

    /// <summary>Takes the settings.</summary>
    /// <param name="rows">Rows of the data, at least 1.</param>
    /// <param name="rowsPerStep">Rows of one step, at least 1.</param>
    /// <param name="seedOfEpoch">Seed of the order of an epoch.</param>
    /// <param name="dropLast">Whether a last step with fewer rows is left out of each epoch.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
    /// <exception cref="ReproException">No epoch has a whole step, and smaller ones are dropped.</exception>
    public DataOrder(int rows, int rowsPerStep, Func<long, long> seedOfEpoch, bool dropLast = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(rowsPerStep, 1);
        ArgumentNullException.ThrowIfNull(seedOfEpoch);
        if (dropLast && rows < rowsPerStep)
        {
            throw new ReproException(
                Invariant($"the data have {rows} rows; one step takes {rowsPerStep}, and steps with fewer are dropped."));
        }

        (Rows, RowsPerStep, _seedOfEpoch) = (rows, rowsPerStep, seedOfEpoch);
        StepsPerEpoch = dropLast ? rows / rowsPerStep : ((rows - 1) / rowsPerStep) + 1;
    }

    /// <summary>Rows of the data.</summary>
    public int Rows { get; }

    /// <summary>Rows of one step; the last step of an epoch may have fewer.</summary>
    public int RowsPerStep { get; }

    /// <summary>Steps of one epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0 over all epochs.</param>
    /// <returns>Indices of rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is negative.</exception>
    public int[] Of(long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        var epoch = Math.DivRem(step, StepsPerEpoch, out var within);
        var last = _last;
        if (last.Epoch != epoch)
        {
            _last = last = (epoch, Permutation.Draw(Rows, _seedOfEpoch(epoch)));
        }

        var first = (int)within * RowsPerStep;
        return last.Order[first..Math.Min(first + RowsPerStep, Rows)];
    }
}
