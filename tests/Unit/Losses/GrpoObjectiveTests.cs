using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>
/// One group of two responses, worked out by hand. Response a has one token of advantage -1 and ratio 1.5; response b three tokens of
/// advantage +1 and ratios 1.1, 0.9 and 1.5. Clipped to 0.8 to 1.2 the token losses are
/// <code>
///   a: -min(1.5 * -1, 1.2 * -1) = 1.5
///   b: -min(1.1, 1.1) = -1.1    -min(0.9, 0.9) = -0.9    -min(1.5, 1.2) = -1.2     together -3.2
/// </code>
/// so that the loss is
/// <code>
///   grpo:    (1.5 / 1 - 3.2 / 3) / 2   =  0.21666667
///   dapo:    (1.5 - 3.2) / 4           = -0.425
///   dr_grpo: (1.5 - 3.2) / (2 * 5)     = -0.17          where a response may have 5 tokens
///   bnpo:    as dapo in one part; in parts of one response (1.5 / 1 - 3.2 / 3) / 2, as grpo
/// </code>
/// The token of a is twice as likely under the policy as under the reference, the others as likely: its KL is 1/2 - 1 + ln 2 = 0.19314718.
/// </summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GrpoObjectiveTests
{
    private const double Kl = 0.19314718055994531;

    private static readonly ClipRange _clip = ClipRange.Symmetric(0.2);

    [Theory]
    [InlineData(GrpoLossType.Grpo, 0.21666666666666667, 0.5)]
    [InlineData(GrpoLossType.Dapo, -0.425, 0.25)]
    [InlineData(GrpoLossType.DrGrpo, -0.17, 0.1)]
    [InlineData(GrpoLossType.Bnpo, -0.425, 0.25)]
    public void The_worked_example(GrpoLossType type, double policy, double shareOfA)
    {
        using var scope = NewDisposeScope();
        var batch = Batch(type);

        var losses = GrpoObjective.Losses(batch, _clip, 0.3);

        losses.Policy.item<double>().Should().BeApproximately(policy, 1e-7);
        losses.Penalty.item<double>().Should().BeApproximately(0.3 * Kl * shareOfA, 1e-7);
        GrpoObjective.Total(batch, _clip, 0.3).item<double>().Should().BeApproximately(policy + (0.3 * Kl * shareOfA), 1e-7);
        GrpoObjective.Total(batch, _clip, 0).item<double>().Should().BeApproximately(policy, 1e-7, "the reference has no part");
    }

    [Fact]
    public void More_room_above_lets_the_good_token_count_in_full()
    {
        using var scope = NewDisposeScope();

        var loss = GrpoObjective.Total(Batch(GrpoLossType.Dapo), new ClipRange(0.2, 0.6), 0);

        loss.item<double>().Should().BeApproximately((1.5 - 3.5) / 4, 1e-7);
    }

    [Fact]
    public void A_response_that_counts_no_token_has_no_weight_but_stays_one_of_the_responses()
    {
        using var scope = NewDisposeScope();
        var mask = tensor(new[] { true, true, false, false }).reshape(2, 2);

        Weights(mask, GrpoLossType.Grpo).Should().Equal(0.25, 0.25, 0, 0);
        Weights(mask, GrpoLossType.DrGrpo).Should().Equal(0.1f, 0.1f, 0, 0);
        Weights(mask, GrpoLossType.Dapo).Should().Equal(0.5, 0.5, 0, 0);
        Weights(zeros(2, 2), GrpoLossType.Dapo).Should().OnlyContain(weight => weight == 0);
    }

    private static double[] Weights(Tensor mask, GrpoLossType type) => VectorComparison.Doubles(GrpoObjective.TokenWeights(mask, type, 5));

    private static PpoBatch Batch(GrpoLossType type)
    {
        var mask = tensor(new[] { true, false, false, true, true, true }).reshape(2, 3);
        var ratios = tensor([1.5, 7, 7, 1.1, 0.9, 1.5], [2, 3], ScalarType.Float64);
        var old = full([2, 3], -2, ScalarType.Float64);
        var now = old + ratios.log();
        return new PpoBatch
        {
            LogProbs = now,
            OldLogProbs = old,
            ReferenceLogProbs = now - tensor([Math.Log(2), 0, 0, 0, 0, 0], [2, 3], ScalarType.Float64),
            Advantages = tensor([-1.0, -1, -1, 1, 1, 1], [2, 3], ScalarType.Float64),
            Mask = mask,
            Weights = GrpoObjective.TokenWeights(mask, type, 5),
        };
    }
}
