using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Adr.Identities;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr.Specs;

/// <summary>ADR Eq. 14: the clipped surrogate of PPO times the adaptive mask.</summary>
internal sealed class Equation14AdaptivePpo : ISpecGroup
{
    private const ulong Seed = 14;
    private const int Rows = 3;
    private const int Tokens = 6;
    private const double Epsilon = 0.2;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ14", Check)];

    /// <summary>Checks one batch; all lists are [rows, tokens].</summary>
    internal static void Case(
        Deviations found, double[] now, double[] old, double[] advantages, double[] response, double[] adaptive, int rows)
    {
        using var scope = NewDisposeScope();
        var columns = now.Length / rows;
        Tensor Shaped(double[] values) => Scalars.From(values, rows, columns);
        var clip = ClipRange.Symmetric(Epsilon);
        var policy = Shaped(now).detach().requires_grad_();
        var loss = AdaptiveLoss.Ppo(policy, Shaped(old), Shaped(advantages), Shaped(response), Shaped(adaptive), clip);
        var counted = response.Sum();
        var (expected, gradient) = (0.0, new double[now.Length]);
        for (var i = 0; i < now.Length; i++)
        {
            var ratio = Math.Exp(now[i] - old[i]);
            var (free, clipped) = (ratio * advantages[i], Math.Clamp(ratio, 1 - Epsilon, 1 + Epsilon) * advantages[i]);
            var kept = response[i] * adaptive[i];
            expected -= kept * Math.Min(free, clipped) / counted;
            gradient[i] = free <= clipped ? -kept * free / counted : 0;
        }

        found.Note("the clipped surrogate times the mask, averaged over response tokens", loss, [expected]);
        loss.backward();
        var slope = Deviations.Values(policy.grad ?? policy.zeros_like());
        found.Note("the gradient is that of the kept, unclipped tokens", slope, gradient);
        found.Exactly(
            "masked tokens get zero gradient", Enumerable.Range(0, now.Length).All(i => response[i] * adaptive[i] == 1 || slope[i] == 0));
        var plain = PolicyLoss.Clipped(Shaped(now), Shaped(old), Shaped(advantages), Shaped(response), clip);
        var ones = AdaptiveLoss.Ppo(Shaped(now), Shaped(old), Shaped(advantages), Shaped(response), Shaped(response).ones_like(), clip);
        found.Note("with an all-ones mask it is PPO", ones, Deviations.Values(plain));
    }

    private static Evidence Check(SpecContext context) =>
        IdentityCases.Run(
            context,
            Seed,
            (found, draws) => Case(
                found,
                draws.LogProbs(Rows * Tokens, 2),
                draws.LogProbs(Rows * Tokens, 2),
                draws.Reals(Rows * Tokens, 2),
                draws.Mask(Rows, Tokens),
                draws.Bits(Rows * Tokens),
                Rows),
            out var found)
            .Reserve("sign of the mask", "with the mask of Eq. 13, which is 0 or 1; the -1 of Eq. 18 in this place turns the gradient of "
                + "bad tokens around")
            .Explain($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each.");
}

/// <summary>ADR Eq. 15: DPO with the adaptive mask, in both readings of where the mask stands.</summary>
internal sealed class Equation15AdaptiveDpo : ISpecGroup
{
    private const ulong Seed = 15;
    private const int Rows = 4;
    private const int Tokens = 6;

    /// <inheritdoc/>
    public IEnumerable<Spec> Specs() => [new("ADR-EQ15", Check)];

    /// <summary>Checks one batch of pairs.</summary>
    internal static Readings Case(Deviations found, Side chosen, Side rejected, double beta)
    {
        using var scope = NewDisposeScope();
        var (first, second) = (chosen.Responses(), rejected.Responses());
        var ones = (first with { AdaptiveMask = first.ResponseMask }, second with { AdaptiveMask = second.ResponseMask });
        var token = AdaptiveLoss.DpoTokenLevel(first, second, beta);
        var pair = AdaptiveLoss.DpoPairLevel(first, second, beta);
        var margins = Margins(chosen.Sums(chosen.Response), rejected.Sums(rejected.Response));
        var masked = Margins(chosen.Sums(chosen.Kept), rejected.Sums(rejected.Kept));
        var weights = chosen.Shares(rejected);
        found.Note("token level: the mask inside the sums of log-ratios", token, [.. masked.Select(m => Scalars.SoftPlus(-beta * m))]);
        found.Note(
            "pair level: the loss of a pair times its share of kept tokens",
            pair,
            [.. margins.Select((m, i) => weights[i] * Scalars.SoftPlus(-beta * m))]);
        var plain = Deviations.Values(DpoLoss.Sigmoid(new PairLogProbs(
            Masked.SumPerRow(first.PolicyLogProbs, first.ResponseMask),
            Masked.SumPerRow(second.PolicyLogProbs, second.ResponseMask),
            Masked.SumPerRow(first.ReferenceLogProbs, first.ResponseMask),
            Masked.SumPerRow(second.ReferenceLogProbs, second.ResponseMask)), beta));
        found.Note("token level: with an all-ones mask it is DPO", AdaptiveLoss.DpoTokenLevel(ones.Item1, ones.Item2, beta), plain);
        found.Note("pair level: with an all-ones mask it is DPO", AdaptiveLoss.DpoPairLevel(ones.Item1, ones.Item2, beta), plain);
        var (maskedTokens, tokenGradients) = MaskedGradients(chosen, rejected, (a, b) => AdaptiveLoss.DpoTokenLevel(a, b, beta));
        var (_, pairGradients) = MaskedGradients(chosen, rejected, (a, b) => AdaptiveLoss.DpoPairLevel(a, b, beta));
        found.Exactly("token level: masked tokens get zero gradient", tokenGradients == 0);
        return new Readings(Deviations.Values(token), Deviations.Values(pair), maskedTokens, tokenGradients, pairGradients);
    }

    private static double[] Margins(double[] chosen, double[] rejected) => [.. chosen.Zip(rejected, (a, b) => a - b)];

    // Response tokens that the adaptive mask drops, and how many of them have a gradient.
    private static (int Masked, int WithGradient) MaskedGradients(
        Side chosen, Side rejected, Func<AdaptiveResponses, AdaptiveResponses, Tensor> loss)
    {
        var (first, second) = (chosen.Responses(), rejected.Responses());
        first.PolicyLogProbs.requires_grad_();
        second.PolicyLogProbs.requires_grad_();
        loss(first, second).sum().backward();
        var (all, moved) = (0, 0);
        foreach (var (side, policy) in new[] { (chosen, first.PolicyLogProbs), (rejected, second.PolicyLogProbs) })
        {
            var slope = Deviations.Values(policy.grad!);
            for (var i = 0; i < slope.Length; i++)
            {
                if (side.Response[i] == 1 && side.Adaptive[i] == 0)
                {
                    all++;
                    moved += slope[i] == 0 ? 0 : 1;
                }
            }
        }

        return (all, moved);
    }

    private static Evidence Check(SpecContext context)
    {
        var all = new List<Readings>();
        var evidence = IdentityCases.Run(
            context,
            Seed,
            (found, draws) =>
            {
                Side Draw() =>
                    new(
                        draws.LogProbs(Rows * Tokens, 3),
                        draws.LogProbs(Rows * Tokens, 3),
                        draws.Mask(Rows, Tokens),
                        draws.Bits(Rows * Tokens),
                        Tokens);
                all.Add(Case(found, Draw(), Draw(), 0.05 + Math.Abs(draws.Real(1))));
            },
            out var found);
        var differences = all.SelectMany(r => r.TokenLevel.Zip(r.PairLevel, (t, p) => Math.Abs(t - p))).ToArray();
        var (token, pair) = (all.SelectMany(r => r.TokenLevel).Average(), all.SelectMany(r => r.PairLevel).Average());
        var (masked, moved) = (all.Sum(r => r.Masked), all.Sum(r => r.PairGradients));
        return evidence.Sample("pairs", differences.Length).Sample("masked tokens", masked)
            .Value("mean loss, token level", token)
            .Value("mean loss, pair level", pair)
            .Value("mean difference of the readings", differences.Average())
            .Value("largest difference of the readings", differences.Max())
            .Value("masked tokens with a gradient, token level", all.Sum(r => r.TokenGradients))
            .Value("masked tokens with a gradient, pair level", moved)
            .Reserve(
                "where the mask stands",
                "with the mask inside the sums of token log-ratios, as Eq. 13, "
                    + "Section 3.2.1 and Appendix D define it per token; as printed, Eq. "
                    + Invariant($"15 multiplies the loss of a whole pair, and then {moved} of {masked} masked tokens have a gradient"))
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} pairs each. ")
                    + Invariant($"Over {differences.Length} pairs with random masks the mean loss is {token:F3} with the mask inside ")
                    + Invariant($"the token sums and {pair:F3} with the mask on the pair, ")
                    + Invariant($"{differences.Average():F3} apart on average and {differences.Max():F2} at most; ")
                    + Invariant($"masked tokens with a gradient: {all.Sum(r => r.TokenGradients)} and {moved} of {masked}."));
    }

    /// <summary>What both readings gave for a batch of pairs.</summary>
    /// <param name="TokenLevel">Losses with the mask inside the token sums.</param>
    /// <param name="PairLevel">Losses with the mask as a weight of the pair.</param>
    /// <param name="Masked">Response tokens that the adaptive mask drops.</param>
    /// <param name="TokenGradients">Of those, tokens with a gradient at token level.</param>
    /// <param name="PairGradients">Of those, tokens with a gradient at pair level.</param>
    internal sealed record Readings(double[] TokenLevel, double[] PairLevel, int Masked, int TokenGradients, int PairGradients);

    /// <summary>One side of the pairs in plain numbers, lists [rows, tokens].</summary>
    /// <param name="Policy">Log-probabilities under the policy.</param>
    /// <param name="Reference">Log-probabilities under the reference.</param>
    /// <param name="Response">1 on response tokens, at least one a row.</param>
    /// <param name="Adaptive">1 on tokens to train on.</param>
    /// <param name="Columns">Tokens a row.</param>
    internal sealed record Side(double[] Policy, double[] Reference, double[] Response, double[] Adaptive, int Columns)
    {
        /// <summary>Response tokens to train on.</summary>
        public double[] Kept => [.. Response.Zip(Adaptive, (r, a) => r * a)];

        /// <summary>Summed log-ratios of each row over a mask.</summary>
        public double[] Sums(double[] mask) => Scalars.RowSums([.. Policy.Zip(Reference, (p, r) => p - r)], mask, Columns);

        /// <summary>The share of response tokens of each pair that both masks keep.</summary>
        public double[] Shares(Side other)
        {
            double[] Counts(double[] mask) => Scalars.RowSums(mask, mask, Columns);
            return
            [
                .. Enumerable.Range(0, Policy.Length / Columns)
                    .Select(i => (Counts(Kept)[i] + Counts(other.Kept)[i]) / (Counts(Response)[i] + Counts(other.Response)[i])),
            ];
        }

        /// <summary>The same as tensors.</summary>
        public AdaptiveResponses Responses()
        {
            Tensor Shaped(double[] values) => Scalars.From(values, values.Length / Columns, Columns);
            return new AdaptiveResponses(Shaped(Policy).detach(), Shaped(Reference), Shaped(Response), Shaped(Adaptive));
        }
    }
}

/// <summary>ADR Eq. 16: rejection sampling as printed, and with the mask and the beta that the text around it names.</summary>
internal sealed class Equation16AdaptiveRejectionSampling : ISpecGroup
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
        Tensor Shaped(double[] values) => Scalars.From(values, rows, columns);
        double[] kept = [.. response.Zip(adaptive, (r, a) => r * a)];
        double Expected(double[] mask, double beta) =>
            (Scalars.RowSums(divergences, mask, columns).Sum() * beta / rows) - (Scalars.RowSums(logProbs, mask, columns).Sum() / rows);
        double Loss(double[] mask, double beta) =>
            Deviations.Values(
                AdaptiveLoss.RejectionSampling(Shaped(logProbs), Shaped(divergences), Shaped(response), Shaped(mask), beta))[0];
        var ones = adaptive.Select(_ => 1.0).ToArray();
        var (printed, masked, weighted) = (Loss(ones, 1), Loss(adaptive, 1), Loss(ones, OtherBeta));
        found.Note("negative log-likelihood plus divergence, as printed", printed, Expected(response, 1));
        found.Note(
            "Eq. 7 with beta 1 is Eq. 16",
            Deviations.Values(RejectionSamplingLoss.Accepted(Shaped(logProbs), Shaped(divergences), Shaped(response), 1))[0],
            printed);
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
            .Reserve(
                "mask",
                "as printed; the list of symbols names a mask for rejection sampling, which Eq. 16 does not show: "
                    + Invariant($"with random masks the mean loss is {masked:F3} instead of {printed:F3}"))
            .Reserve(
                "beta",
                "with beta 1; Eq. 7 weighs the divergence with beta, which Eq. 16 does not show: "
                    + Invariant($"with beta {OtherBeta} the mean loss is {weighted:F3}"))
            .Explain(
                Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} responses of up to {Tokens} tokens each. ")
                    + Invariant($"The mean loss is {printed:F3} as printed, {masked:F3} with the mask of the list of symbols (random ")
                    + Invariant($"masks), and {weighted:F3} with the beta of Eq. 7 at {OtherBeta}."));
    }
}
