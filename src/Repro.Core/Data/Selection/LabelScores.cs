using Repro.Core.Data.Formats;
using Repro.Core.Data.Records;
using Repro.Core.Rewards;

namespace Repro.Core.Data.Selection;

/// <summary>Turns labels of rated replies into one score.</summary>
public static class LabelScores
{
    /// <summary>Scores rows by a weighted sum of their labels. Rows that come out negative are left out and noted; rows that have a score keep it.</summary>
    /// <param name="rows">Rows with labels.</param>
    /// <param name="aggregation">Weights by label.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <exception cref="ReproException">While rows are read: a weighted label is missing.</exception>
    public static IEnumerable<RatedReply> Of(IEnumerable<RatedReply> rows, LabelAggregation aggregation, ReadNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(aggregation);
        foreach (var row in rows)
        {
            if (row.Score is not null)
            {
                yield return row;
            }
            else if (Score(row, aggregation) is { } score)
            {
                yield return row with { Score = score };
            }
            else
            {
                notes?.Add("the aggregated score is negative", row.Origin.ToString());
            }
        }
    }

    private static double? Score(RatedReply row, LabelAggregation aggregation)
    {
        try
        {
            return aggregation.Score(row.Labels);
        }
        catch (ReproException failure)
        {
            throw new ReproException($"{row.Origin}: {failure.Message}", failure);
        }
    }
}
