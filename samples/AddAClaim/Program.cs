// Adds a claim: an entry of YAML that says what is printed, and a spec that recomputes it. Here the average of a column of ADR Table 1.
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;
using Repro.Samples;

// 1. The claim, as it would stand in fixtures/claims/adr/. Its schema is checked, with line numbers in the messages.
const string Claims = """
    paper: adr
    claims:
    - id: ADR-SAMPLE-average
      locator: Table 1, row AVG
      kind: arithmetic
      class: published
      mode: descriptive
      statement: The twelve benchmark scores of ADPO average 0.8110.
      values: {average: 0.8110}
    """;
var folder = Directory.CreateTempSubdirectory("repro-sample-").FullName;
File.WriteAllText(Path.Combine(folder, "sample.yaml"), Claims);
var catalog = ClaimCatalog.Load(folder);
Directory.Delete(folder, recursive: true);

// 2. The inputs: this claim, and the tables as printed. A claim on released files would read their facts as well.
var fixtures = Path.Combine(RepositoryRoot.Find(), "fixtures");
var released = new FixtureArtifactSource(Path.Combine(fixtures, "artifacts"));
var inputs = new ExperimentInputs(catalog, Path.Combine(fixtures, "published"), released);

// 3. The verdict.
var claim = catalog.Get("ADR-SAMPLE-average");
var result = new SpecRunner(inputs, SpecRegistry.From([new SampleSpecs()])).Run(claim);
if (result.Evidence is not { } evidence)
{
    Console.Error.WriteLine($"error: {result.Error}");
    return 1;
}

Console.WriteLine($"{claim.Id}: {claim.Statement}");
Console.WriteLine($"verdict: {result.Verdict}");
Console.WriteLine(evidence.Explanation);
return 0;

namespace Repro.Samples
{
    /// <summary>Specs as they would stand in src/Repro.Experiments. A printed number is a target or an input, never both.</summary>
    internal sealed class SampleSpecs : ISpecGroup
    {
        public IEnumerable<Spec> Specs() =>
        [
            new("ADR-SAMPLE-average", context =>
            {
                var table = context.Table("adr/table-1");
                var benchmarks = table.Rows.Where(row => row != "AVG").ToList();
                var mean = benchmarks.Average(benchmark => table[benchmark, "ADPO"].AsInput());
                return context.Evidence()
                    .Compare("average", context.Printed("average"), mean)
                    .Explain(Invariant($"The mean of the {benchmarks.Count} printed scores is {mean:F4}."));
            }),
        ];
    }
}
