// Verifies one published claim and prints what the verdict rests on. Another id as argument verifies another claim.
using Repro.Experiments.Claims;

var id = args.Length > 0 ? args[0] : "CRS-T16-abs_vs_pref";

// 1. What specs read: the claims, the tables as printed, and the facts of the files that the author released.
var inputs = ExperimentInputs.Load(RepositoryRoot.Find(), artifacts: "fixtures");

// 2. The claim: what the paper says, and where.
if (!inputs.Catalog.Contains(id))
{
    Console.Error.WriteLine($"error: there is no claim '{id}'; the verb `list` of the command line names them all");
    return 1;
}

var claim = inputs.Catalog.Get(id);
Console.WriteLine($"{claim.Id}, {claim.Locator}: {claim.Statement}");
Console.WriteLine($"printed: {claim.Published}");

// 3. Its spec recomputes the statement; one rule turns the findings into a verdict.
var result = new SpecRunner(inputs, SpecRegistry.Load()).Run(claim);
if (result.Evidence is not { } evidence)
{
    Console.Error.WriteLine($"error: {result.Error}");
    return 1;
}

Console.WriteLine($"verdict: {result.Verdict}");
Console.WriteLine(evidence.Explanation);

// 4. The evidence behind it.
foreach (var (name, value) in evidence.Recomputed)
{
    Console.WriteLine(Invariant($"  {name} = {value}"));
}

foreach (var finding in evidence.Findings)
{
    Console.WriteLine($"  finding: {finding.Name}: {finding.Outcome}");
}

foreach (var interval in evidence.Intervals)
{
    Console.WriteLine(Invariant($"  interval: {interval.Name}: {interval.Lower:G4} to {interval.Upper:G4} ({interval.Method})"));
}

foreach (var file in evidence.Files)
{
    Console.WriteLine($"  file: {file.Path}");
}

return 0;
