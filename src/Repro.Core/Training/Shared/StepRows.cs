using Repro.Core.Data.Sampling;

namespace Repro.Core.Training.Shared;

/// <summary>Which rows each step takes: epoch after epoch, in fresh random order or as they stand. Nothing has to be kept to go on in the middle.</summary>
public sealed class StepRows
{
    private readonly DataOrder _order;
    private readonly bool _shuffle;

    /// <summary>Takes the settings.</summary>
    /// <param name="rows">Rows of the data, at least 1.</param>
    /// <param name="rowsPerStep">Rows of one step, at least 1; the last step of an epoch may have fewer.</param>
    /// <param name="shuffle">Whether each epoch has an order of its own.</param>
    /// <param name="streams">Where orders are drawn from.</param>
    public StepRows(int rows, int rowsPerStep, bool shuffle, RandomStreams streams)
    {
        ArgumentNullException.ThrowIfNull(streams);
        _shuffle = shuffle;
        _order = new DataOrder(rows, rowsPerStep, epoch => streams.For(RandomStreams.DataOrder, epoch));
    }

    /// <summary>Steps of one epoch.</summary>
    public long StepsPerEpoch => _order.StepsPerEpoch;

    /// <summary>The rows of a step.</summary>
    /// <param name="step">From 0 over all epochs.</param>
    public IReadOnlyList<int> Of(long step)
    {
        if (_shuffle)
        {
            return _order.Of(step);
        }

        var first = (int)(step % _order.StepsPerEpoch) * _order.RowsPerStep;
        return [.. Enumerable.Range(first, Math.Min(_order.RowsPerStep, _order.Rows - first))];
    }
}
