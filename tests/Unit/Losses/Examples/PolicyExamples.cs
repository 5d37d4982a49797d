using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Examples;

/// <summary>Losses of language models, of PPO and of the adaptive methods, worked out by hand with four decimals.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PolicyExamples
{
    private const double Rounding = 1.01e-4;

    private static readonly ClipRange _clip = ClipRange.Symmetric(0.2);

    /// <summary>
    /// Supervised fine-tuning on two texts of a vocabulary of two. The first learns tokens that have the probabilities 0.75 and 0.5, the
    /// second one token with 0.25; its first token is that of a prompt.
    /// <code>
    /// -log 0.75 = 0.2877, -log 0.5 = 0.6931, -log 0.25 = 1.3863
    /// over tokens   (0.2877 + 0.6931 + 1.3863) / 3       = 0.7890
    /// over texts    ((0.2877 + 0.6931) / 2 + 1.3863) / 2 = 0.9384
    /// </code>
    /// The poly loss with epsilon 0.5 adds 0.5 * (1 - p) to each token; on the first text alone
    /// <code>
    /// (0.2877 + 0.5 * 0.25 + 0.6931 + 0.5 * 0.5) / 2 = (0.4127 + 0.9431) / 2 = 0.6779
    /// </code>
    /// </summary>
    [Fact]
    public void Cross_entropy()
    {
        using var scope = NewDisposeScope();
        var probabilities = Numbers(0.25, 0.75, 0.5, 0.5, 0.9, 0.1, /* second text */ 0.9, 0.1, 0.75, 0.25, 0.9, 0.1).reshape(2, 3, 2);
        var (logits, tokens) = (probabilities.log(), tensor(new long[] { 0, 1, 0, 0, 0, 1 }).reshape(2, 3));
        var mask = tensor(new[] { false, true, true, false, false, true }).reshape(2, 3);

        One(CrossEntropyLoss.Causal(logits, tokens, mask)).Should().BeApproximately(0.7890, Rounding);
        One(CrossEntropyLoss.Causal(logits, tokens, mask, LossReduction.SampleLevel)).Should().BeApproximately(0.9384, Rounding);
        // Shifted by hand: position t predicts the target t.
        var (first, targets, all) = (logits[..1, ..2], tokens[..1, 1..], ones(1, 2, ScalarType.Bool));
        One(CrossEntropyLoss.SamePosition(first, targets, all)).Should().BeApproximately(0.4904, Rounding);
        One(CrossEntropyLoss.Poly(first, targets, all, 0.5)).Should().BeApproximately(0.6779, Rounding);
    }

    /// <summary>
    /// Three tokens with the ratios 1.5, 0.5 and 1.5 and the advantages 2, 2 and -1; the ratio is clipped to 0.8 to 1.2.
    /// <code>
    /// min(1.5 * 2, 1.2 * 2)       =  2.4    the gain is capped
    /// min(0.5 * 2, 0.8 * 2)       =  1      moving away from a good token is not
    /// min(1.5 * -1, 1.2 * -1)     = -1.5    nor is moving towards a bad one
    /// loss                        = -(2.4 + 1 - 1.5) / 3 = -0.6333
    /// </code>
    /// A dual clip of 1.2 bounds the last one by 1.2 * -1: -(2.4 + 1 - 1.2) / 3 = -0.7333. One ratio for the whole sequence is
    /// (1.5 * 0.5 * 1.5)^(1/3) = 1.0400, inside the clip: -1.0400 * (2 + 2 - 1) / 3 = -1.0400.
    /// </summary>
    [Fact]
    public void Clipped_surrogate_of_PPO()
    {
        using var scope = NewDisposeScope();
        var (now, old, advantages, mask) = Surrogate();

        One(PolicyLoss.Clipped(now, old, advantages, mask, _clip)).Should().BeApproximately(-0.6333, Rounding);
        One(PolicyLoss.Clipped(now, old, advantages, mask, _clip with { Dual = 1.2 })).Should().BeApproximately(-0.7333, Rounding);
        One(PolicyLoss.ClippedSequenceRatio(now, old, advantages, mask, _clip)).Should().BeApproximately(-1.0400, Rounding);
        VectorComparison.Doubles(PolicyLoss.Ratio(now, old, mask)).Zip([1.5, 0.5, 1.5], (a, b) => Math.Abs(a - b))
            .Should().OnlyContain(error => error < 1e-12);
    }

    /// <summary>
    /// APPO on the three tokens above, of which the adaptive mask keeps the first two. The mean is over all response tokens, masked or not:
    /// -(2.4 + 1) / 3 = -1.1333.
    /// </summary>
    [Fact]
    public void Adaptive_surrogate()
    {
        using var scope = NewDisposeScope();
        var (now, old, advantages, mask) = Surrogate();
        var kept = tensor(new[] { true, true, false }).reshape(1, 3);

        One(AdaptiveLoss.Ppo(now, old, advantages, mask, kept, _clip)).Should().BeApproximately(-1.1333, Rounding);
    }

    /// <summary>
    /// Old values 1 and 1, values 1.5 and 0.9, returns 2 and 1, clip 0.2.
    /// <code>
    /// token 1   (1.5 - 2)^2 = 0.25, clipped to 1.2: (1.2 - 2)^2 = 0.64; the greater is 0.64
    /// token 2   (0.9 - 1)^2 = 0.01, not clipped
    /// loss      half of (0.64 + 0.01) / 2 = 0.1625; without a clip half of (0.25 + 0.01) / 2 = 0.065
    /// </code>
    /// </summary>
    [Fact]
    public void Value_loss()
    {
        using var scope = NewDisposeScope();
        var mask = ones(1, 2, ScalarType.Bool);

        One(ValueLoss.Clipped(Row(1.5, 0.9), Row(1, 1), Row(2, 1), mask, 0.2)).Should().BeApproximately(0.1625, 1e-12);
        One(ValueLoss.Clipped(Row(1.5, 0.9), Row(1, 1), Row(2, 1), mask, null)).Should().BeApproximately(0.065, 1e-12);
    }

    /// <summary>
    /// Values 1 and 2, rewards 0 and 3, gamma and lambda 0.5; after the last token nothing comes.
    /// <code>
    /// delta 2       3 - 2 = 1
    /// delta 1       0 + 0.5 * 2 - 1 = 0
    /// advantages    A2 = 1, A1 = 0 + 0.5 * 0.5 * 1 = 0.25
    /// returns       1 + 2 = 3, 0.25 + 1 = 1.25
    /// discounted    R2 = 3, R1 = 0 + 0.5 * 3 = 1.5
    /// </code>
    /// </summary>
    [Fact]
    public void Generalised_advantages()
    {
        using var scope = NewDisposeScope();
        var mask = ones(1, 2, ScalarType.Bool);
        var (advantages, returns) = GeneralizedAdvantage.Estimate(Row(1, 2), Row(0, 3), mask, 0.5, 0.5);

        VectorComparison.Doubles(advantages).Should().Equal(0.25, 1);
        VectorComparison.Doubles(returns).Should().Equal(1.25, 3);
        VectorComparison.Doubles(GeneralizedAdvantage.DiscountedReturns(Row(0, 3), mask, 0.5)).Should().Equal(1.5, 3);
    }

    /// <summary>
    /// A token has the probability 1/2 under the policy and 1/4 under the reference: d = log 2 = 0.6931. Another has 1/4 and 1/2:
    /// d = -0.6931.
    /// <code>
    /// k1, log-ratio      d               0.6931   -0.6931
    /// absolute           |d|             0.6931    0.6931
    /// k2, half square    d^2 / 2         0.2402    0.2402
    /// k3, low variance   e^-d - 1 + d    0.1931    0.3069
    /// </code>
    /// Over the whole vocabulary, KL((3/4, 1/4) || (1/2, 1/2)) = 0.75 log 1.5 + 0.25 log 0.5 = 0.3041 - 0.1733 = 0.1308.
    /// </summary>
    [Theory]
    [InlineData(KlPenalty.LogRatio, 0.6931, -0.6931)]
    [InlineData(KlPenalty.Absolute, 0.6931, 0.6931)]
    [InlineData(KlPenalty.HalfSquare, 0.2402, 0.2402)]
    [InlineData(KlPenalty.LowVariance, 0.1931, 0.3069)]
    public void Estimators_of_the_KL_divergence(KlPenalty penalty, double first, double second)
    {
        using var scope = NewDisposeScope();
        var found = VectorComparison.Doubles(KlDivergence.Estimate(Numbers(0.5, 0.25).log(), Numbers(0.25, 0.5).log(), penalty));

        found[0].Should().BeApproximately(first, Rounding);
        found[1].Should().BeApproximately(second, Rounding);
        One(KlDivergence.Full(Row(0.75, 0.25).log(), Row(0.5, 0.5).log())).Should().BeApproximately(0.1308, Rounding);
    }

    /// <summary>
    /// ADR Eq. 15 with beta 1. Token log-ratios of the chosen response 0.5 and 1.5, of which the mask keeps the first; of the rejected one
    /// -1 and -0.5, both kept.
    /// <code>
    /// token level   the mask stands inside the sums: h = 0.5 - (-1.5) = 2, log(1 + e^-2)                     = 0.1269
    /// pair level    h = 2 - (-1.5) = 3.5, log(1 + e^-3.5) = 0.0298, times the share 3/4 of the kept tokens   = 0.0223
    /// </code>
    /// </summary>
    [Fact]
    public void Adaptive_DPO()
    {
        using var scope = NewDisposeScope();
        var (all, first) = (ones(1, 2, ScalarType.Bool), tensor(new[] { true, false }).reshape(1, 2));
        var chosen = new AdaptiveResponses(Row(-1, -1), Row(-1.5, -2.5), all, first);
        var rejected = new AdaptiveResponses(Row(-2, -2), Row(-1, -1.5), all, all);

        One(AdaptiveLoss.DpoTokenLevel(chosen, rejected, 1)).Should().BeApproximately(0.1269, Rounding);
        One(AdaptiveLoss.DpoPairLevel(chosen, rejected, 1)).Should().BeApproximately(0.0223, Rounding);
    }

    /// <summary>
    /// One accepted response with the log-probabilities -1 and -2 and the divergences 0.5 and 0.1 of its tokens, beta 2.
    /// <code>
    /// all tokens        1 + 2 + 2 * (0.5 + 0.1) = 4.2
    /// the second one    2 + 2 * 0.1             = 2.2
    /// </code>
    /// </summary>
    [Fact]
    public void Rejection_sampling()
    {
        using var scope = NewDisposeScope();
        var (all, second) = (ones(1, 2, ScalarType.Bool), tensor(new[] { false, true }).reshape(1, 2));

        One(RejectionSamplingLoss.Accepted(Row(-1, -2), Row(0.5, 0.1), all, 2)).Should().BeApproximately(4.2, 1e-12);
        One(AdaptiveLoss.RejectionSampling(Row(-1, -2), Row(0.5, 0.1), all, second, 2)).Should().BeApproximately(2.2, 1e-12);
    }

    private static (Tensor Now, Tensor Old, Tensor Advantages, Tensor Mask) Surrogate() =>
        (Row(1.5, 0.5, 1.5).log(), Row(1, 1, 1).log(), Row(2, 2, -1), ones(1, 3, ScalarType.Bool));

    private static Tensor Numbers(params double[] values) => tensor(values, ScalarType.Float64);

    private static Tensor Row(params double[] values) => Numbers(values).reshape(1, values.Length);

    private static double One(Tensor loss) => VectorComparison.Doubles(loss).Single();
}
