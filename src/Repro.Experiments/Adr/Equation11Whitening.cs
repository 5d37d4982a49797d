using Repro.Core.Adaptive.Segmentation;
using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 11: the error of token-level rewards after whitening.</summary>
public sealed class Equation11Whitening : ISpecGroup
{
    private const ulong Seed = 11;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ11", Check)];

    /// <summary>Checks the noise of one response of at least two tokens.</summary>
    internal static void Case(Deviations found, double[] noise)
    {
        using var scope = NewDisposeScope();
        var row = Scalars.Of(noise, 1, noise.Length);
        var mask = row.ones_like();
        var whitened = Masked.Whiten(row, mask, VarianceEstimate.Biased);
        var values = Deviations.Values(whitened);
        found.Note("the mean is 0 after whitening", values.Average(), 0);
        found.Note("summed squares are variance times length", SegmentationError.TokenLevel(values), Deviations.Values(Masked.Variance(whitened, mask, VarianceEstimate.Biased))[0] * noise.Length);

        var sample = Masked.Whiten(row, mask, VarianceEstimate.Unbiased);
        found.Note(
            "with the sample variance they are variance times length less one",
            SegmentationError.TokenLevel(Deviations.Values(sample)),
            Deviations.Values(Masked.Variance(sample, mask, VarianceEstimate.Unbiased))[0] * (noise.Length - 1));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, draws.Reals(draws.Integer(2, 60), 3)), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, responses of 2 to 60 tokens. The variance meant is that with divisor N; with the sample variance of common whitening code the factor is N - 1.");
}
