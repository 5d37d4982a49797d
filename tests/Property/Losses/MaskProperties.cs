using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core;
using Repro.Core.Adaptive;
using Repro.Core.Batching;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared.Vectors;
using static TorchSharp.torch;

namespace Repro.Tests.Properties.Losses;

/// <summary>
/// Three lists of numbers for 2 rows of 4 tokens, and one bit for each token: whether it counts. Each row counts at least one.
/// </summary>
public sealed record TokenBatch(double[] A, double[] B, double[] C, int Bits) : Drawn;

/// <summary>Tokens of padding before a row, of 3 in all.</summary>
public sealed record PaddedLeft(int Tokens) : Drawn;

/// <summary>Draws batches.</summary>
public static class MaskInputs
{
    public static Arbitrary<TokenBatch> Batches() => Draw.Of(
        from a in Gen.ArrayOf(Draw.Real(-3, 3), 8)
        from b in Gen.ArrayOf(Draw.Real(-3, 3), 8)
        from c in Gen.ArrayOf(Draw.Real(-3, 3), 8)
        from bits in Gen.Choose(1, 255)
        where (bits & 15) != 0 && bits >> 4 != 0
        select new TokenBatch(a, b, c, bits),
        x => x.A.Length == 8 && x.B.Length == 8 && x.C.Length == 8 && (x.Bits & 15) != 0 && x.Bits >> 4 != 0);

    public static Arbitrary<PaddedLeft> Padding() =>
        Draw.Of(Gen.Choose(0, 3).Select(tokens => new PaddedLeft(tokens)), x => x.Tokens is >= 0 and <= 3);
}

/// <summary>Properties of losses and masks over drawn batches of 2 rows and 4 tokens.</summary>
[Collection(TensorCollection.Name)]
[Properties(Arbitrary = new[] { typeof(MaskInputs) })]
public sealed class MaskProperties : TensorProperties
{
    private static readonly ClipRange Clip = ClipRange.Symmetric(0.2);

    [Property]
    public void Masked_positions_never_reach_loss_or_gradient(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var mask = Mask(batch.Bits);
        var places = Enumerable.Range(0, 8).Where(i => (batch.Bits >> i & 1) == 0);
        var poison = new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity };
        foreach (var loss in TokenLosses(mask))
        {
            var (clean, spoiled) = (Of(batch.A).requires_grad_(), Of(Spoil(batch.A, places, poison)).requires_grad_());
            var first = loss(clean, Of(batch.B), Of(batch.C));
            var second = loss(spoiled, Of(Spoil(batch.B, places, poison)), Of(Spoil(batch.C, places, poison)));
            first.backward();
            second.backward();
            second.item<double>().Should().Be(first.item<double>());
            VectorComparison.Doubles(spoiled.grad!).Should().Equal(VectorComparison.Doubles(clean.grad!));
            places.Where(i => VectorComparison.Doubles(spoiled.grad!)[i] != 0).Should().BeEmpty();
        }
    }

    [Property]
    public void Masked_logits_never_reach_the_cross_entropy(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var mask = Mask(batch.Bits & 15).narrow(0, 0, 1);
        var places = Enumerable.Range(0, 8).Where(i => (batch.Bits >> (i / 2) & 1) == 0);
        var ids = tensor(Enumerable.Range(0, 4).Select(i => (batch.Bits >> i & 1) == 0 ? -100L : i % 2).ToArray()).reshape(1, 4);
        var (clean, spoiled) = (
            Of(batch.A).reshape(1, 4, 2).detach().requires_grad_(),
            Of(Spoil(batch.A, places, [double.NaN, double.PositiveInfinity])).reshape(1, 4, 2).detach().requires_grad_());
        var (first, second) = (CrossEntropyLoss.SamePosition(clean, ids, mask), CrossEntropyLoss.SamePosition(spoiled, ids, mask));
        first.backward();
        second.backward();
        second.item<double>().Should().Be(first.item<double>());
        VectorComparison.Doubles(spoiled.grad!).Should().Equal(VectorComparison.Doubles(clean.grad!));
    }

    [Property]
    public void An_all_ones_adaptive_mask_is_the_plain_loss(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var (a, b, c, mask) = (Of(batch.A), Of(batch.B), Of(batch.C), Mask(batch.Bits));
        var ones = mask.ones_like();
        Same(AdaptiveLoss.Ppo(a, b, c, mask, ones, Clip), PolicyLoss.Clipped(a, b, c, mask, Clip));
        Same(AdaptiveLoss.RejectionSampling(a, b, mask, ones, 0.5), RejectionSamplingLoss.Accepted(a, b, mask, 0.5));
        var (chosen, rejected) = (new AdaptiveResponses(a, b, mask, ones), new AdaptiveResponses(c, b, mask, ones));
        var plain = DpoLoss.Sigmoid(
            new PairLogProbs(Masked.SumPerRow(a, mask), Masked.SumPerRow(c, mask), Masked.SumPerRow(b, mask), Masked.SumPerRow(b, mask)),
            0.3);
        Same(AdaptiveLoss.DpoTokenLevel(chosen, rejected, 0.3), plain);
        Same(AdaptiveLoss.DpoPairLevel(chosen, rejected, 0.3), plain);
    }

    [Fact]
    public void The_readings_of_Eq_15_differ_by_where_the_mask_stands()
    {
        using var scope = NewDisposeScope();
        var (ones, kept) = (tensor(new long[] { 1, 1 }).reshape(1, 2), tensor(new long[] { 1, 0 }).reshape(1, 2));
        var zero = zeros(1, 2, ScalarType.Float64);
        var chosen = new AdaptiveResponses(tensor(new[] { 2.0, 5.0 }).reshape(1, 2), zero, ones, kept);
        var rejected = new AdaptiveResponses(tensor(new[] { 1.0, 3.0 }).reshape(1, 2), zero, ones, ones);
        Values(AdaptiveLoss.DpoTokenLevel(chosen, rejected, 1))[0].Should().BeApproximately(Math.Log(1 + Math.Exp(2)), 1e-12);
        Values(AdaptiveLoss.DpoPairLevel(chosen, rejected, 1))[0].Should().BeApproximately(0.75 * Math.Log(1 + Math.Exp(-3)), 1e-12);
    }

    [Property]
    public void Chosen_and_rejected_masks_are_complementary_and_agree_with_the_ternary_one_but_at_the_threshold(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var (rewards, mask) = (Of([batch.A[0], batch.B[1], .. batch.A[2..]]), Mask(batch.Bits));
        var threshold = tensor(batch.A[0], ScalarType.Float64);
        var chosen = Values(AdaptiveMask.Chosen(rewards, threshold, mask));
        var rejected = Values(AdaptiveMask.Rejected(rewards, threshold, mask));
        var ternary = Values(AdaptiveMask.Ternary(rewards, threshold, 0, mask));
        var (completionMask, given) = (Values(mask), Values(rewards));
        for (var i = 0; i < 8; i++)
        {
            (chosen[i] + rejected[i]).Should().Be(completionMask[i]);
            ternary[i].Should().Be(given[i] == batch.A[0] ? 0 : chosen[i] - rejected[i]);
        }
    }

    [Property]
    public void Dpo_is_ln_2_at_equality_and_swapping_a_pair_mirrors_it(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (Of(batch.A).reshape(8), Of(batch.B).reshape(8), Of(batch.C).reshape(8));
        Values(DpoLoss.Sigmoid(new PairLogProbs(a, b, a, b), 0.7)).Should().OnlyContain(x => Math.Abs(x - Math.Log(2)) < 1e-12);
        var (forth, back) = (
            Values(DpoLoss.Sigmoid(new PairLogProbs(a, b, c, c), 0.7)), Values(DpoLoss.Sigmoid(new PairLogProbs(b, a, c, c), 0.7)));
        Same(
            DpoLoss.WithDivergence(new PairLogProbs(a, b, c, c), 0.7, new DivergenceMargin.ReverseKl()),
            DpoLoss.Sigmoid(new PairLogProbs(a, b, c, c), 0.7));
        forth.Zip(back, (x, y) => Math.Exp(-x) + Math.Exp(-y)).Should().OnlyContain(x => Math.Abs(x - 1) < 1e-12);
    }

    [Property]
    public void Ppo_has_no_gradient_where_the_ratio_left_the_clip_on_the_side_of_the_advantage(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var now = Of(batch.A).requires_grad_();
        PolicyLoss.Clipped(now, Of(batch.B), Of(batch.C), Mask(255), Clip).backward();
        var gradient = VectorComparison.Doubles(now.grad!);
        for (var i = 0; i < 8; i++)
        {
            var ratio = Math.Exp(batch.A[i] - batch.B[i]);
            var stopped = (batch.C[i] > 0 && ratio > 1.2) || (batch.C[i] < 0 && ratio < 0.8);
            gradient[i].Should().BeApproximately(stopped ? 0 : -batch.C[i] * ratio / 8, 1e-9);
        }
    }

    [Property]
    public void Gae_is_the_discounted_sum_of_errors_for_every_padding(TokenBatch batch, PaddedLeft left)
    {
        using var scope = NewDisposeScope();
        var (values, rewards) = (batch.A[..4], batch.B[..4]);
        double[] Padded(double[] x) =>
            [.. Enumerable.Repeat(double.NaN, left.Tokens), .. x, .. Enumerable.Repeat(double.NaN, 3 - left.Tokens)];
        var mask = tensor(Padded([1, 1, 1, 1]).Select(x => x == 1).ToArray()).reshape(1, 7);
        var (advantages, returns) = GeneralizedAdvantage.Estimate(
            tensor(Padded(values), ScalarType.Float64).reshape(1, 7), tensor(Padded(rewards), ScalarType.Float64).reshape(1, 7), mask, 0.9,
            0.8);
        for (var t = 0; t < 4; t++)
        {
            var sum = Enumerable.Range(t, 4 - t)
                .Sum(k => Math.Pow(0.72, k - t) * (rewards[k] + (0.9 * (k == 3 ? 0 : values[k + 1])) - values[k]));
            Values(advantages)[left.Tokens + t].Should().BeApproximately(sum, 1e-12);
            Values(returns)[left.Tokens + t].Should().BeApproximately(sum + values[t], 1e-12);
        }
    }

    [Property]
    public void The_score_stands_at_the_last_response_token_for_every_padding(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var (rewards, penalty) = PenalisedRewards.Compute(tensor(batch.A[..2], ScalarType.Float64), Of(batch.B), Mask(batch.Bits), 0.1);
        var difference = Values(rewards - penalty);
        for (var row = 0; row < 2; row++)
        {
            var last = Enumerable.Range(0, 4).Last(i => (batch.Bits >> ((row * 4) + i) & 1) == 1);
            Enumerable.Range(0, 4).Should().OnlyContain(i => Math.Abs(difference[(row * 4) + i] - (i == last ? batch.A[row] : 0)) < 1e-12);
        }
    }

    [Property]
    public void The_ranking_loss_does_not_depend_on_the_order_of_groups(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var scores = tensor(batch.A, ScalarType.Float64);
        var turned = tensor([.. batch.A[3..], .. batch.A[..3]], ScalarType.Float64);
        foreach (var weighting in Enum.GetValues<GroupWeighting>())
        {
            Same(RankingLoss.Groups(scores, [3, 5], 0.01, weighting), RankingLoss.Groups(turned, [5, 3], 0.01, weighting));
        }
    }

    [Property]
    public void K1_averages_to_the_full_divergence_and_the_others_are_never_negative(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        var (p, q) = (Of(batch.A).log_softmax(-1), Of(batch.B).log_softmax(-1));
        var exact = KlDivergence.Full(p, q);
        Same((p.exp() * KlDivergence.Estimate(p, q, KlPenalty.LogRatio)).sum([-1]), exact);
        Same((p.exp() * KlDivergence.Estimate(p, q, KlPenalty.LowVariance)).sum([-1]), exact);
        Values(exact).Should().OnlyContain(x => x >= -1e-12);
        Values(KlDivergence.Estimate(p, q, KlPenalty.LowVariance)).Should().OnlyContain(x => x >= 0);
    }

    [Property]
    public void Whitened_counted_values_have_mean_0_and_variance_1_but_for_the_epsilon(TokenBatch batch)
    {
        using var scope = NewDisposeScope();
        const double epsilon = 1e-8;
        var mask = Mask(batch.Bits);
        var white = Masked.Whiten(Of(batch.A), mask);
        Masked.Mean(white, mask).item<double>().Should().BeApproximately(0, 1e-9);
        var before = Masked.Variance(Of(batch.A), mask, VarianceEstimate.Unbiased).item<double>();
        Masked.Variance(white, mask, VarianceEstimate.Unbiased).item<double>().Should().BeApproximately(before / (before + epsilon), 1e-9);
    }

    [Fact]
    public void Bad_input_is_refused_with_the_fact()
    {
        using var scope = NewDisposeScope();
        var (good, bad) = (Of([1, 2, 3, 4, 5, 6, 7, 8]), Of([1, double.NaN, 3, 4, 5, 6, 7, 8]));
        Refused(() => Masked.Mean(good, Mask(0)), "*counts no position*");
        Refused(() => Masked.MeanPerRow(good, Mask(15)), "*row 1*empty response*");
        Refused(() => Masked.Mean(good, good), "*other than 0 and 1*");
        Refused(() => PolicyLoss.Clipped(good, good, bad, Mask(255), Clip), "advantages[0, 1]*NaN*");
        Refused(() => RankingLoss.Groups(tensor(new[] { 1.0, 2.0 }), [3]), "*add up to 3*2 replies*");
        Refused(() => RankingLoss.Pairs(tensor(new[] { 1.0, double.NaN }), tensor(new[] { 1.0, 2.0 })), "*[1] is NaN*");
        Refused(() => TokenLogProbs.SamePosition(good.reshape(1, 4, 2), tensor(new long[] { 0, 1, 2 }).reshape(1, 3)), "*[1, 3]*[1, 4]*");
        Refused(() => TokenLogProbs.SamePosition(good.reshape(1, 4, 2), tensor(new long[] { 0, 1, 2, 0 }).reshape(1, 4)), "*id 2*0 to 1*");
        Refused(() => PenalisedRewards.Compute(tensor(new[] { 1.0, double.NaN }), good, Mask(255), 0.1).Rewards, "scores[1]*");
        Refused(() => GeneralizedAdvantage.Estimate(good, bad, Mask(255), 1, 1).Returns, "rewards[0, 1]*");
    }

    private static IEnumerable<Func<Tensor, Tensor, Tensor, Tensor>> TokenLosses(Tensor mask) =>
    [
        (a, b, c) => PolicyLoss.Clipped(a, b, c, mask, Clip),
        (a, b, c) => PolicyLoss.ClippedSequenceRatio(a, b, c, mask, Clip),
        (a, b, c) => ValueLoss.Clipped(a, b, c, mask, 0.3),
        (a, b, _) => AdaptiveLoss.RejectionSampling(a, b, mask, mask, 0.5),
        (a, b, _) => ProcessRewardLoss.BinaryCrossEntropy(a, b.sigmoid(), mask),
        (a, b, c) => AdaptiveLoss.DpoTokenLevel(new AdaptiveResponses(a, b, mask, mask), new AdaptiveResponses(c, b, mask, mask), 0.3)
            .sum(),
        (a, _, _) => Masked.Whiten(a, mask, VarianceEstimate.Biased).square().sum() + Masked.Mean(a, mask),
    ];

    private static void Refused(Func<Tensor> act, string message) => act.Should().Throw<ReproException>().WithMessage(message);

    private static Tensor Of(double[] values) => tensor(values, ScalarType.Float64).reshape(2, 4).detach();

    private static Tensor Mask(int bits) => tensor(Enumerable.Range(0, 8).Select(i => (bits >> i & 1) == 1).ToArray()).reshape(2, 4);

    private static double[] Spoil(double[] values, IEnumerable<int> places, double[] poison)
    {
        var copy = (double[])values.Clone();
        foreach (var place in places)
        {
            copy[place] = poison[place % poison.Length];
        }

        return copy;
    }

    private static double[] Values(Tensor tensor) => VectorComparison.Doubles(tensor);

    private static void Same(Tensor found, Tensor expected) =>
        Values(found).Zip(Values(expected))
            .Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) <= 1e-9 + (1e-9 * Math.Abs(pair.Second)));
}
