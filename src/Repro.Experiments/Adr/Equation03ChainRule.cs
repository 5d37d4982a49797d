using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 3: sequence and token log-probabilities of one policy.</summary>
public sealed class Equation03ChainRule : ISpecGroup
{
    private const ulong Seed = 3;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ3", Check)];

    /// <summary>Checks one policy over all its sequences.</summary>
    internal static void Case(Deviations found, PrefixTree policy)
    {
        using var scope = NewDisposeScope();
        var (logits, ids, mask) = (policy.Logits(), PrefixTree.Ids(), PrefixTree.Mask());
        var sums = SequenceLogProbs.Sum(logits, ids, mask);
        var tokens = TokenLogProbs.Next(logits, ids, mask);
        found.Note("sequence log-probability is the sum over tokens", sums, [.. PrefixTree.Sequences.Select(policy.LogProb)]);
        found.Note("each token has the log-probability after its prefix", tokens, [.. PrefixTree.Sequences.SelectMany(s => Enumerable.Range(0, PrefixTree.Length).Select(t => policy.LogProbs(s, t)[s[t]]))]);
        found.Note("the probabilities of all sequences add up to 1", sums.exp().sum(), [1]);
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, new PrefixTree(draws.Reals(PrefixTree.Numbers, 4))), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, each a policy with all its {PrefixTree.Sequences.Count} sequences of {PrefixTree.Length} tokens.");
}
