using Repro.Core.Evaluation.Statistics;

namespace Repro.Experiments.Studies;

/// <summary>How far raters agree. Figures are null where nothing decides them, such as before two people have ranked one item.</summary>
/// <param name="Items">Items that two or more people ranked.</param>
/// <param name="Alpha">Krippendorff's ordinal alpha of the ranks of the answers, ties as average ranks.</param>
/// <param name="MeanTau">Mean of Kendall's tau-b over pairs of raters of an item; those who tie all answers are left out.</param>
/// <param name="MeanW">Mean of Kendall's W over the items.</param>
/// <param name="SameOrder">Share of pairs of answers and of raters in which both prefer the same answer, or both neither.</param>
internal sealed record StudyAgreement(int Items, double? Alpha, double? MeanTau, double? MeanW, double? SameOrder)
{
    /// <summary>Agreement of rankings, one for each rater and item.</summary>
    internal static StudyAgreement Compute(IEnumerable<Ranking> rankings)
    {
        var items = rankings.GroupBy(ranking => ranking.Item)
            .Select(item => item.Select(ranking => Correlation.AverageRanks([.. ranking.Ranks.Select(rank => (double)rank)])).ToList())
            .Where(raters => raters.Count > 1).ToList();
        var units = items.SelectMany(raters => Enumerable.Range(0, raters[0].Length)
            .Select(answer => raters.Select(ranks => ranks[answer]).ToArray())).ToList();
        var varied = items.Where(raters => raters.Any(Varies)).ToList();
        return new StudyAgreement(
            items.Count,
            varied.Count > 0 ? KrippendorffAlpha.Ordinal(units) : null,
            Mean(items.SelectMany(Pairs).Where(pair => Varies(pair.First) && Varies(pair.Second))
                .Select(pair => Correlation.KendallTauB(pair.First, pair.Second))),
            Mean(varied.Select(raters => KendallW.Compute(raters).W)),
            Mean(items.SelectMany(Pairs).SelectMany(SameOrders)));
    }

    private static bool Varies(double[] ranks) => ranks.Any(rank => rank != ranks[0]);

    private static IEnumerable<(double[] First, double[] Second)> Pairs(List<double[]> raters) =>
        from first in Enumerable.Range(0, raters.Count)
        from second in Enumerable.Range(first + 1, raters.Count - first - 1)
        select (raters[first], raters[second]);

    private static IEnumerable<double> SameOrders((double[] First, double[] Second) raters) =>
        from a in Enumerable.Range(0, raters.First.Length)
        from b in Enumerable.Range(a + 1, raters.First.Length - a - 1)
        select raters.First[a].CompareTo(raters.First[b]) == raters.Second[a].CompareTo(raters.Second[b]) ? 1.0 : 0;

    private static double? Mean(IEnumerable<double> values) => values.ToArray() is { Length: > 0 } all ? Descriptive.Mean(all) : null;
}
