using Repro.Core.Adaptive;
using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 17 and 18: good, bad and neutral tokens, alone and against Eq. 13.</summary>
public sealed class Equation17TernaryMask : ISpecGroup
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
        var row = Scalars.Of(rewards, 1, rewards.Length);
        var mask = SchmittTrigger.Memoryless(rewards, baseline, delta);
        var batched = Deviations.Values(AdaptiveMask.Ternary(row, tensor(baseline, ScalarType.Float64), delta, row.ones_like()));
        for (var i = 0; i < rewards.Length; i++)
        {
            var (good, bad, neutral) = (rewards[i] > baseline + delta, rewards[i] < baseline - delta, baseline - delta <= rewards[i] && rewards[i] <= baseline + delta);
            found.Exactly("the three sets partition the tokens", new[] { good, bad, neutral }.Count(member => member) == 1);
            found.Exactly("the mask is +1, -1 and 0 on them", mask[i] == (good ? 1 : bad ? -1 : 0));
            found.Exactly("the mask of a batch is that of its rows", batched[i] == mask[i]);
        }
    }

    /// <summary>Checks the mask without offset against Eq. 13 on one response.</summary>
    internal static void BoundaryCase(Deviations found, double[] rewards, double baseline)
    {
        using var scope = NewDisposeScope();
        var (row, b) = (Scalars.Of(rewards, 1, rewards.Length), tensor(baseline, ScalarType.Float64));
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
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {IdentityCases.Count * Tokens} tokens of which {bounds} stand exactly at a bound, which is neutral."));
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
            .Reserve("r = b", Invariant($"the two definitions part at the boundary: of {tokens} tokens {ties} have r = b, which Eq. 17 makes neutral (0) and Eq. 13 keeps on the rejected side (-1)"))
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}. At delta = 0 the two definitions give the same on {tokens - ties} of {tokens} tokens and differ on the {ties} with r = b."));
    }
}
