using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR appendix C.2: worked examples of each benchmark, against the file of benchmarks.</summary>
public sealed class AppendixC2Shots : ISpecGroup
{
    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-APPC2", Check)];

    private static Evidence Check(SpecContext context)
    {
        var plan = context.Config<BenchmarkPlan>("adr/benchmarks");
        var evidence = context.Evidence();
        foreach (var benchmark in context.Claim.Values.Keys)
        {
            var shots = plan.Shots.TryGetValue(benchmark, out var found) ? found : throw new InputException($"configs/adr/benchmarks.yaml: there is no benchmark '{benchmark}'");
            evidence.CompareExactly(benchmark, context.Printed(benchmark), shots);
        }

        return evidence
            .Require("no other benchmark", plan.Shots.Count == context.Claim.Values.Count)
            .Require("Pass@1", plan.PassesAt == 1)
            .Explain(
                $"configs/adr/benchmarks.yaml: {string.Join(", ", plan.Shots.Where(pair => pair.Value > 0).Select(pair => Invariant($"{pair.Key} {pair.Value}")))} worked examples, "
                + Invariant($"{plan.Shots.Count(pair => pair.Value == 0)} benchmarks none; Pass@{plan.PassesAt}."));
    }
}
