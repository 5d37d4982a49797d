using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;
using Repro.Core.Training.Planning;

namespace Repro.Core.Training.Stages;

/// <summary>Loads the data sets of a stage.</summary>
internal static class StageData
{
    private const int SampledRows = 200;

    /// <summary>All rows of several data sets, in their order.</summary>
    internal static (IReadOnlyList<T> Train, IReadOnlyList<T> HeldOut) Load<T>(IReadOnlyList<DatasetSettings> sets, CancellationToken cancellation)
        where T : class, IDataRecord
    {
        var split = Dataset.Load<T>(sets, cancellation: cancellation);
        return (split.Train, split.HeldOut);
    }

    /// <summary>Mean and most tokens of some rows, spread over all of them.</summary>
    internal static (double Mean, int Most) Lengths<T>(PlanBuilder plan, IReadOnlyList<T> rows, Func<T, int> length)
    {
        var every = Math.Max(1, rows.Count / SampledRows);
        var found = plan.Look("lengths", () =>
        {
            var lengths = Enumerable.Range(0, (rows.Count + every - 1) / every).Select(i => length(rows[i * every])).ToList();
            return (new int[] { lengths.Sum(), lengths.Count, lengths.Max() }, Invariant($"{lengths.Average():F0} tokens on average, {lengths.Max()} at most, of {lengths.Count} rows"));
        });
        return found is null ? (0, 0) : ((double)found[0] / found[1], found[2]);
    }
}
