using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 7: learning accepted samples while staying near the reference.</summary>
public sealed class Equation07RejectionSampling : ISpecGroup
{
    private const ulong Seed = 7;
    private const int Rows = 3;
    private const int Tokens = 4;
    private const int Vocabulary = 5;

    private static readonly double[] Betas = [0, 0.05, 0.5, 2];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ7", Check)];

    /// <summary>Checks one batch; logits are [rows, tokens, vocabulary], ids and mask [rows, tokens].</summary>
    internal static void Case(Deviations found, double[] policy, double[] reference, long[] ids, double[] mask, int rows, int vocabulary)
    {
        using var scope = NewDisposeScope();
        var columns = ids.Length / rows;
        Tensor Shaped(double[] values) => Scalars.Of(values, rows, columns, vocabulary);
        var counted = Scalars.Of(mask, rows, columns);
        var logProbs = TokenLogProbs.SamePosition(Shaped(policy), tensor(ids).reshape(rows, columns), counted);
        var divergences = KlDivergence.Full(Shaped(policy), Shaped(reference), counted);
        double[] Distribution(double[] logits, int i) => Scalars.LogSoftmax(logits[(i * vocabulary)..((i + 1) * vocabulary)]);
        var places = Enumerable.Range(0, ids.Length).Where(i => mask[i] == 1).ToArray();
        var likelihood = -places.Sum(i => Distribution(policy, i)[ids[i]]) / rows;
        var divergence = places.Sum(i => Scalars.Kl(Distribution(policy, i), Distribution(reference, i))) / rows;
        foreach (var beta in Betas)
        {
            found.Note("negative log-likelihood plus beta times divergence", RejectionSamplingLoss.Accepted(logProbs, divergences, counted, beta), [likelihood + (beta * divergence)]);
            var none = KlDivergence.Full(Shaped(policy), Shaped(policy), counted);
            found.Note("at policy = reference only the likelihood is left", RejectionSamplingLoss.Accepted(logProbs, none, counted, beta), [likelihood]);
        }
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(
                found,
                draws.Reals(Rows * Tokens * Vocabulary, 3),
                draws.Reals(Rows * Tokens * Vocabulary, 3),
                draws.Tokens(Rows * Tokens, Vocabulary),
                draws.Mask(Rows, Tokens),
                Rows,
                Vocabulary),
            out var found)
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each and {Betas.Length} values of beta from {Betas.Min()} to {Betas.Max()}."));
}
