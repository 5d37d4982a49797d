using Repro.Core.Data.Records;
using Repro.Core.Data.Sampling;

namespace Repro.Core.Data.Selection;

/// <summary>Splits rows so that no tree and no prompt is on both sides.</summary>
public static class GroupSplit
{
    /// <summary>Splits rows by their groups.</summary>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="settings">Share, most rows held out, seed.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    /// <exception cref="ReproException">The share does not fit the data.</exception>
    public static DataSplit<T> Of<T>(IReadOnlyCollection<T> rows, SplitSettings settings)
        where T : IDataRecord
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Of(rows, SplitPlan.Of(rows.Select(row => row.Origin.Group), settings), settings);
    }

    /// <summary>Splits rows by a plan that was made before, such as over all trees including those that give no rows.</summary>
    /// <param name="rows">The rows, read once.</param>
    /// <param name="plan">Which groups are held out.</param>
    /// <param name="settings">Most rows held out, and the seed of their choice.</param>
    /// <typeparam name="T">Kind of record.</typeparam>
    public static DataSplit<T> Of<T>(IEnumerable<T> rows, SplitPlan plan, SplitSettings settings)
        where T : IDataRecord
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(settings);
        var train = new List<T>();
        var heldOut = new List<T>();
        foreach (var row in rows)
        {
            (plan.Holds(row.Origin.Group) ? heldOut : train).Add(row);
        }

        var most = settings.MaximumHeldOut ?? heldOut.Count;
        var unused = Math.Max(0, heldOut.Count - most);
        return new DataSplit<T>(train, unused == 0 ? heldOut : Permutation.Sample(heldOut, most, settings.Seed)) { Unused = unused };
    }
}
