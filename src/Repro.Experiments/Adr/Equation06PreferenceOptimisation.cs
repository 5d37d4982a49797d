using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 6: the loss of direct preference optimisation.</summary>
public sealed class Equation06PreferenceOptimisation : ISpecGroup
{
    private const ulong Seed = 6;
    private const int Pairs = 6;

    private static readonly double[] Betas = [0.01, 0.1, 0.5, 1, 5];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ6", Check)];

    /// <summary>Checks one batch of summed log-probabilities.</summary>
    internal static void Case(Deviations found, double[] chosen, double[] rejected, double[] referenceChosen, double[] referenceRejected)
    {
        using var scope = NewDisposeScope();
        Tensor Shaped(double[] values) => Scalars.Of(values, values.Length);
        var pairs = new PairLogProbs(Shaped(chosen), Shaped(rejected), Shaped(referenceChosen), Shaped(referenceRejected));
        var margins = Enumerable.Range(0, chosen.Length).Select(i => chosen[i] - referenceChosen[i] - (rejected[i] - referenceRejected[i])).ToArray();
        foreach (var beta in Betas)
        {
            var loss = DpoLoss.Sigmoid(pairs, beta);
            found.Note("minus the log-sigmoid of beta times the margin", loss, [.. margins.Select(m => Scalars.SoftPlus(-beta * m))]);
            var (won, lost) = DpoLoss.Rewards(pairs, beta);
            found.Note("minus the log of Eq. 1 on implicit rewards", -RankingLoss.Preference(won, lost).log(), Deviations.Values(loss));
            var swapped = DpoLoss.Sigmoid(new PairLogProbs(pairs.PolicyRejected, pairs.PolicyChosen, pairs.ReferenceRejected, pairs.ReferenceChosen), beta);
            found.Note("swapping the responses adds beta times the margin", swapped - loss, [.. margins.Select(m => beta * m)]);
            var equal = DpoLoss.Sigmoid(new PairLogProbs(pairs.PolicyChosen, pairs.PolicyRejected, pairs.PolicyChosen, pairs.PolicyRejected), beta);
            found.Note("ln 2 at policy = reference", equal, [.. margins.Select(_ => Math.Log(2))]);
        }
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(found, draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5)),
            out var found)
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} pairs each and {Betas.Length} values of beta from {Betas.Min()} to {Betas.Max()}."));
}
