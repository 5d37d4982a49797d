using Repro.Core;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using static Repro.Experiments.Crs.Comparisons;

namespace Repro.Experiments.Crs;

/// <summary>The number of prompts in each category and dataset, as the denominators of CRS Tables 22, 30 and 31 print it.</summary>
public sealed class CategoryCounts : ISpecGroup
{
    private static readonly int[] Tables = [22, 30, 31];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("CRS-T22-category-counts", Check)];

    private static Evidence Check(SpecContext context)
    {
        var counts = context.Artifact<PromptCategoryFacts>(Categories).Rows.CountBy(r => (r.Dataset, r.Category)).ToDictionary();
        var evidence = context.Evidence();
        foreach (var dataset in Datasets)
        {
            foreach (var category in CategoryNames)
            {
                var count = counts.GetValueOrDefault((dataset, category));
                evidence.Value($"{dataset}/{category}", count);
                foreach (var number in Tables)
                {
                    var name = Invariant($"{dataset}/{category} in Table {number}");
                    _ = context.Table(Invariant($"crs/table-{number}")).TryGet(category, $"{dataset}_total") is { } printed
                        ? evidence.Check(name, printed, count)
                        : evidence.Require($"{name}: a dash stands for no prompt", count == 0);
                }
            }
        }

        evidence.Sample("prompts", counts.Values.Sum())
            .Require("no prompt has another dataset or category", counts.Keys.All(k => Datasets.Contains(k.Dataset) && CategoryNames.Contains(k.Category)));
        var rows = Datasets.Select(d => $"{d} {InvariantText.Join("/", CategoryNames.Select(c => counts.GetValueOrDefault((d, c))))}");
        return evidence.Explain($"Prompts by category ({string.Join('/', CategoryNames)}): {string.Join(", ", rows)}.");
    }
}
