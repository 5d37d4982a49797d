using Repro.Core.Adaptive;
using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Eq. 13: the adaptive mask of chosen and rejected samples.</summary>
internal sealed class Equation13Masks : ISpecGroup
{
    private const ulong Seed = 13;
    private const int Rows = 3;
    private const int Tokens = 10;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ13", Check)];

    /// <summary>Checks one batch of token rewards [rows, tokens] with one threshold.</summary>
    internal static void Case(Deviations found, double[] rewards, double[] response, double threshold, int rows)
    {
        using var scope = NewDisposeScope();
        var columns = rewards.Length / rows;
        var (r, mask) = (Scalars.From(rewards, rows, columns), Scalars.From(response, rows, columns));
        var b = tensor(threshold, ScalarType.Float64);
        var chosen = Deviations.Values(AdaptiveMask.Chosen(r, b, mask));
        var rejected = Deviations.Values(AdaptiveMask.Rejected(r, b, mask));
        var comparator = SchmittTrigger.Comparator(rewards, threshold);
        for (var i = 0; i < rewards.Length; i++)
        {
            found.Exactly("a chosen sample keeps tokens with R above b", (chosen[i] == 1) == (response[i] == 1 && rewards[i] > threshold));
            found.Exactly(
                "a rejected sample keeps tokens with R of at most b", (rejected[i] == 1) == (response[i] == 1 && rewards[i] <= threshold));
            found.Exactly("exactly one of both masks is 1 on a response token, none elsewhere", chosen[i] + rejected[i] == response[i]);
            found.Exactly("the comparator is their difference", response[i] == 0 || comparator[i] == chosen[i] - rejected[i]);
        }
    }

    private static Evidence Check(SpecContext context)
    {
        var ties = 0;
        return IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
            {
                var (rewards, threshold) = (draws.Coarse(Rows * Tokens), draws.Coarse());
                ties += rewards.Count(r => r == threshold);
                Case(found, rewards, draws.Bits(Rows * Tokens), threshold, Rows);
            },
            out var found)
            .Sample("tokens", IdentityCases.Count * Rows * Tokens)
            .Value("tokens at the threshold", ties)
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {IdentityCases.Count * Rows * Tokens} tokens of which {ties} ")
                    + "stand exactly at the threshold.");
    }
}

/// <summary>ADR Eq. 17 and 18: good, bad and neutral tokens, alone and against Eq. 13.</summary>
internal sealed class Equation17TernaryMask : ISpecGroup
{
    private const ulong Seed = 17;
    private const ulong BoundarySeed = 1713;
    private const int Tokens = 30;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ17", CheckSets), new("ADR-EQ17-EQ13", CheckBoundary)];

    /// <summary>Checks the three sets and the mask on one response.</summary>
    internal static void SetsCase(Deviations found, double[] rewards, double baseline, double delta)
    {
        using var scope = NewDisposeScope();
        var row = Scalars.From(rewards, 1, rewards.Length);
        var mask = SchmittTrigger.Memoryless(rewards, baseline, delta);
        var batched = Deviations.Values(AdaptiveMask.Ternary(row, tensor(baseline, ScalarType.Float64), delta, row.ones_like()));
        for (var i = 0; i < rewards.Length; i++)
        {
            var (good, bad, neutral) = (
                rewards[i] > baseline + delta,
                rewards[i] < baseline - delta,
                baseline - delta <= rewards[i] && rewards[i] <= baseline + delta);
            found.Exactly("the three sets partition the tokens", new[] { good, bad, neutral }.Count(member => member) == 1);
            found.Exactly("the mask is +1, -1 and 0 on them", mask[i] == (good ? 1 : bad ? -1 : 0));
            found.Exactly("the mask of a batch is that of its rows", batched[i] == mask[i]);
        }
    }

    /// <summary>Checks the mask without offset against Eq. 13 on one response.</summary>
    internal static void BoundaryCase(Deviations found, double[] rewards, double baseline)
    {
        using var scope = NewDisposeScope();
        var (row, b) = (Scalars.From(rewards, 1, rewards.Length), tensor(baseline, ScalarType.Float64));
        var ternary = SchmittTrigger.Memoryless(rewards, baseline, 0);
        var chosen = Deviations.Values(AdaptiveMask.Chosen(row, b, row.ones_like()));
        var rejected = Deviations.Values(AdaptiveMask.Rejected(row, b, row.ones_like()));
        for (var i = 0; i < rewards.Length; i++)
        {
            if (rewards[i] == baseline)
            {
                found.Exactly("at r = b Eq. 17 says neutral and Eq. 13 rejected", ternary[i] == 0 && chosen[i] == 0 && rejected[i] == 1);
            }
            else
            {
                found.Exactly("away from r = b both agree", ternary[i] == chosen[i] - rejected[i]);
            }
        }
    }

    private static Evidence CheckSets(SpecContext context)
    {
        var bounds = 0;
        return IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
            {
                var (rewards, baseline, delta) = (draws.Coarse(Tokens), draws.Coarse(), Math.Abs(draws.Coarse()));
                bounds += rewards.Count(r => Math.Abs(r - baseline) == delta);
                SetsCase(found, rewards, baseline, delta);
            },
            out var found)
            .Sample("tokens", IdentityCases.Count * Tokens)
            .Value("tokens at a bound", bounds)
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {IdentityCases.Count * Tokens} tokens of which {bounds} stand ")
                    + "exactly at a bound, which is neutral.");
    }

    private static Evidence CheckBoundary(SpecContext context)
    {
        var ties = 0;
        var evidence = IdentityCases.Run(
            context,
            BoundarySeed,
            (found, draws) =>
            {
                var (rewards, baseline) = (draws.Coarse(Tokens), draws.Coarse());
                ties += rewards.Count(r => r == baseline);
                BoundaryCase(found, rewards, baseline);
            },
            out var found);
        var tokens = IdentityCases.Count * Tokens;
        return evidence.Sample("tokens", tokens)
            .Value("tokens at r = b", ties)
            .Reserve(
                "r = b",
                Invariant($"the two definitions part at the boundary: of {tokens} tokens {ties} have r = b, which Eq. ")
                    + "17 makes neutral (0) and Eq. 13 keeps on the rejected side (-1)")
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}. At delta = 0 the two definitions give the same on {tokens - ties} ")
                    + Invariant($"of {tokens} tokens and differ on the {ties} with r = b."));
    }
}

/// <summary>ADR section 4.1 and Appendix E: the Schmitt trigger of the text has memory, the mask of Eq. 18 has none.</summary>
internal sealed class Section41SchmittMemory : ISpecGroup
{
    private const ulong Seed = 41;
    private const int Tokens = 40;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-SCHMITT-MEM", Check)];

    /// <summary>Checks both readings on one response.</summary>
    /// <returns>Tokens on which they differ, and how often each switches.</returns>
    internal static (int Differing, int Memory, int Memoryless, int AtBaseline) Case(
        Deviations found, double[] rewards, double baseline, double delta)
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
            found.Exactly(
                "without memory: equal rewards get equal values",
                Enumerable.Range(0, i).All(j => rewards[j] != rewards[i] || mask[j] == mask[i]));
            found.Exactly(
                "at delta = 0 both are the comparator, r = b apart",
                rewards[i] == baseline || (memoryAtZero[i] == comparator[i] && maskAtZero[i] == comparator[i]));
        }

        return (
            memory.Zip(mask).Count(pair => pair.First != pair.Second),
            Segments.Switches(memory),
            Segments.Switches(mask),
            rewards.Count(r => r == baseline));
    }

    private static Evidence Check(SpecContext context)
    {
        var all = new List<(int Differing, int Memory, int Memoryless, int AtBaseline)>();
        var evidence = IdentityCases.Run(
            context,
            Seed,
            (found, draws) => all.Add(Case(found, draws.Coarse(Tokens), draws.Coarse() / 2, Math.Abs(draws.Coarse()) / 2)),
            out var found);
        var tokens = IdentityCases.Count * Tokens;
        var (differing, memory, memoryless, ties) = (
            all.Sum(c => c.Differing), all.Sum(c => c.Memory), all.Sum(c => c.Memoryless), all.Sum(c => c.AtBaseline));
        return evidence.Sample("tokens", tokens)
            .Value("tokens on which the readings differ", differing)
            .Value("switches with memory", memory)
            .Value("switches without memory", memoryless)
            .Value("tokens at r = b", ties)
            .Reserve(
                "memory",
                Invariant($"with the memory that the text describes; Eq. 18 as printed has none and gives another value on {differing} ")
                    + Invariant($"of {tokens} tokens, with {memoryless} switches against {memory}"))
            .Reserve(
                "r = b",
                Invariant($"at delta = 0 apart from tokens with r = b ({ties} of {tokens} here), where the printed mask is 0, ")
                    + "the memory holds its state and the comparator says -1")
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {tokens} tokens. ")
                    + Invariant($"The trigger with memory and the printed mask differ on {differing} tokens ")
                    + Invariant($"({100.0 * differing / tokens:F1}%), all of them neutral; ")
                    + Invariant($"the state changes {memory} times with memory and {memoryless} times without."));
    }
}
