using Repro.Core.Adaptive;
using Repro.Core.Adaptive.Segmentation;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 13: the adaptive mask of chosen and rejected samples.</summary>
public sealed class Equation13Masks : ISpecGroup
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
        var (r, mask, b) = (Scalars.Of(rewards, rows, columns), Scalars.Of(response, rows, columns), tensor(threshold, ScalarType.Float64));
        var chosen = Deviations.Values(AdaptiveMask.Chosen(r, b, mask));
        var rejected = Deviations.Values(AdaptiveMask.Rejected(r, b, mask));
        var comparator = SchmittTrigger.Comparator(rewards, threshold);
        for (var i = 0; i < rewards.Length; i++)
        {
            found.Exactly("a chosen sample keeps tokens with R above b", (chosen[i] == 1) == (response[i] == 1 && rewards[i] > threshold));
            found.Exactly("a rejected sample keeps tokens with R of at most b", (rejected[i] == 1) == (response[i] == 1 && rewards[i] <= threshold));
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
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {IdentityCases.Count * Rows * Tokens} tokens of which {ties} stand exactly at the threshold."));
    }
}
