using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>What the statistics cannot compute is refused by the name of the argument, before anything is computed.</summary>
public sealed class ImpossibleArgumentTests
{
    private static readonly double[] _two = [1, 2];
    private static readonly double[] _notANumber = [1, double.NaN];
    private static readonly double[] _eight = [1, 2, 3, 4, 5, 6, 7, 8];

    // The beginning of the message, and the call.
    private static readonly (string Message, Action Call)[] _calls =
    [
        ("successes must be between 0 and trials = 2, was 3", () => BinomialTest.MidP(3, 2)),
        ("trueProbability must be between 0 and 1, was 1.5", () => BinomialTest.TrialsForPower(1.5)),
        ("k must be between 0 and n = 2, was 3", () => BinomialInterval.MidP(3, 2)),
        ("level must be above 0 and below 1, was 1", () => BinomialInterval.MidP(1, 2, 1)),
        ("b must be at least 0, was -1", () => McNemar.MidP(-1, 2)),
        ("c must be at least 0, was -1", () => McNemar.MidP(2, -1)),
        ("count must be at least 2, was 1", () => Bootstrap.BcaInterval(1, _ => 1, 5, 1)),
        ("estimate must be finite, was NaN", () => Bootstrap.Bca(double.NaN, _two, _two)),
        ("resampled must hold at least 1 value(s), held 0", () => Bootstrap.Bca(1, [], _two)),
        ("resampled[1] must be finite, was NaN", () => Bootstrap.Bca(1, _notANumber, _two)),
        ("leftOut must hold at least 2 value(s), held 1", () => Bootstrap.Bca(1, _two, [1])),
        ("leftOut[1] must be finite, was NaN", () => Bootstrap.Bca(1, _two, _notANumber)),
        ("level must be above 0 and below 1, was 0", () => Bootstrap.Bca(1, _two, _two, 0)),
        ("*'observed'", () => ChiSquare.GoodnessOfFit(null!, _two)),
        ("*'shares'", () => ChiSquare.GoodnessOfFit([1, 2], null!)),
        ("*'table'", () => ChiSquare.Independence(null!)),
        ("*'first'", () => FisherExact.TwoSided(null!, [1])),
        ("*'second'", () => FisherExact.TwoSided([1], null!)),
        ("first[1] must be at least 0, was -1", () => FisherExact.TwoSided([1, -1], [2, 3])),
        ("second[1] must be at least 0, was -1", () => FisherExact.TwoSided([1, 3], [2, -1])),
        ("a + b + c + d must be between 1 and 2147483646, was 2147483647", () => FisherExact.TwoSided(int.MaxValue, 0, 0, 0)),
        ("first[1] must be finite, was NaN", () => Correlation.KendallTauB(_notANumber, _two)),
        ("second[1] must be finite, was NaN", () => Correlation.KendallTauB(_two, _notANumber)),
        ("ddof must be at least 0, was -1", () => Descriptive.StandardDeviation(_two, -1)),
        ("values must hold at least 2 value(s), held 1", () => Descriptive.StandardDeviation([1], 1)),
        ("*'printed'", () => Grim.RowPassRate(null!, 5)),
        ("printed must be at least 1, was 0", () => Grim.RowPassRate([], 5)),
        ("*'printed'", () => Grim.AttainableSizes(null!, 1, 5)),
        ("decimals must be between 0 and 15, was 16", () => Grim.IsAttainable(0.5, 16, 2)),
        ("value must be between 0 and 1e9, was -0.5", () => Grim.IsAttainable(-0.5, 1, 2)),
        ("value must be between 0 and 1e9, was 1000000001", () => Grim.IsAttainable(1_000_000_001, 1, 2)),
        ("printed must be a plain decimal number*with at most 15 decimals", () => Grim.IsAttainable("0.1234567890123456", 5)),
        ("*'units'", () => KrippendorffAlpha.Interval(null!)),
        ("columns must be at least 1, was 0", () => PenalizedLogisticRegression.Fit(_two, 0, _two, _two, 1)),
        ("features[1] must be finite, was NaN", () => PenalizedLogisticRegression.Fit(_notANumber, 1, [0, 1], _two, 1)),
        ("shares must hold at least 1 value(s), held 0", () => PenalizedLogisticRegression.Fit(_two, 1, [], [], 1)),
        ("weights[1] must be finite, was NaN", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1], _notANumber, 1)),
        ("weights must be as long as shares (2), held 1", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1], [1], 1)),
        ("shares must be as long as features (2), held 3", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1, 1], [1, 1, 1], 1)),
        ("c must be above 0, shares from 0 to 1", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1.5], _two, 1)),
        ("c must be above 0, shares from 0 to 1", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1], [1, -1], 1)),
        ("c must be above 0, shares from 0 to 1", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1], _two, 0)),
        ("columns must be as long as start (3), held 1", () => PenalizedLogisticRegression.Fit(_two, 1, [0, 1], _two, 1, [1, 2, 3])),
        ("differences must hold at least 1 value(s), held 0", () => SignFlip.TwoSided([])),
        ("differences[1] must be finite, was NaN", () => SignFlip.TwoSided(_notANumber)),
        ("differences must be at most 20 for an exact sign-flip test, were 21", () => SignFlip.TwoSided(new double[21])),
        ("*'first'", () => PairedDecision.Decide(null!, _eight, 0)),
        ("*'second'", () => PairedDecision.Decide(_eight, null!, 0)),
        ("first[1] must be finite, was NaN", () => PairedDecision.Decide(_notANumber, _two, 0)),
        ("second[1] must be finite, was NaN", () => PairedDecision.Decide(_two, _notANumber, 0)),
        ("second must be as long as first (8), held 2", () => PairedDecision.Decide(_eight, _two, 0)),
        ("margin must be finite, was NaN", () => PairedDecision.Decide(_eight, _eight, double.NaN)),
        ("margin ('-1')", () => PairedDecision.Decide(_eight, _eight, -1)),
        ("*'decisions'", () => PairedDecision.Family(null!)),
        ("decisions must be at least 1, was 0", () => PairedDecision.Family([])),
        ("*'thresholds'", () => SeedScores.PerformanceProfile(new double[,] { { 1 } }, null!)),
        ("*'scores'", () => SeedScores.PerformanceProfile(null!, _two)),
        ("first and second lie too far apart for the range of doubles", () => TTest.Welch([1e308, 1.1e308], [-1e308, -1.1e308])),
        ("both must be at least 0, was -1", () => PairedProportions.Newcombe(-1, 1, 1, 1)),
        ("onlyFirst must be at least 0, was -1", () => PairedProportions.Newcombe(1, -1, 1, 1)),
        ("onlySecond must be at least 0, was -1", () => PairedProportions.Newcombe(1, 1, -1, 1)),
        ("neither must be at least 0, was -1", () => PairedProportions.Newcombe(1, 1, 1, -1)),
        ("*'counts'", () => TrendTest.CochranArmitage(null!, _two)),
        ("*'scores'", () => TrendTest.CochranArmitage([(1, 2), (1, 2)], null!)),
        ("scores must hold at least 2 value(s), held 1", () => TrendTest.CochranArmitage([(1, 2)], [1])),
        ("scores must be as long as counts (3), held 2", () => TrendTest.CochranArmitage([(1, 2), (1, 2), (1, 2)], _two)),
        ("counts[1].Successes must be between 0 and counts[1].Trials = 2, was 3",
            () => TrendTest.CochranArmitage([(1, 2), (3, 2)], _two)),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, _calls.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void The_argument_is_named(int number)
    {
        var (message, call) = _calls[number];

        call.Should().Throw<ArgumentException>().WithMessage(message + "*");
    }
}
