namespace Repro.Core.Evaluation.Statistics;

/// <summary>A histogram.</summary>
/// <param name="Edges">Ascending bounds, one more than there are bins; a bin holds its lower bound, the last one also its upper bound.</param>
/// <param name="Counts">Values per bin.</param>
public sealed record HistogramBins(IReadOnlyList<double> Edges, IReadOnlyList<int> Counts);
