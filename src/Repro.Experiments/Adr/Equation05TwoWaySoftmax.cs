using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 5: the two-way softmax of rewards against Eq. 1.</summary>
public sealed class Equation05TwoWaySoftmax : ISpecGroup
{
    private const ulong Seed = 5;
    private const int Pairs = 8;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ5", Check)];

    /// <summary>Checks one case of reward pairs.</summary>
    internal static void Case(Deviations found, double[] first, double[] second)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Scalars.Of(first, first.Length), Scalars.Of(second, second.Length));
        var preference = RankingLoss.Preference(a, b);
        found.Note("the formula as printed", preference, [.. first.Zip(second, (x, y) => Math.Exp(x) / (Math.Exp(x) + Math.Exp(y)))]);
        found.Note("the softmax of both rewards", stack([a, b], 1).softmax(1).select(1, 0), Deviations.Values(preference));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, draws.Reals(Pairs, 20), draws.Reals(Pairs, 20)), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} reward pairs each.");
}
