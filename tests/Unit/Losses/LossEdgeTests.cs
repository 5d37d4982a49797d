using Repro.Core;
using Repro.Core.Losses;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Losses;

/// <summary>Losses where digits are easily lost, and messages that say which value was wrong.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class LossEdgeTests
{
    [Theory]
    [InlineData(-1e-9, -20.723265837446411)] // log(1 - e^-1e-9) = log(1e-9 - 5e-19)
    [InlineData(-40, -4.248354255291589e-18)] // log(1 - e^-40) = -e^-40 to the last digit
    public void The_log_odds_keep_their_digits_near_certainty_and_far_from_it(double logProb, double log1MinusExp)
    {
        using var scope = NewDisposeScope();
        // Against a response of probability 1/2, whose log-odds are 0.
        var chosen = tensor(new[] { logProb }, ScalarType.Float64);
        var rejected = tensor(new[] { -Math.Log(2) }, ScalarType.Float64);

        var odds = OrpoLoss.LogOddsRatio(chosen, rejected).item<double>();

        odds.Should().BeApproximately(logProb - log1MinusExp, Math.Abs(logProb - log1MinusExp) * 1e-14);
    }

    [Fact]
    public void The_gradient_of_the_log_odds_is_1_over_the_chance_of_the_other_outcome()
    {
        using var scope = NewDisposeScope();
        double[] logProbs = [-0.01, -0.3, -2, -20];
        var chosen = tensor(logProbs, ScalarType.Float64, requires_grad: true);
        var rejected = tensor(new[] { -1.0, -1, -1, -1 }, ScalarType.Float64);

        OrpoLoss.LogOddsRatio(chosen, rejected).sum().backward();

        // d/dx [x - log(1 - e^x)] = 1 / (1 - e^x)
        var gradient = chosen.grad!.data<double>().ToArray();
        gradient.Should().Equal(logProbs.Select(x => 1 / (1 - Math.Exp(x))), (a, b) => Math.Abs(a - b) < 1e-10 * b);
    }

    [Fact]
    public void A_token_that_is_certain_has_no_odds()
    {
        using var scope = NewDisposeScope();
        var certain = tensor(new[] { 0.0 }, ScalarType.Float64);
        var other = tensor(new[] { -1.0 }, ScalarType.Float64);

        var asChosen = () => OrpoLoss.LogOddsRatio(certain, other);
        var asRejected = () => OrpoLoss.LogOddsRatio(other, certain);

        asChosen.Should().Throw<ReproException>().WithMessage("*not below 0*");
        asRejected.Should().Throw<ReproException>().WithMessage("*not below 0*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    public void A_token_outside_the_vocabulary_is_named(long token)
    {
        using var scope = NewDisposeScope();
        var logits = zeros(1, 2, 3);
        var tokens = tensor(new[,] { { 1, token } });

        var act = () => TokenLogProbs.SamePosition(logits, tokens);

        act.Should().Throw<ReproException>().WithMessage(FormattableString.Invariant($"tokens hold the id {token} at a counted position*"));
    }

    [Fact]
    public void Tokens_that_are_no_long_integers_are_refused_with_their_dtype()
    {
        using var scope = NewDisposeScope();

        var act = () => TokenLogProbs.SamePosition(zeros(1, 2, 3), zeros([1, 2], ScalarType.Int32));

        act.Should().Throw<ReproException>().WithMessage("tokens have dtype Int32; Int64 was expected.");
    }

    [Fact]
    public void A_tensor_without_its_dimension_of_time_is_refused_with_its_shape()
    {
        using var scope = NewDisposeScope();
        var row = zeros(3);
        var mask = ones(3);

        Refused(() => PolicyLoss.Ratio(row, row, mask), "logProbs");
        Refused(() => ValueLoss.Clipped(row, row, row, mask, 0.2), "values");
        Refused(() => ProcessRewardLoss.BinaryCrossEntropy(row, row, mask), "logits");
        Refused(() => KlDivergence.Full(zeros(2, 3), zeros(2, 3), ones(2)), "firstLogits");
        Refused(() => GeneralizedAdvantage.Estimate(zeros(1, 3), zeros(1, 4), ones(1, 3), 1, 1).Advantages, "rewards");
    }

    private static void Refused(Func<Tensor> act, string name) =>
        act.Should().Throw<ReproException>().WithMessage($"{name} *shape*");
}
