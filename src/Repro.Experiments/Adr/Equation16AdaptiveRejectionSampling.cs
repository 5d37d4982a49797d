using Repro.Core.Adaptive;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 16: rejection sampling as printed, and with the mask and the beta that the text around it names.</summary>
public sealed class Equation16AdaptiveRejectionSampling : ISpecGroup
{
    private const ulong Seed = 16;
    private const int Rows = 4;
    private const int Tokens = 6;
    private const double OtherBeta = 0.1;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ16", Check)];

    /// <summary>Checks one batch; all lists are [rows, tokens].</summary>
    /// <returns>The loss as printed, with the mask, and with the other beta.</returns>
    internal static (double Printed, double Masked, double Weighted) Case(
        Deviations found, double[] logProbs, double[] divergences, double[] response, double[] adaptive, int rows)
    {
        using var scope = NewDisposeScope();
        var columns = logProbs.Length / rows;
        Tensor Shaped(double[] values) => Scalars.Of(values, rows, columns);
        double[] kept = [.. response.Zip(adaptive, (r, a) => r * a)];
        double Expected(double[] mask, double beta) =>
            (Scalars.RowSums(divergences, mask, columns).Sum() * beta / rows) - (Scalars.RowSums(logProbs, mask, columns).Sum() / rows);
        double Loss(double[] mask, double beta) =>
            Deviations.Values(AdaptiveLoss.RejectionSampling(Shaped(logProbs), Shaped(divergences), Shaped(response), Shaped(mask), beta))[0];
        var ones = adaptive.Select(_ => 1.0).ToArray();
        var (printed, masked, weighted) = (Loss(ones, 1), Loss(adaptive, 1), Loss(ones, OtherBeta));
        found.Note("negative log-likelihood plus divergence, as printed", printed, Expected(response, 1));
        found.Note("Eq. 7 with beta 1 is Eq. 16", Deviations.Values(RejectionSamplingLoss.Accepted(Shaped(logProbs), Shaped(divergences), Shaped(response), 1))[0], printed);
        found.Note("with the mask: the sums over kept tokens", masked, Expected(kept, 1));
        found.Note("with a beta: Eq. 7", weighted, Expected(response, OtherBeta));

        var policy = Shaped(logProbs).detach().requires_grad_();
        AdaptiveLoss.RejectionSampling(policy, Shaped(divergences), Shaped(response), Shaped(adaptive)).backward();
        found.Note("with the mask: only kept tokens have a gradient", policy.grad!, [.. kept.Select(k => -k / rows)]);
        return (printed, masked, weighted);
    }

    private static Evidence Check(SpecContext context)
    {
        var all = new List<(double Printed, double Masked, double Weighted)>();
        var evidence = IdentityCases.Run(
            context,
            Seed,
            (found, draws) => all.Add(Case(
                found,
                draws.LogProbs(Rows * Tokens, 3),
                [.. draws.Reals(Rows * Tokens, 1).Select(Math.Abs)],
                draws.Mask(Rows, Tokens),
                draws.Bits(Rows * Tokens),
                Rows)),
            out var found);
        var (printed, masked, weighted) = (all.Average(l => l.Printed), all.Average(l => l.Masked), all.Average(l => l.Weighted));
        return evidence
            .Value("mean loss as printed", printed)
            .Value("mean loss with the mask", masked)
            .Value(Invariant($"mean loss with beta {OtherBeta}"), weighted)
            .Reserve("mask", Invariant($"as printed; the list of symbols names a mask for rejection sampling, which Eq. 16 does not show: with random masks the mean loss is {masked:F3} instead of {printed:F3}"))
            .Reserve("beta", Invariant($"with beta 1; Eq. 7 weighs the divergence with beta, which Eq. 16 does not show: with beta {OtherBeta} the mean loss is {weighted:F3}"))
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each. The mean loss is {printed:F3} as printed, {masked:F3} with the mask of the list of symbols (random masks), and {weighted:F3} with the beta of Eq. 7 at {OtherBeta}."));
    }
}
