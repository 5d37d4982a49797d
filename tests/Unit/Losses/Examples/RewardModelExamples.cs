using Repro.Core;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses.Examples;

/// <summary>Losses of reward models, worked out by hand with four decimals. s is the sigmoid; -log s(x) = log(1 + e^-x).</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class RewardModelExamples
{
    private const double Rounding = 1.01e-4;

    private static readonly double _log3 = Math.Log(3);

    /// <summary>
    /// The replies have the scores 2 and 1: the first is preferred with the probability s(1) = 0.7311. With a demanded margin of 0.5 the
    /// difference is 0.5, and the sum 3 costs 0.01 * 3^2:
    /// <code>
    /// log(1 + e^-0.5) + 0.09 = 0.4741 + 0.09 = 0.5641
    /// </code>
    /// </summary>
    [Fact]
    public void Ranking_loss_of_a_pair()
    {
        using var scope = NewDisposeScope();

        One(RankingLoss.Preference(Numbers(2), Numbers(1))).Should().BeApproximately(0.7311, Rounding);
        One(RankingLoss.Pairs(Numbers(2), Numbers(1), Numbers(0.5), centre: 0.01)).Should().BeApproximately(0.5641, Rounding);
    }

    /// <summary>
    /// A group of three replies with the scores 2, 1 and -1, best first, and one of two replies with 0 and 0.
    /// <code>
    /// pairs of the first group   2 over 1: log(1 + e^-1) = 0.3133, 2 over -1: 0.0486, 1 over -1: 0.1269; mean 0.1629
    /// pair of the second group   log 2 = 0.6931
    /// mean of the groups         (0.1629 + 0.6931) / 2 = 0.4280
    /// mean of all four pairs     (0.3133 + 0.0486 + 0.1269 + 0.6931) / 4 = 0.2955
    /// decay 0.1                  adds 0.05 * (4 + 1), 0.05 * (4 + 1) and 0.05 * (1 + 1), on average 0.2, to the first group: 0.5280
    /// </code>
    /// </summary>
    [Fact]
    public void Ranking_loss_of_groups()
    {
        using var scope = NewDisposeScope();
        var (scores, sizes) = (Numbers(2, 1, -1, 0, 0), new[] { 3, 2 });

        One(RankingLoss.Groups(scores, sizes)).Should().BeApproximately(0.4280, Rounding);
        One(RankingLoss.Groups(scores, sizes, weighting: GroupWeighting.PerPair)).Should().BeApproximately(0.2955, Rounding);
        One(RankingLoss.Groups(scores, sizes, decay: 0.1)).Should().BeApproximately(0.5280, Rounding);
        VectorComparison.Doubles(RankingLoss.PerGroup(scores, sizes)).Zip([0.1629, 0.6931], (a, b) => Math.Abs(a - b))
            .Should().HaveCount(2).And.OnlyContain(error => error < Rounding);
    }

    /// <summary>
    /// Three replies with the scores 2, 1 and -1, of which the last two are tied, and two with 0 and 0, one better than the other.
    /// <code>
    /// pairs of the first group   2 over 1: 0.3133, 2 over -1: 0.0486; mean 0.1809
    /// mean of the groups         (0.1809 + 0.6931) / 2 = 0.4370
    /// mean of all three pairs    (0.3133 + 0.0486 + 0.6931) / 3 = 0.3517
    /// </code>
    /// </summary>
    [Fact]
    public void Ranking_loss_of_groups_with_ties()
    {
        using var scope = NewDisposeScope();
        var (scores, sizes, ranks) = (Numbers(2, 1, -1, 0, 0), new[] { 3, 2 }, new[] { 0, 1, 1, 0, 1 });

        One(RankingLoss.Groups(scores, sizes, ranks: ranks)).Should().BeApproximately(0.4370, Rounding);
        One(RankingLoss.Groups(scores, sizes, weighting: GroupWeighting.PerPair, ranks: ranks)).Should().BeApproximately(0.3517, Rounding);
        VectorComparison.Doubles(RankingLoss.PerGroup(scores, sizes, ranks: ranks)).Zip([0.1809, 0.6931], (a, b) => Math.Abs(a - b))
            .Should().HaveCount(2).And.OnlyContain(error => error < Rounding);
        void Refused(int[] wrong, string message) => FluentActions.Invoking(() => RankingLoss.Groups(scores, sizes, ranks: wrong))
            .Should().Throw<ReproException>().WithMessage(message);
        Refused([0, 1, 1, 0, 0], "all replies of group 1 have one rank*");
        Refused([0, 2, 1, 0, 1], "the ranks of group 0 fall*");
        Refused([0, 1], "2 ranks do not belong to 5 scores.");
    }

    /// <summary>
    /// Squares: predictions 1.2 and 0.5, labels 1 and 0.8, weights 1 and 2, and 0.1 for each unit outside 0 to 1.
    /// <code>
    /// (1 * 0.2^2 + 0.1 * 0.2 + 2 * 0.3^2) / 2 = (0.04 + 0.02 + 0.18) / 2 = 0.12
    /// </code>
    /// The other two take logits 0 and log 3, whose sigmoids are 1/2 and 3/4, and labels 1 and 0.5.
    /// <code>
    /// squares of sigmoids, weights 1 and 2   (0.5^2 + 2 * 0.25^2) / 2                  = 0.1875
    /// cross entropies                        -log 0.5                                  = 0.6931
    ///                                        -0.5 log 0.75 - 0.5 log 0.25              = 0.8370
    /// their mean                             (0.6931 + 0.8370) / 2                     = 0.7651
    /// positive parts twice and once          (2 * 0.6931 + 0.8370) / 2                 = 1.1116
    /// </code>
    /// </summary>
    [Fact]
    public void Absolute_losses()
    {
        using var scope = NewDisposeScope();
        var (logits, labels) = (Numbers(0, _log3), Numbers(1, 0.5));

        One(AbsoluteRewardLoss.MeanSquared(Numbers(1.2, 0.5), Numbers(1, 0.8), Numbers(1, 2), 0.1)).Should().BeApproximately(0.12, 1e-12);
        One(AbsoluteRewardLoss.SigmoidMeanSquared(logits, labels, Numbers(1, 2))).Should().BeApproximately(0.1875, 1e-12);
        VectorComparison.Doubles(AbsoluteRewardLoss.BinaryCrossEntropies(logits, labels)).Zip([0.6931, 0.8370], (a, b) => Math.Abs(a - b))
            .Should().HaveCount(2).And.OnlyContain(error => error < Rounding);
        One(AbsoluteRewardLoss.BinaryCrossEntropy(logits, labels)).Should().BeApproximately(0.7651, Rounding);
        One(AbsoluteRewardLoss.BinaryCrossEntropy(logits, labels, positiveWeights: Numbers(2, 1))).Should()
            .BeApproximately(1.1116, Rounding);
    }

    /// <summary>
    /// Two solutions: one of two steps, right and wrong, with the logits 0 and log 3, and one of one right step with log 3. Tokens that end
    /// no step have logits that do not count.
    /// <code>
    /// right, 0       -log 0.5  = 0.6931
    /// wrong, log 3   -log 0.25 = 1.3863
    /// right, log 3   -log 0.75 = 0.2877
    /// over steps     (0.6931 + 1.3863 + 0.2877) / 3       = 0.7890
    /// over samples   ((0.6931 + 1.3863) / 2 + 0.2877) / 2 = 0.6637
    /// </code>
    /// </summary>
    [Fact]
    public void Process_reward_loss()
    {
        using var scope = NewDisposeScope();
        var logits = Numbers(0, 9, _log3, -9, 9, _log3).reshape(2, 3);
        var labels = Numbers(1, 0, 0, 0, 0, 1).reshape(2, 3);
        var ends = tensor(new[] { true, false, true, false, false, true }).reshape(2, 3);

        One(ProcessRewardLoss.BinaryCrossEntropy(logits, labels, ends)).Should().BeApproximately(0.7890, Rounding);
        One(ProcessRewardLoss.BinaryCrossEntropy(logits, labels, ends, LossReduction.SampleLevel)).Should()
            .BeApproximately(0.6637, Rounding);
    }

    private static Tensor Numbers(params double[] values) => tensor(values, ScalarType.Float64);

    private static double One(Tensor loss) => VectorComparison.Doubles(loss).Single();
}
