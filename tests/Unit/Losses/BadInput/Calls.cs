using Repro.Core.Adaptive;
using Repro.Core.Data;
using Repro.Core.Losses;
using Repro.Core.Rewards;
using Repro.Core.Training.Ppo;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.BadInput;

/// <summary>One call of every function, with inputs that can be spoiled.</summary>
internal static class Calls
{
    /// <summary>By name; a loss of pairs whose only number is beta needs no line of its own.</summary>
    public static IReadOnlyDictionary<string, Action<Inputs>> All { get; } =
        Own().Concat(LossHouseTests.OfPairs().Select(OfPairs)).ToDictionary(StringComparer.Ordinal);

    private static KeyValuePair<string, Action<Inputs>> OfPairs((string Name, Func<PairLogProbs, double, Tensor> Run) loss) =>
        new(loss.Name, i => loss.Run(i.Pairs(), i.Positive("beta")));

    private static Dictionary<string, Action<Inputs>> Own() => new(StringComparer.Ordinal)
    {
        ["AbsoluteRewardLoss.MeanSquared"] =
            i => AbsoluteRewardLoss.MeanSquared(
                i.Vector("predictions"), i.SameVector("targets"), i.Weights("weights"), i.NotNegative("rangePenalty")),
        ["AbsoluteRewardLoss.SigmoidMeanSquared"] =
            i => AbsoluteRewardLoss.SigmoidMeanSquared(i.Vector("predictions"), i.SameVector("targets"), i.Weights("weights")),
        ["AbsoluteRewardLoss.BinaryCrossEntropy"] =
            i => AbsoluteRewardLoss.BinaryCrossEntropy(
                i.Vector("predictions"), i.Labels("targets"), i.Weights("weights"), i.Weights("positiveWeights")),
        ["AbsoluteRewardLoss.BinaryCrossEntropies"] =
            i => AbsoluteRewardLoss.BinaryCrossEntropies(
                i.Vector("predictions"), i.Labels("targets"), i.Weights("weights"), i.Weights("positiveWeights")),
        ["AdaptiveLoss.Ppo"] =
            i => AdaptiveLoss.Ppo(
                i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.SameTokens("advantages"), i.Counting("responseMask"),
                i.Mask("adaptiveMask"), i.Clip()),
        ["AdaptiveLoss.DpoTokenLevel"] =
            i => AdaptiveLoss.DpoTokenLevel(i.Responses("chosen"), i.Responses("rejected"), i.Positive("beta")),
        ["AdaptiveLoss.DpoPairLevel"] = i => AdaptiveLoss.DpoPairLevel(i.Responses("chosen"), i.Responses("rejected"), i.Positive("beta")),
        ["AdaptiveLoss.RejectionSampling"] = i => AdaptiveLoss.RejectionSampling(
            i.Tokens("logProbs"), i.SameTokens("tokenKl"), i.CountingRows("responseMask"), i.Mask("adaptiveMask"), i.NotNegative("beta")),
        ["ClipRange.Symmetric"] = i => PolicyLoss.Clipped(
            i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.SameTokens("advantages"), i.Counting("mask"),
            ClipRange.Symmetric(i.Unit("Low"))),
        ["CpoLoss.Sigmoid"] =
            i => CpoLoss.Sigmoid(
                i.Vector("chosen"), i.SameVector("rejected"), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.6, double.NaN)),
        ["CpoLoss.Hinge"] = i => CpoLoss.Hinge(i.Vector("chosen"), i.SameVector("rejected"), i.Positive("beta")),
        ["CpoLoss.Ipo"] = i => CpoLoss.Ipo(i.Vector("chosen"), i.SameVector("rejected"), i.Positive("beta")),
        ["CpoLoss.SimPo"] = i => CpoLoss.SimPo(
            i.Vector("chosen"), i.SameVector("rejected"), i.Positive("beta"), i.NotNegative("gamma"),
            i.Number("labelSmoothing", 0.1, -0.1, 0.6, double.NaN)),
        ["CrossEntropyLoss.Causal"] = i => CrossEntropyLoss.Causal(i.Logits("logits"), i.Ids("tokens"), i.Positions("mask")),
        ["CrossEntropyLoss.SamePosition"] = i => CrossEntropyLoss.SamePosition(i.Logits("logits"), i.Ids("tokens"), i.Counting("mask")),
        ["CrossEntropyLoss.Poly"] = i => CrossEntropyLoss.Poly(i.Logits("logits"), i.Ids("tokens"), i.Counting("mask"), 0.5),
        ["DenseRewards.FromHead"] = i => DenseRewards.FromHead(i.Tokens("outputs"), i.Counting("mask")),
        ["DenseRewards.FromLogRatio"] =
            i => DenseRewards.FromLogRatio(
                i.Tokens("policyLogProbs"), i.SameTokens("referenceLogProbs"), i.Counting("mask"), i.Positive("beta")),
        ["DpoLoss.Sigmoid"] = i => DpoLoss.Sigmoid(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.6, double.NaN)),
        ["DpoLoss.ReferenceFree"] =
            i => DpoLoss.ReferenceFree(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.6, double.NaN)),
        ["DpoLoss.Robust"] = i => DpoLoss.Robust(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.5, double.NaN)),
        ["DpoLoss.WithDivergence"] = i => DpoLoss.WithDivergence(
            i.Pairs(), i.Positive("beta"),
            i.NotNull<DivergenceMargin>("divergence", new DivergenceMargin.Alpha(i.Number("Coefficient", 0.5, 0, double.NaN))),
            i.Number("labelSmoothing", 0.1, -0.1, 0.6)),
        ["DpoLoss.Rewards"] = i => DpoLoss.Rewards(i.Pairs(), i.Positive("beta")),
        ["GeneralizedAdvantage.Estimate"] =
            i => GeneralizedAdvantage.Estimate(
                i.Tokens("values"), i.Tokens("rewards"), i.CountingRows("mask"), i.Unit("gamma"), i.Unit("lambda")),
        ["GeneralizedAdvantage.DiscountedReturns"] =
            i => GeneralizedAdvantage.DiscountedReturns(i.Tokens("rewards"), i.CountingRows("mask"), i.Unit("gamma")),
        ["GroupAdvantages.Standardised"] =
            i => GroupAdvantages.Standardised(i.Vector("rewards"), i.Whole("groupSize", 2, 1, 0, -2), i.Positive("epsilon")),
        ["GroupAdvantages.Centred"] = i => GroupAdvantages.Centred(i.Vector("rewards"), i.Whole("groupSize", 2, 1, 0, -2)),
        ["GroupAdvantages.ScaledByBatch"] = i => GroupAdvantages.ScaledByBatch(
            i.Vector("rewards"), i.Whole("groupSize", 2, 1, 0, -2), i.Positive("epsilon")),
        ["GroupAdvantages.LeaveOneOut"] = i => GroupAdvantages.LeaveOneOut(i.Vector("rewards"), i.Whole("groupSize", 2, 1, 0, -2)),
        ["GroupAdvantages.Normalised"] = i => GroupAdvantages.Normalised(i.Give(
            "advantages", i.Vector("advantages"), ("one", () => ones(1))), i.Positive("epsilon")),
        ["GrpoObjective.Losses"] = i => GrpoObjective.Losses(Grpo(i), i.Clip(), i.NotNegative("beta")),
        ["GrpoObjective.Total"] = i => GrpoObjective.Total(Grpo(i), i.Clip(), i.NotNegative("beta")),
        ["GrpoObjective.TokenWeights"] = i => GrpoObjective.TokenWeights(
            i.Give("mask", ones(2, 4), ("a vector", () => ones(4)), ("a half", () => ones(2, 4) * 0.5)),
            i.Give("type", GrpoLossType.Dapo, ("unknown", () => (GrpoLossType)17)), i.Whole("maxNewTokens", 4, 0, -1)),
        ["KlDivergence.Estimate"] = i => KlDivergence.Estimate(
            LogProbs(i),
            i.SameAnyTokens("referenceLogProbs"),
            i.Give("penalty", KlPenalty.Absolute, ("unknown", () => (KlPenalty)17), ("full", () => KlPenalty.Full)),
            i.Positive("limit")),
        ["KlDivergence.Full"] = i => KlDivergence.Full(i.Logits("firstLogits"), i.SameLogits("secondLogits")),
        ["KlDivergence.Full of counted positions"] =
            i => KlDivergence.Full(i.Logits("firstLogits"), i.SameLogits("secondLogits"), i.Positions("mask")),
        ["KtoLoss.ReferencePoint"] = i => KtoLoss.ReferencePoint(i.Vector("policyLogProbs"), i.SameVector("referenceLogProbs")),
        ["KtoLoss.Desirable"] =
            i => KtoLoss.Desirable(
                i.Vector("policyLogProbs"), i.SameVector("referenceLogProbs"), i.Scalar("referencePoint"), i.Positive("beta"),
                i.NotNegative("weight")),
        ["KtoLoss.Undesirable"] =
            i => KtoLoss.Undesirable(
                i.Vector("policyLogProbs"), i.SameVector("referenceLogProbs"), i.Scalar("referencePoint"), i.Positive("beta"),
                i.NotNegative("weight")),
        ["KtoLoss.Unpaired"] = i => KtoLoss.Unpaired(
            i.Vector("policyLogProbs"), i.SameVector("referenceLogProbs"), i.Give(
                "desirable", ones(2, ScalarType.Bool), ("one more", () => ones(3, ScalarType.Bool)), ("numbers", () => ones(2))),
            i.Scalar("referencePoint"), i.Positive("beta"), i.NotNegative("desirableWeight"), i.NotNegative("undesirableWeight")),
        ["KtoLoss.Paired"] = i => KtoLoss.Paired(i.Pairs(), i.Positive("beta"), i.NotNegative("desirableWeight"),
            i.NotNegative("undesirableWeight")),
        ["Masked.SumPerRow"] = i => Masked.SumPerRow(i.AnyTokens("values"), i.Mask("mask")),
        ["Masked.Mean"] = i => Masked.Mean(i.AnyTokens("values"), i.Counting("mask")),
        ["Masked.MeanPerRow"] = i => Masked.MeanPerRow(i.AnyTokens("values"), i.CountingRows("mask")),
        ["Masked.Reduce"] = i => Masked.Reduce(i.AnyTokens("values"), i.CountingRows("mask"), LossReduction.SampleLevel),
        ["Masked.Variance"] = i => Masked.Variance(
            i.AnyTokens("values"),
            i.Give(
                "mask", i.Counting("mask"),
                ("counts one position", () => tensor([true, false, false, false, false, false, false, false]).reshape(2, 4))),
            VarianceEstimate.Unbiased),
        ["Masked.Whiten"] = i => Masked.Whiten(i.Tokens("values"), i.Counting("mask"), epsilon: i.Positive("epsilon")),
        ["Masked.WhitenPerRow"] = i => Masked.WhitenPerRow(i.Tokens("values"), i.CountingRows("mask"), i.Positive("epsilon")),
        ["OrpoLoss.OddsRatio"] = i => OrpoLoss.OddsRatio(i.Vector("chosen"), i.SameVector("rejected"), i.Positive("beta")),
        ["OrpoLoss.LogOddsRatio"] = i => OrpoLoss.LogOddsRatio(i.Vector("chosen"), i.SameVector("rejected")),
        ["PairedPreferenceLoss.Exo"] =
            i => PairedPreferenceLoss.Exo(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, 0, 1, double.NaN)),
        ["PairedPreferenceLoss.AotPaired"] =
            i => PairedPreferenceLoss.AotPaired(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.6)),
        ["PairedPreferenceLoss.AotUnpaired"] =
            i => PairedPreferenceLoss.AotUnpaired(i.Pairs(), i.Positive("beta"), i.Number("labelSmoothing", 0.1, -0.1, 0.6)),
        ["PairedPreferenceLoss.DiscoPop"] = i => PairedPreferenceLoss.DiscoPop(i.Pairs(), i.Positive("beta"), i.Positive("temperature")),
        ["PolicyLoss.Clipped"] =
            i => PolicyLoss.Clipped(
                i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.SameTokens("advantages"), i.Counting("mask"), i.Clip()),
        ["PolicyLoss.ClippedSequenceRatio"] = i => PolicyLoss.ClippedSequenceRatio(
            i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.SameTokens("advantages"), i.CountingRows("mask"), i.Clip()),
        ["PolicyLoss.ClippedFraction"] =
            i => PolicyLoss.ClippedFraction(
                i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.SameTokens("advantages"), i.Counting("mask"), i.Clip()),
        ["PolicyLoss.Ratio"] = i => PolicyLoss.Ratio(i.Tokens("logProbs"), i.SameTokens("oldLogProbs"), i.Counting("mask")),
        ["PpoObjective.Losses"] = i => PpoObjective.Losses(
            Ppo(i), i.Clip(), i.NotNegative("clip"), i.NotNegative("valueCoefficient"), i.Positive("ratioThreshold")),
        ["PpoObjective.Total"] = i => PpoObjective.Total(
            Ppo(i), i.Clip(), i.NotNegative("clip"), i.NotNegative("valueCoefficient"), i.Positive("ratioThreshold")),
        ["PpoObjective.MeanRatio"] = i => PpoObjective.MeanRatio(i.NotNull("batch", new PpoBatch
        {
            LogProbs = i.SameTokens("logProbs"),
            OldLogProbs = i.SameTokens("oldLogProbs"),
            Advantages = ones(2, 4),
            Mask = i.Counting("mask"),
        })),
        ["PpoStatistics.ResponseKl"] = i => PpoStatistics.ResponseKl(LogProbs(i), i.SameAnyTokens("referenceLogProbs"), i.Mask("mask")),
        ["PpoStatistics.ResponseEntropy"] = i => PpoStatistics.ResponseEntropy(i.AnyTokens("values"), i.Mask("mask")),
        ["PpoStatistics.ApproximateKl"] =
            i => PpoStatistics.ApproximateKl(LogProbs(i), i.SameAnyTokens("referenceLogProbs"), i.Counting("mask")),
        ["PpoStatistics.PolicyKl"] = i => PpoStatistics.PolicyKl(i.SameAnyTokens("ogProbs"), LogProbs(i), i.Counting("mask")),
        ["PpoStatistics.ExplainedVariance"] =
            i => PpoStatistics.ExplainedVariance(i.Vector("squaredErrors"), i.SameVector("returnVariances")),
        ["ProcessRewardLoss.BinaryCrossEntropy"] =
            i => ProcessRewardLoss.BinaryCrossEntropy(i.Tokens("logits"), i.Probabilities("labels"), i.Counting("stepEnds")),
        ["RankingLoss.Preference"] = i => RankingLoss.Preference(i.Vector("first (chosen)"), i.SameVector("second (rejected)")),
        ["RankingLoss.Pairs"] =
            i => RankingLoss.Pairs(
                i.Vector("first (chosen)"), i.SameVector("second (rejected)"), i.SameVector("margin"), i.NotNegative("centre")),
        ["RankingLoss.Groups"] = i => RankingLoss.Groups(i.Vector("scores"), Groups(i), i.NotNegative("decay")),
        ["RankingLoss.PerGroup"] = i => RankingLoss.PerGroup(i.Vector("scores"), Groups(i), i.NotNegative("decay")),
        ["RejectionSamplingLoss.Accepted"] =
            i => RejectionSamplingLoss.Accepted(
                i.Tokens("logProbs"), i.SameTokens("tokenKl"), i.CountingRows("responseMask"), i.NotNegative("beta")),
        ["SequenceLogProbs.Sum"] = i => SequenceLogProbs.Sum(i.Logits("logits"), i.Ids("tokens"), i.Positions("mask")),
        ["SequenceLogProbs.Average"] = i => SequenceLogProbs.Average(i.Logits("logits"), i.Ids("tokens"), i.CountingRows("mask")),
        ["TokenLogProbs.SamePosition"] = i => TokenLogProbs.SamePosition(i.Logits("logits"), i.Ids("tokens"), i.Positions("mask")),
        ["TokenLogProbs.Next"] = i => TokenLogProbs.Next(i.Logits("logits"), i.Ids("tokens"), i.Positions("mask")),
        ["TokenLogProbs.Next of short texts"] = i =>
        {
            var positions = i.Whole("positions", 2, 1);
            TokenLogProbs.Next(ones(1, positions, 3), ones(1, positions, ScalarType.Int64), ones(1, positions));
        },
        ["TokenLogProbs.Entropy"] = i => TokenLogProbs.Entropy(i.Logits("logits"), i.Positions("mask")),
        ["ValueLoss.Clipped"] =
            i => ValueLoss.Clipped(
                i.Tokens("values"), i.SameTokens("oldValues"), i.SameTokens("returns"), i.Counting("mask"), i.NotNegative("clip")),
        ["ValueLoss.ClippedFraction"] =
            i => ValueLoss.ClippedFraction(
                i.Tokens("values"), i.SameTokens("oldValues"), i.SameTokens("returns"), i.Counting("mask"), i.NotNegative("clip")),
        ["AdaptiveMask.Chosen"] = i => AdaptiveMask.Chosen(i.Tokens("rewards"), Threshold(i), i.Mask("mask")),
        ["AdaptiveMask.Rejected"] = i => AdaptiveMask.Rejected(i.Tokens("rewards"), Threshold(i), i.Mask("mask")),
        ["AdaptiveMask.Ternary"] = i => AdaptiveMask.Ternary(i.Tokens("rewards"), Threshold(i), i.NotNegative("delta"), i.Mask("mask")),
        ["PenalisedRewards.Compute"] = i => PenalisedRewards.Compute(i.Vector("scores"), i.Give(
            "penalties", ones(2, 4), ("NaN", () => full([2, 4], double.NaN)), ("a row more", () => ones(3, 4)),
            ("a vector", () => ones(2))), i.CountingRows("mask"), i.NotNegative("coefficient")),
        ["RewardCombination.Raw"] = i => RewardCombination.Raw(i.Vector("preference"), i.SameVector("absolute"), i.Unit("weight")),
        ["FixedThreshold"] = i => new FixedThreshold(0.5).For(i.Tokens("rewards"), i.Counting("mask")),
        ["BatchMeanThreshold"] = i => new BatchMeanThreshold().For(i.Tokens("rewards"), i.Counting("mask")),
        ["QuantileThreshold"] = i => new QuantileThreshold(i.Unit("share")).For(i.Tokens("rewards"), i.Counting("mask")),
        ["RunningMeanThreshold"] =
            i => new RunningMeanThreshold(i.Number("momentum", 0.9, -0.1, 1, double.NaN)).For(i.Tokens("rewards"), i.Counting("mask")),
        ["TemporalDifferenceThreshold"] =
            i => new TemporalDifferenceThreshold(i.SameTokens("values"), i.Unit("gamma")).For(i.Tokens("rewards"), i.Counting("mask")),
        ["FixedKlController"] =
            i => new FixedKlController(i.Number("initial", 0, -1, double.NaN))
                .Update(i.Number("kl", -0.2, double.NaN, double.PositiveInfinity), i.Whole("samples", 3, 0, -1)),
        ["AdaptiveKlController"] =
            i => new AdaptiveKlController(i.NotNegative("initial"), i.Positive("target"), i.Positive("horizon"))
                .Update(i.Number("kl", 0.2, double.NaN), i.Whole("samples", 3, 0, -1)),
        ["ParaphraseScore"] =
            i => new ParaphraseScore(i.NotNegative("Strength"), i.Number("OtherLanguageSimilarity", -1, -1.1, 1.1, double.NaN))
            .Adjust(
                i.Number("original score", 1, -0.1, 1.1, double.NaN), i.Number("similarity", -1, -1.1, 1.1, double.NaN),
                sameLanguage: true),
        ["LabelAggregation"] = i => new LabelAggregation(i.NotNull("weights", Weights(i.Number("weights", 0.5, 0.6, 0.4, double.NaN))))
            .Score(i.NotNull("labels", Weights(i.Number("'b'", 1, double.NaN)))),
    };

    // Of any shape; looked at by functions that may call it by another name.
    private static Tensor LogProbs(Inputs i) => i.Give("ogProbs", -ones(2, 4), ("whole numbers", () => ones(2, 4, ScalarType.Int64)));

    private static PpoBatch Ppo(Inputs i) => i.NotNull("batch", new PpoBatch
    {
        LogProbs = i.Tokens("logProbs"),
        OldLogProbs = i.SameTokens("oldLogProbs"),
        Values = i.Tokens("values"),
        OldValues = i.SameTokens("oldValues"),
        Advantages = i.SameTokens("advantages"),
        Returns = i.SameTokens("returns"),
        Mask = i.Counting("mask"),
    });

    private static PpoBatch Grpo(Inputs i) => i.NotNull("batch", new PpoBatch
    {
        LogProbs = i.Tokens("logProbs"),
        OldLogProbs = i.SameTokens("oldLogProbs"),
        Advantages = i.SameTokens("advantages"),
        ReferenceLogProbs = i.SameTokens("referenceLogProbs"),
        Weights = i.SameTokens("weights"),
        Mask = i.Counting("mask"),
    });

    private static Tensor Threshold(Inputs i) => i.Give(
        "threshold", tensor([0.5, 0.6, 0.4, 0.7]).reshape(1, 4), ("NaN", () => tensor(double.NaN)), ("three columns", () => ones(2, 3)),
        ("three rows", () => ones(3, 1)), ("a dimension more", () => ones(1, 2, 4)));

    private static int[] Groups(Inputs i) =>
        i.NotNull(
            "groupSizes", i.Give<int[]>("groupSizes", [2], ("one reply", () => [1, 1]), ("too many", () => [3]), ("too few", () => [])));

    private static Dictionary<string, double> Weights(double second) => new(StringComparer.Ordinal) { ["a"] = 0.5, ["b"] = second };
}
