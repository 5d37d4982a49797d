using Repro.Core.Randomness;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Mechanisms;

/// <summary>
/// A property that is checked on seeded random cases. The check takes the function under test as its argument, so that wrong variants pass
/// through the very check that the library's function, the one that trains, passes through; each must be caught.
/// </summary>
/// <typeparam name="TFunction">Type of the function under test; where a claim needs several functions, a record of them.</typeparam>
/// <param name="Seed">Seed of the cases.</param>
/// <param name="Function">The library's own function.</param>
/// <param name="Case">Checks one case and notes what differs. It draws the same numbers whatever the function gives.</param>
internal sealed record ExactCheck<TFunction>(ulong Seed, TFunction Function, Action<Deviations, Draws, TFunction> Case)
{
    /// <summary>Functions that are wrong on purpose.</summary>
    public IReadOnlyList<WrongVariant<TFunction>> Wrong { get; init; } = [];

    /// <summary>Number of cases.</summary>
    public int Cases { get; init; } = IdentityCases.Count;

    /// <summary>Differences up to this one are rounding.</summary>
    public double Tolerance { get; init; } = IdentityCases.Tolerance;

    /// <summary>Checks the function and then every wrong variant.</summary>
    /// <param name="context">The context of the spec.</param>
    /// <param name="summary">What was found, in a sentence without its full stop.</param>
    /// <returns>A finding for each relation and a value for each wrong variant, still open for a worked example.</returns>
    public EvidenceBuilder Run(SpecContext context, out string summary)
    {
        var found = new Deviations();
        Over(Function, found, context.Cancellation);
        var evidence = found.AddTo(context.Evidence().Seed(Seed).Sample("cases", Cases).Value("tolerance", Tolerance), Tolerance);
        foreach (var variant in Wrong)
        {
            var caught = CaughtCases(variant.Function, context.Cancellation);
            evidence.Value(WrongVariant.Prefix + variant.Name, WrongVariant.Caught(caught, Cases));
        }

        summary = found.Summary(Tolerance, Cases);
        return evidence;
    }

    private void Over(TFunction function, Deviations found, CancellationToken cancellation)
    {
        var draws = new Draws(new Xoshiro256(Seed));
        for (var i = 0; i < Cases; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            Case(found, draws, function);
        }
    }

    /// <summary>The number of cases in which a function fails the check.</summary>
    /// <param name="function">The function.</param>
    /// <param name="cancellation">Stops the check.</param>
    public int CaughtCases(TFunction function, CancellationToken cancellation)
    {
        var draws = new Draws(new Xoshiro256(Seed));
        var caught = 0;
        for (var i = 0; i < Cases; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var found = new Deviations();
            Case(found, draws, function);
            caught += found.Worst > Tolerance ? 1 : 0;
        }

        return caught;
    }
}

/// <summary>A function that is wrong on purpose, to show that a check can fail.</summary>
/// <typeparam name="TFunction">Type of the function under test.</typeparam>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Function">The function.</param>
internal sealed record WrongVariant<TFunction>(string Name, TFunction Function);

/// <summary>How the evidence tells that wrong variants were caught.</summary>
internal static class WrongVariant
{
    /// <summary>What the names of these values begin with.</summary>
    public const string Prefix = "wrong variant: ";

    /// <summary>The value of a variant.</summary>
    /// <param name="caught">Cases in which the check failed.</param>
    /// <param name="cases">All cases.</param>
    public static string Caught(int caught, int cases) => Invariant($"caught in {caught} of {cases} cases");
}
