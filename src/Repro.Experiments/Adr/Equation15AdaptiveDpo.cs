using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Experiments.Claims;
using static TorchSharp.torch;

namespace Repro.Experiments.Adr;

/// <summary>ADR Eq. 15: DPO with the adaptive mask, in both readings of where the mask stands.</summary>
public sealed class Equation15AdaptiveDpo : ISpecGroup
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
        found.Note("pair level: the loss of a pair times its share of kept tokens", pair, [.. margins.Select((m, i) => weights[i] * Scalars.SoftPlus(-beta * m))]);
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
    private static (int Masked, int WithGradient) MaskedGradients(Side chosen, Side rejected, Func<AdaptiveResponses, AdaptiveResponses, Tensor> loss)
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
                Side Draw() => new(draws.LogProbs(Rows * Tokens, 3), draws.LogProbs(Rows * Tokens, 3), draws.Mask(Rows, Tokens), draws.Bits(Rows * Tokens), Tokens);
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
            .Reserve("where the mask stands", Invariant($"with the mask inside the sums of token log-ratios, as Eq. 13, Section 3.2.1 and Appendix D define it per token; as printed, Eq. 15 multiplies the loss of a whole pair, and then {moved} of {masked} masked tokens have a gradient"))
            .Explain(Invariant($"{found.Summary(IdentityCases.Tolerance)}, {Rows} pairs each. Over {differences.Length} pairs with random masks the mean loss is {token:F3} with the mask inside the token sums and {pair:F3} with the mask on the pair, {differences.Average():F3} apart on average and {differences.Max():F2} at most; masked tokens with a gradient: {all.Sum(r => r.TokenGradients)} and {moved} of {masked}."));
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
            return [.. Enumerable.Range(0, Policy.Length / Columns).Select(i => (Counts(Kept)[i] + Counts(other.Kept)[i]) / (Counts(Response)[i] + Counts(other.Response)[i]))];
        }

        /// <summary>The same as tensors.</summary>
        public AdaptiveResponses Responses()
        {
            Tensor Shaped(double[] values) => Scalars.Of(values, values.Length / Columns, Columns);
            return new AdaptiveResponses(Shaped(Policy).detach(), Shaped(Reference), Shaped(Response), Shaped(Adaptive));
        }
    }
}
