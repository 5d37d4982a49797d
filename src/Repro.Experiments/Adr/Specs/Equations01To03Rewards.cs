using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Eq. 1: the preference probability of Bradley and Terry.</summary>
internal sealed class Equation01Preference : ISpecGroup
{
    private const ulong Seed = 1;
    private const int Pairs = 8;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ1", Check)];

    /// <summary>Checks one case of reward pairs and a shift of both.</summary>
    internal static void Case(Deviations found, double[] first, double[] second, double shift)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Scalars.From(first, first.Length), Scalars.From(second, second.Length));
        var preference = Deviations.Values(RankingLoss.Preference(a, b));
        found.Note("sigmoid of the difference of rewards", preference, [.. first.Zip(second, (x, y) => Scalars.Sigmoid(x - y))]);
        found.Note("swapping the responses gives the complement", RankingLoss.Preference(b, a), [.. preference.Select(p => 1 - p)]);
        found.Note("a common shift changes nothing", RankingLoss.Preference(a + shift, b + shift), preference);
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context, Seed, (found, draws) => Case(found, draws.Reals(Pairs, 20), draws.Reals(Pairs, 20), draws.Real(100)), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} reward pairs each.");
}

/// <summary>ADR Eq. 2: the reward of a sequence is the sum of its token rewards.</summary>
internal sealed class Equation02TokenSums : ISpecGroup
{
    private const ulong Seed = 2;
    private const int Rows = 4;
    private const int Tokens = 6;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ2", Check)];

    /// <summary>Checks one batch of pairs of ragged responses; lists are [rows, tokens].</summary>
    internal static void Case(Deviations found, double[] chosen, double[] rejected, double[] chosenMask, double[] rejectedMask, int tokens)
    {
        using var scope = NewDisposeScope();
        var rows = chosen.Length / tokens;
        Tensor Shaped(double[] values) => Scalars.From(values, rows, tokens);
        var (first, second) = (
            Masked.SumPerRow(Shaped(chosen), Shaped(chosenMask)), Masked.SumPerRow(Shaped(rejected), Shaped(rejectedMask)));
        var (a, b) = (Scalars.RowSums(chosen, chosenMask, tokens), Scalars.RowSums(rejected, rejectedMask, tokens));
        found.Note("sums of token rewards are the sequence rewards", first, a);
        found.Note("Eq. 1 on the sums is Eq. 2", RankingLoss.Preference(first, second), [.. a.Zip(b, (x, y) => Scalars.Sigmoid(x - y))]);

        // The odds of Eq. 2 are a product over tokens; here nothing is summed first.
        double Odds(int row, double[] values, double[] mask) =>
            Enumerable.Range(row * tokens, tokens).Where(i => mask[i] == 1).Aggregate(1.0, (product, i) => product * Math.Exp(values[i]));
        var products = Enumerable.Range(0, rows).Select(row => Odds(row, chosen, chosenMask) / Odds(row, rejected, rejectedMask))
            .Select(odds => odds / (1 + odds));
        found.Note("the odds are the product of the tokens' odds", RankingLoss.Preference(first, second), [.. products]);

        var implicitRewards = DenseRewards.FromLogRatio(Shaped(chosen), Shaped(rejected), Shaped(chosenMask), 0.5);
        var margins = chosen.Zip(rejected, (x, y) => 0.5 * (x - y)).ToArray();
        found.Note(
            "implicit token rewards add up to the implicit sequence reward",
            implicitRewards.sum([1]),
            Scalars.RowSums(margins, chosenMask, tokens));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
                Case(
                    found,
                    draws.Reals(Rows * Tokens, 3),
                    draws.Reals(Rows * Tokens, 3),
                    draws.Mask(Rows, Tokens),
                    draws.Mask(Rows, Tokens),
                    Tokens),
            out var found)
            .Reserve("length", "with each response summed over its own tokens; as printed Eq. 2 gives both responses one length")
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Rows} pairs of responses of up to {Tokens} tokens each.");
}

/// <summary>ADR Eq. 3: sequence and token log-probabilities of one policy.</summary>
internal sealed class Equation03ChainRule : ISpecGroup
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
        found.Note(
            "each token has the log-probability after its prefix",
            tokens,
            [.. PrefixTree.Sequences.SelectMany(s => Enumerable.Range(0, PrefixTree.Length).Select(t => policy.LogProbs(s, t)[s[t]]))]);
        found.Note("the probabilities of all sequences add up to 1", sums.exp().sum(), [1]);
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, new PrefixTree(draws.Reals(PrefixTree.Numbers, 4))), out var found)
            .Explain(
                $"{found.Summary(IdentityCases.Tolerance)}, each a policy with all its {PrefixTree.Sequences.Count} sequences of "
                    + $"{PrefixTree.Length} tokens.");
}
