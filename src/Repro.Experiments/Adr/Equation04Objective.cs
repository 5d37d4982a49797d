using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 4: reward less beta times the divergence from the reference, as an exact expectation over all sequences.</summary>
public sealed class Equation04Objective : ISpecGroup
{
    private const ulong Seed = 4;

    private static readonly double[] Betas = [0, 0.01, 0.1, 1, 10];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ4", Check)];

    /// <summary>Checks one policy, reference and reward of each sequence.</summary>
    internal static void Case(Deviations found, PrefixTree policy, PrefixTree reference, double[] scores)
    {
        using var scope = NewDisposeScope();
        var (own, other) = (PrefixTree.Sequences.Select(policy.LogProb).ToArray(), PrefixTree.Sequences.Select(reference.LogProb).ToArray());
        var reward = own.Zip(scores, (l, r) => Math.Exp(l) * r).Sum();
        var divergence = Scalars.Kl(own, other);
        var chain = KlDivergence.Full(policy.Logits(), reference.Logits()).narrow(1, 0, PrefixTree.Length).sum([1]);
        found.Note("the divergence of sequences is the expected sum of those of tokens", (chain * Scalars.Of(own, own.Length).exp()).sum(), [divergence]);
        foreach (var beta in Betas)
        {
            found.Note("expected penalised reward is reward less beta times divergence", Objective(policy, reference, scores, beta), reward - (beta * divergence));
            found.Note("at policy = reference it is the mean reward", Objective(reference, reference, scores, beta), other.Zip(scores, (l, r) => Math.Exp(l) * r).Sum());
            if (beta > 0)
            {
                // The largest value is beta times the logarithm of the partition sum, which the tilted reference attains.
                var largest = beta * LogSum(other.Zip(scores, (l, r) => l + (r / beta)));
                found.Exactly("no policy exceeds beta times the log of the partition sum", Objective(policy, reference, scores, beta) <= largest + IdentityCases.Tolerance);
            }
        }
    }

    private static double Objective(PrefixTree policy, PrefixTree reference, double[] scores, double beta)
    {
        using var scope = NewDisposeScope();
        var (ids, mask) = (PrefixTree.Ids(), PrefixTree.Mask());
        var (own, other) = (TokenLogProbs.Next(policy.Logits(), ids, mask), TokenLogProbs.Next(reference.Logits(), ids, mask));
        var penalties = KlDivergence.Estimate(own, other, KlPenalty.LogRatio);
        var (rewards, _) = PenalisedRewards.Compute(Scalars.Of(scores, scores.Length), penalties, own.ones_like(), beta);
        return Deviations.Values((rewards.sum([1]) * own.sum([1]).exp()).sum())[0];
    }

    private static double LogSum(IEnumerable<double> values)
    {
        var all = values.ToArray();
        return all.Max() + Math.Log(all.Sum(v => Math.Exp(v - all.Max())));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(
                found, new PrefixTree(draws.Reals(PrefixTree.Numbers, 3)), new PrefixTree(draws.Reals(PrefixTree.Numbers, 3)), draws.Reals(PrefixTree.Sequences.Count, 2)),
            out var found)
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, each over all {PrefixTree.Sequences.Count} sequences of a small policy and {Betas.Length} values of beta from {Betas.Min()} to {Betas.Max()}."));
}
