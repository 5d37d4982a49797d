using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>ADR section 4.1 and Appendix E: the Schmitt trigger of the text has memory, the mask of Eq. 18 has none.</summary>
public sealed class Section41SchmittMemory : ISpecGroup
{
    private const ulong Seed = 41;
    private const int Tokens = 40;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-SCHMITT-MEM", Check)];

    /// <summary>Checks both readings on one response.</summary>
    /// <returns>Tokens on which they differ, and how often each switches.</returns>
    internal static (int Differing, int Memory, int Memoryless, int AtBaseline) Case(Deviations found, double[] rewards, double baseline, double delta)
    {
        var memory = SchmittTrigger.WithMemory(rewards, baseline, delta);
        var mask = SchmittTrigger.Memoryless(rewards, baseline, delta);
        var comparator = SchmittTrigger.Comparator(rewards, baseline);
        var (memoryAtZero, maskAtZero) = (SchmittTrigger.WithMemory(rewards, baseline, 0), SchmittTrigger.Memoryless(rewards, baseline, 0));
        for (var i = 0; i < rewards.Length; i++)
        {
            var before = i == 0 ? comparator[0] : memory[i - 1];
            found.Exactly("with memory: the state before is held inside the neutral zone", mask[i] != 0 || memory[i] == before);
            found.Exactly("outside the neutral zone both readings are the same", mask[i] == 0 || memory[i] == mask[i]);
            found.Exactly("without memory: equal rewards get equal values", Enumerable.Range(0, i).All(j => rewards[j] != rewards[i] || mask[j] == mask[i]));
            found.Exactly("at delta = 0 both are the comparator, r = b apart", rewards[i] == baseline || (memoryAtZero[i] == comparator[i] && maskAtZero[i] == comparator[i]));
        }

        return (memory.Zip(mask).Count(pair => pair.First != pair.Second), Segments.Switches(memory), Segments.Switches(mask), rewards.Count(r => r == baseline));
    }

    private static Evidence Check(SpecContext context)
    {
        var all = new List<(int Differing, int Memory, int Memoryless, int AtBaseline)>();
        var evidence = IdentityCases.Run(
            context, Seed, (found, draws) => all.Add(Case(found, draws.Coarse(Tokens), draws.Coarse() / 2, Math.Abs(draws.Coarse()) / 2)), out var found);
        var tokens = IdentityCases.Count * Tokens;
        var (differing, memory, memoryless, ties) = (all.Sum(c => c.Differing), all.Sum(c => c.Memory), all.Sum(c => c.Memoryless), all.Sum(c => c.AtBaseline));
        return evidence.Sample("tokens", tokens)
            .Value("tokens on which the readings differ", differing)
            .Value("switches with memory", memory)
            .Value("switches without memory", memoryless)
            .Value("tokens at r = b", ties)
            .Reserve("memory", Invariant($"with the memory that the text describes; Eq. 18 as printed has none and gives another value on {differing} of {tokens} tokens, with {memoryless} switches against {memory}"))
            .Reserve("r = b", Invariant($"at delta = 0 apart from tokens with r = b ({ties} of {tokens} here), where the printed mask is 0, the memory holds its state and the comparator says -1"))
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {tokens} tokens. The trigger with memory and the printed mask differ on {differing} tokens ({100.0 * differing / tokens:F1}%), all of them neutral; the state changes {memory} times with memory and {memoryless} times without."));
    }
}
