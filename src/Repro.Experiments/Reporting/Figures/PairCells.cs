using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting.Figures;

/// <summary>Cells of a heat map from the evidence of a pairwise comparison.</summary>
internal static class PairCells
{
    internal static IEnumerable<IReadOnlyList<object?>> Of(Evidence evidence, string row, string column)
    {
        var interval = evidence.Intervals.First(i => i is { Method: "Wilson", Estimate: not null });
        return HeatMap.Cells(row, column, interval.Estimate!.Value, interval.Lower, interval.Upper);
    }
}
