using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 2: the reward of a sequence is the sum of its token rewards.</summary>
public sealed class Equation02TokenSums : ISpecGroup
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
        Tensor Shaped(double[] values) => Scalars.Of(values, rows, tokens);
        var (first, second) = (Masked.SumPerRow(Shaped(chosen), Shaped(chosenMask)), Masked.SumPerRow(Shaped(rejected), Shaped(rejectedMask)));
        var (a, b) = (Scalars.RowSums(chosen, chosenMask, tokens), Scalars.RowSums(rejected, rejectedMask, tokens));
        found.Note("sums of token rewards are the sequence rewards", first, a);
        found.Note("Eq. 1 on the sums is Eq. 2", RankingLoss.Preference(first, second), [.. a.Zip(b, (x, y) => Scalars.Sigmoid(x - y))]);

        // The odds of Eq. 2 are a product over tokens; here nothing is summed first.
        double Odds(int row, double[] values, double[] mask) =>
            Enumerable.Range(row * tokens, tokens).Where(i => mask[i] == 1).Aggregate(1.0, (product, i) => product * Math.Exp(values[i]));
        var products = Enumerable.Range(0, rows).Select(row => Odds(row, chosen, chosenMask) / Odds(row, rejected, rejectedMask)).Select(odds => odds / (1 + odds));
        found.Note("the odds are the product of the tokens' odds", RankingLoss.Preference(first, second), [.. products]);

        var implicitRewards = DenseRewards.FromLogRatio(Shaped(chosen), Shaped(rejected), Shaped(chosenMask), 0.5);
        var margins = chosen.Zip(rejected, (x, y) => 0.5 * (x - y)).ToArray();
        found.Note("implicit token rewards add up to the implicit sequence reward", implicitRewards.sum([1]), Scalars.RowSums(margins, chosenMask, tokens));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(found, draws.Reals(Rows * Tokens, 3), draws.Reals(Rows * Tokens, 3), draws.Mask(Rows, Tokens), draws.Mask(Rows, Tokens), Tokens),
            out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Rows} pairs of responses of up to {Tokens} tokens each.");
}
