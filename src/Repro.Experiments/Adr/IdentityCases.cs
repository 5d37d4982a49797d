using Repro.Core.Randomness;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Adr;

/// <summary>Runs an identity on seeded random cases and turns what it finds into evidence.</summary>
internal static class IdentityCases
{
    /// <summary>Cases of each identity.</summary>
    public const int Count = 200;

    /// <summary>Differences up to this one are rounding: double precision keeps 2e-16, and the longest sums here have some hundred terms.</summary>
    public const double Tolerance = 1e-12;

    /// <summary>The evidence of all cases, still open for remarks.</summary>
    /// <param name="context">The context of the spec.</param>
    /// <param name="seed">Seed of the cases.</param>
    /// <param name="check">Checks one case.</param>
    /// <param name="found">What the cases found.</param>
    public static EvidenceBuilder Run(SpecContext context, ulong seed, Action<Deviations, Draws> check, out Deviations found)
    {
        var draws = new Draws(new Xoshiro256(seed));
        found = new Deviations();
        for (var i = 0; i < Count; i++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            check(found, draws);
        }

        return found.AddTo(context.Evidence().Seed(seed).Sample("cases", Count).Value("tolerance", Tolerance), Tolerance);
    }
}
