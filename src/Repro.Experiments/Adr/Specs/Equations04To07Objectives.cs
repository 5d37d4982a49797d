using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Eq. 4: reward less beta times the divergence from the reference, as an exact expectation over all sequences.</summary>
internal sealed class Equation04Objective : ISpecGroup
{
    private const ulong Seed = 4;

    private static readonly double[] Betas = [0, 0.01, 0.1, 1, 10];

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ4", Check)];

    /// <summary>Checks one policy, reference and reward of each sequence.</summary>
    internal static void Case(Deviations found, PrefixTree policy, PrefixTree reference, double[] scores)
    {
        using var scope = NewDisposeScope();
        var (own, other) = (
            PrefixTree.Sequences.Select(policy.LogProb).ToArray(), PrefixTree.Sequences.Select(reference.LogProb).ToArray());
        var reward = own.Zip(scores, (l, r) => Math.Exp(l) * r).Sum();
        var divergence = Scalars.Kl(own, other);
        var chain = KlDivergence.Full(policy.Logits(), reference.Logits()).narrow(1, 0, PrefixTree.Length).sum([1]);
        found.Note(
            "the divergence of sequences is the expected sum of those of tokens",
            (chain * Scalars.From(own, own.Length).exp()).sum(),
            [divergence]);
        var (ofPolicy, ofReference) = (Tokens(policy), Tokens(reference));
        foreach (var beta in Betas)
        {
            var objective = Objective(ofPolicy, ofReference, scores, beta);
            found.Note("expected penalised reward is reward less beta times divergence", objective, reward - (beta * divergence));
            found.Note(
                "at policy = reference it is the mean reward",
                Objective(ofReference, ofReference, scores, beta),
                other.Zip(scores, (l, r) => Math.Exp(l) * r).Sum());
            if (beta > 0)
            {
                // The largest value is beta times the logarithm of the partition sum, which the tilted reference attains.
                var largest = beta * LogSum(other.Zip(scores, (l, r) => l + (r / beta)));
                found.Exactly(
                    "no policy exceeds beta times the log of the partition sum",
                    objective <= largest + IdentityCases.Tolerance);
            }
        }
    }

    private static Tensor Tokens(PrefixTree tree) => TokenLogProbs.Next(tree.Logits(), PrefixTree.Ids(), PrefixTree.Mask());

    // Of the log-probabilities of all tokens under policy and reference.
    private static double Objective(Tensor own, Tensor other, double[] scores, double beta)
    {
        using var scope = NewDisposeScope();
        var penalties = KlDivergence.Estimate(own, other, KlPenalty.LogRatio);
        var (rewards, _) = PenalisedRewards.Compute(Scalars.From(scores, scores.Length), penalties, own.ones_like(), beta);
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
                found,
                new PrefixTree(draws.Reals(PrefixTree.Numbers, 3)),
                new PrefixTree(draws.Reals(PrefixTree.Numbers, 3)),
                draws.Reals(PrefixTree.Sequences.Count, 2)),
            out var found)
            .Reserve("sign and name", "as an objective to be made large; the paper calls it the loss of PPO, of which it has neither the "
                + "sign nor the clipped ratio")
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, each over all {PrefixTree.Sequences.Count} sequences of a small ")
                    + Invariant($"policy and {Betas.Length} values of beta from {Betas.Min()} to {Betas.Max()}."));
}

/// <summary>ADR Eq. 5: the two-way softmax of rewards against Eq. 1.</summary>
internal sealed class Equation05TwoWaySoftmax : ISpecGroup
{
    private const ulong Seed = 5;
    private const int Pairs = 8;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ5", Check)];

    /// <summary>Checks one case of reward pairs.</summary>
    internal static void Case(Deviations found, double[] first, double[] second)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Scalars.From(first, first.Length), Scalars.From(second, second.Length));
        var preference = RankingLoss.Preference(a, b);
        found.Note("the formula as printed", preference, [.. first.Zip(second, (x, y) => Math.Exp(x) / (Math.Exp(x) + Math.Exp(y)))]);
        found.Note("the softmax of both rewards", stack([a, b], 1).softmax(1).select(1, 0), Deviations.Values(preference));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(context, Seed, (found, draws) => Case(found, draws.Reals(Pairs, 20), draws.Reals(Pairs, 20)), out var found)
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} reward pairs each.");
}

/// <summary>ADR Eq. 6: the loss of direct preference optimisation.</summary>
internal sealed class Equation06PreferenceOptimisation : ISpecGroup
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
        Tensor Shaped(double[] values) => Scalars.From(values, values.Length);
        var pairs = new PairLogProbs(Shaped(chosen), Shaped(rejected), Shaped(referenceChosen), Shaped(referenceRejected));
        var margins = Enumerable.Range(0, chosen.Length).Select(i => chosen[i] - referenceChosen[i] - (rejected[i] - referenceRejected[i]))
            .ToArray();
        foreach (var beta in Betas)
        {
            var loss = DpoLoss.Sigmoid(pairs, beta);
            found.Note("minus the log-sigmoid of beta times the margin", loss, [.. margins.Select(m => Scalars.SoftPlus(-beta * m))]);
            var (won, lost) = DpoLoss.Rewards(pairs, beta);
            found.Note("minus the log of Eq. 1 on implicit rewards", -RankingLoss.Preference(won, lost).log(), Deviations.Values(loss));
            var swapped = DpoLoss.Sigmoid(
                new PairLogProbs(pairs.PolicyRejected, pairs.PolicyChosen, pairs.ReferenceRejected, pairs.ReferenceChosen), beta);
            found.Note("swapping the responses adds beta times the margin", swapped - loss, [.. margins.Select(m => beta * m)]);
            var equal = DpoLoss.Sigmoid(
                new PairLogProbs(pairs.PolicyChosen, pairs.PolicyRejected, pairs.PolicyChosen, pairs.PolicyRejected), beta);
            found.Note("ln 2 at policy = reference", equal, [.. margins.Select(_ => Math.Log(2))]);
        }
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
                Case(found, draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5), draws.LogProbs(Pairs, 5)),
            out var found)
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Pairs} pairs each and {Betas.Length} values of beta from ")
                    + Invariant($"{Betas.Min()} to {Betas.Max()}."));
}

/// <summary>ADR Eq. 7: learning accepted samples while staying near the reference.</summary>
internal sealed class Equation07RejectionSampling : ISpecGroup
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
        Tensor Shaped(double[] values) => Scalars.From(values, rows, columns, vocabulary);
        var completionMask = Scalars.From(mask, rows, columns);
        var logProbs = TokenLogProbs.SamePosition(Shaped(policy), tensor(ids).reshape(rows, columns), completionMask);
        var divergences = KlDivergence.Full(Shaped(policy), Shaped(reference), completionMask);
        double[] Distribution(double[] logits, int i) => Scalars.LogSoftmax(logits[(i * vocabulary)..((i + 1) * vocabulary)]);
        var places = Enumerable.Range(0, ids.Length).Where(i => mask[i] == 1).ToArray();
        var likelihood = -places.Sum(i => Distribution(policy, i)[ids[i]]) / rows;
        var divergence = places.Sum(i => Scalars.Kl(Distribution(policy, i), Distribution(reference, i))) / rows;
        foreach (var beta in Betas)
        {
            found.Note(
                "negative log-likelihood plus beta times divergence",
                RejectionSamplingLoss.Accepted(logProbs, divergences, completionMask, beta),
                [likelihood + (beta * divergence)]);
            var none = KlDivergence.Full(Shaped(policy), Shaped(policy), completionMask);
            found.Note(
                "at policy = reference only the likelihood is left",
                RejectionSamplingLoss.Accepted(logProbs, none, completionMask, beta),
                [likelihood]);
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
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each and {Betas.Length} ")
                    + Invariant($"values of beta from {Betas.Min()} to {Betas.Max()}."));
}
