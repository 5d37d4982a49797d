using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 1: the preference probability of Bradley and Terry.</summary>
public sealed class Equation01Preference : ISpecGroup
{
    private const ulong Seed = 1;
    private const int Pairs = 8;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ1", Check)];

    /// <summary>Checks one case of reward pairs and a shift of both.</summary>
    internal static void Case(Deviations found, double[] first, double[] second, double shift)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Scalars.Of(first, first.Length), Scalars.Of(second, second.Length));
        var preference = Deviations.Values(RankingLoss.Preference(a, b));
        found.Note("sigmoid of the difference of rewards", preference, [.. first.Zip(second, (x, y) => Scalars.Sigmoid(x - y))]);
        found.Note("swapping the responses gives the complement", RankingLoss.Preference(b, a), [.. preference.Select(p => 1 - p)]);
        found.Note("a common shift changes nothing", RankingLoss.Preference(a + shift, b + shift), preference);
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, draws.Reals(Pairs, 20), draws.Reals(Pairs, 20), draws.Real(100)), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} reward pairs each.");
}
