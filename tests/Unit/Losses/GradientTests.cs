using System.Reflection;
using Repro.Core.Adaptive;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Cuda;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>The gradient of every public loss against finite differences in float64, and the rule that there is no loss without such a
/// check.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class GradientTests
{
    private static readonly long[] Pair = [4];

    private static readonly long[] Tokens = [2, 3];

    private static readonly long[] Logits = [2, 3, 5];

    private static readonly ClipRange Clip = ClipRange.Symmetric(0.2);

    // Not losses: figures without gradient.
    private static readonly HashSet<string> WithoutGradient =
        ["PolicyLoss.ClippedFraction", "ValueLoss.ClippedFraction", "KtoLoss.ReferencePoint", "PpoObjective.MeanRatio",
            "GrpoObjective.TokenWeights"];

    private static readonly GradientCase[] Cases =
    [
        new("TokenLogProbs.SamePosition", [Logits], x => TokenLogProbs.SamePosition(x[0], Ids(), Mask())),
        new("TokenLogProbs.Next", [Logits], x => TokenLogProbs.Next(x[0], Ids(), Mask())),
        new("TokenLogProbs.Entropy", [Logits], x => TokenLogProbs.Entropy(x[0], Mask())),
        new("SequenceLogProbs.Sum", [Logits], x => SequenceLogProbs.Sum(x[0], Ids(), Mask())),
        new("SequenceLogProbs.Average", [Logits], x => SequenceLogProbs.Average(x[0], Ids(), Mask())),
        new("CrossEntropyLoss.Causal", [Logits], x => CrossEntropyLoss.Causal(x[0], Ids(), Mask(), LossReduction.SampleLevel)),
        new("CrossEntropyLoss.SamePosition", [Logits], x => CrossEntropyLoss.SamePosition(x[0], Ids(), Mask())),
        new("CrossEntropyLoss.Poly", [Logits], x => CrossEntropyLoss.Poly(x[0], Ids(), Mask(), 0.5)),
        new("RankingLoss.Preference", [Pair, Pair], x => RankingLoss.Preference(x[0], x[1])),
        new("RankingLoss.Pairs", [Pair, Pair, Pair], x => RankingLoss.Pairs(x[0], x[1], x[2], 0.1)),
        new("RankingLoss.Groups", [[5]], x => RankingLoss.Groups(x[0], [2, 3], 0.1)),
        new("RankingLoss.Groups", [[5]], x => RankingLoss.Groups(x[0], [2, 3], 0, GroupWeighting.PerPair)),
        new("RankingLoss.PerGroup", [[5]], x => RankingLoss.PerGroup(x[0], [2, 3], 0.1)),
        new("AbsoluteRewardLoss.MeanSquared", [Pair], x => AbsoluteRewardLoss.MeanSquared(x[0], Labels(), Weights(), 0.02), 1.5),
        new("AbsoluteRewardLoss.SigmoidMeanSquared", [Pair], x => AbsoluteRewardLoss.SigmoidMeanSquared(x[0], Labels(), Weights())),
        new("AbsoluteRewardLoss.BinaryCrossEntropy", [Pair], x => AbsoluteRewardLoss.BinaryCrossEntropy(x[0], Labels(), Weights())),
        new(
            "AbsoluteRewardLoss.BinaryCrossEntropies", [Pair],
            x => AbsoluteRewardLoss.BinaryCrossEntropies(x[0], Labels(), Weights(), Weights())),
        new("PolicyLoss.Clipped", [Tokens], x => PolicyLoss.Clipped(x[0], Old(), Advantages(), Mask(), new ClipRange(0.2, 0.3, 1.5))),
        new("PolicyLoss.ClippedSequenceRatio", [Tokens], x => PolicyLoss.ClippedSequenceRatio(x[0], Old(), Advantages(), Mask(), Clip)),
        new("PolicyLoss.Ratio", [Tokens], x => PolicyLoss.Ratio(x[0], Old(), Mask())),
        new("ValueLoss.Clipped", [Tokens], x => ValueLoss.Clipped(x[0], Old(), Advantages(), Mask(), 0.3, LossReduction.SampleLevel)),
        new("PpoObjective.Total", [Tokens, Tokens], x => PpoObjective.Total(Ppo(x[0], x[1]), Clip, 0.3, 0.5, 100)),
        new("GrpoObjective.Total", [Tokens], x => GrpoObjective.Total(Grpo(x[0], GrpoLossType.Grpo), new ClipRange(0.2, 0.3), 0.1)),
        new("GrpoObjective.Total", [Tokens], x => GrpoObjective.Total(Grpo(x[0], GrpoLossType.Dapo), Clip, 0)),
        new(
            "KlDivergence.Estimate", [Tokens, Tokens],
            x => KlDivergence.Estimate(x[0], x[1], KlPenalty.LowVariance) + KlDivergence.Estimate(x[0], x[1], KlPenalty.HalfSquare)),
        new("KlDivergence.Full", [Logits, Logits], x => KlDivergence.Full(x[0], x[1], Mask()) + KlDivergence.Full(x[1], x[0])),
        new("DpoLoss.Sigmoid", [Pair, Pair], x => DpoLoss.Sigmoid(Pairs(x), 0.3, 0.1)),
        new("DpoLoss.ReferenceFree", [Pair, Pair], x => DpoLoss.ReferenceFree(Pairs(x), 0.3)),
        new("DpoLoss.Robust", [Pair, Pair], x => DpoLoss.Robust(Pairs(x), 0.3, 0.2)),
        .. OfPairs(),
        new(
            "DpoLoss.WithDivergence", [Pair, Pair],
            x => DpoLoss.WithDivergence(Pairs(x), 0.3, new DivergenceMargin.Alpha(0.5))
                + DpoLoss.WithDivergence(Pairs(x), 0.3, new DivergenceMargin.JensenShannon())),
        new("PairedPreferenceLoss.Exo", [Pair, Pair], x => PairedPreferenceLoss.Exo(Pairs(x), 0.3)),
        new("PairedPreferenceLoss.AotPaired", [Pair, Pair], x => PairedPreferenceLoss.AotPaired(Pairs(x), 0.3, 0.1)),
        new("PairedPreferenceLoss.AotUnpaired", [Pair, Pair], x => PairedPreferenceLoss.AotUnpaired(Pairs(x), 0.3, 0.1)),
        new("PairedPreferenceLoss.DiscoPop", [Pair, Pair], x => PairedPreferenceLoss.DiscoPop(Pairs(x), 0.3, 0.5)),
        new("KtoLoss.Desirable", [Pair], x => KtoLoss.Desirable(x[0], Labels(), tensor(0.1, ScalarType.Float64), 0.3)),
        new("KtoLoss.Undesirable", [Pair], x => KtoLoss.Undesirable(x[0], Labels(), tensor(0.1, ScalarType.Float64), 0.3, 1.3)),
        new("KtoLoss.Unpaired", [Pair], x => KtoLoss.Unpaired(
            x[0], Labels(), tensor(new[] { true, false, false, true }), tensor(0.1, ScalarType.Float64), 0.3, 1.3, 0.7)),
        // The reference points are estimates without gradient; here they are at 0, where they stay under small changes.
        new("KtoLoss.Paired", [Pair, Pair], x => KtoLoss.Paired(Pairs(x), 0.3, 1.3, 0.7), 0.2, -1),
        new("OrpoLoss.OddsRatio", [Pair, Pair], x => OrpoLoss.OddsRatio(x[0], x[1], 0.3), 0.2, -1),
        new("OrpoLoss.LogOddsRatio", [Pair, Pair], x => OrpoLoss.LogOddsRatio(x[0], x[1]), 0.2, -1),
        new("CpoLoss.Sigmoid", [Pair, Pair], x => CpoLoss.Sigmoid(x[0], x[1], 0.3, 0.1)),
        new("CpoLoss.Hinge", [Pair, Pair], x => CpoLoss.Hinge(x[0], x[1], 0.3)),
        new("CpoLoss.Ipo", [Pair, Pair], x => CpoLoss.Ipo(x[0], x[1], 0.3)),
        new("CpoLoss.SimPo", [Pair, Pair], x => CpoLoss.SimPo(x[0], x[1], 2, 0.5)),
        new("AdaptiveLoss.Ppo", [Tokens], x => AdaptiveLoss.Ppo(x[0], Old(), Advantages(), Mask(), Kept(), Clip)),
        new("AdaptiveLoss.DpoTokenLevel", [Tokens, Tokens], x => AdaptiveLoss.DpoTokenLevel(Side(x[0]), Side(x[1]), 0.3)),
        new("AdaptiveLoss.DpoPairLevel", [Tokens, Tokens], x => AdaptiveLoss.DpoPairLevel(Side(x[0]), Side(x[1]), 0.3)),
        new("AdaptiveLoss.RejectionSampling", [Tokens, Tokens], x => AdaptiveLoss.RejectionSampling(x[0], x[1], Mask(), Kept(), 0.3)),
        new("RejectionSamplingLoss.Accepted", [Tokens, Tokens], x => RejectionSamplingLoss.Accepted(x[0], x[1], Mask(), 0.3)),
        new("ProcessRewardLoss.BinaryCrossEntropy", [Tokens], x => ProcessRewardLoss.BinaryCrossEntropy(x[0], Old().sigmoid(), Mask())),
    ];

    // A loss of pairs whose only number is beta needs no line of its own.
    private static IEnumerable<GradientCase> OfPairs() => LossHouseTests.OfPairs()
        .Select(loss => new GradientCase(loss.Name, [Pair, Pair], x => loss.Run(Pairs(x), 0.3)));

    public static TheoryData<int, string> All()
    {
        var data = new TheoryData<int, string>();
        for (var i = 0; i < Cases.Length; i++)
        {
            data.Add(i, Cases[i].Name);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_gradient_is_the_slope(int index, string name)
    {
        Cases[index].Name.Should().Be(name);
        Cases[index].Check();
    }

    [CudaTheory]
    [MemberData(nameof(All))]
    public void The_gradient_is_the_slope_on_a_CUDA_device(int index, string name)
    {
        Cases[index].Name.Should().Be(name);
        set_default_device(CUDA);
        try
        {
            Cases[index].Check();
        }
        finally
        {
            set_default_device(CPU);
        }
    }

    [Fact]
    public void Every_public_loss_has_a_gradient_check()
    {
        var losses = typeof(DpoLoss).Assembly.GetExportedTypes()
            .Where(
                type => type.Namespace is "Repro.Core.Losses" or "Repro.Core.Adaptive"
                    && (
                        type.Name.EndsWith("Loss", StringComparison.Ordinal) || type == typeof(PpoObjective)
                            || type == typeof(GrpoObjective)
                    || type == typeof(TokenLogProbs) || type == typeof(SequenceLogProbs) || type == typeof(KlDivergence)))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(Tensor))
            .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
            .ToHashSet();
        losses.Except(Cases.Select(c => c.Name)).Except(WithoutGradient).Should().BeEmpty();
        Cases.Select(c => c.Name).Concat(WithoutGradient).Except(losses).Should().BeEmpty("a name that no loss has checks nothing");
    }

    private static Tensor Ids() => tensor(new long[] { 0, 3, 1, 4, 2, 2 }).reshape(2, 3);

    private static Tensor Mask() => tensor(new long[] { 1, 1, 0, 0, 1, 1 }).reshape(2, 3);

    private static Tensor Kept() => tensor(new long[] { 1, 0, 1, 1, 1, 1 }).reshape(2, 3);

    private static Tensor Old() => tensor(new[] { 0.3, -0.2, 0.9, -0.7, 0.45, -0.15 }, ScalarType.Float64).reshape(2, 3);

    private static Tensor Advantages() => tensor(new[] { 1.1, -0.6, 0.4, 2.0, -1.3, 0.8 }, ScalarType.Float64).reshape(2, 3);

    private static PpoBatch Ppo(Tensor logProbs, Tensor values) => new()
    {
        LogProbs = logProbs,
        OldLogProbs = Old(),
        Values = values,
        OldValues = Old(),
        Advantages = Advantages(),
        Returns = Advantages(),
        Mask = Mask(),
    };

    private static PpoBatch Grpo(Tensor logProbs, GrpoLossType type) => new()
    {
        LogProbs = logProbs,
        OldLogProbs = Old(),
        Advantages = Advantages(),
        ReferenceLogProbs = Advantages(),
        Mask = Mask(),
        Weights = GrpoObjective.TokenWeights(Mask(), type, 3),
    };

    private static Tensor Labels() => tensor(new[] { 0.2, 0.9, 0.5, 0.35 }, ScalarType.Float64);

    private static Tensor Weights() => tensor(new[] { 1.5, 1, 0.5, 2 }, ScalarType.Float64);

    private static PairLogProbs Pairs(Tensor[] x) => new(x[0], x[1], Labels(), Weights());

    private static AdaptiveResponses Side(Tensor x) => new(x, Old(), Mask(), Kept());
}
