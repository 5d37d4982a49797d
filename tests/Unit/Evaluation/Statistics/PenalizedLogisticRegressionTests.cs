using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Statistics;

/// <summary>The penalised regression by itself.</summary>
public sealed class PenalizedLogisticRegressionTests
{
    /// <summary>
    /// One feature that is 1 in four rows of weight 1, of which three are won: c (4 sigmoid(b) - 3) = -1 with c = 2 gives
    /// sigmoid(b) = 2.5 / 4, so that b = log(2.5 / 1.5) = 0.5108.
    /// </summary>
    [Fact]
    public void A_single_coefficient_is_that_of_the_equation()
    {
        var fit = PenalizedLogisticRegression.Fit([1, 1, 1, 1], 1, [1, 1, 1, 0], [1, 1, 1, 1], 2);
        fit.Coefficients[0].Should().BeApproximately(Math.Log(2.5 / 1.5), 1e-12);
        fit.Objective.Should().BeApproximately(
            fit.Coefficients[0] - (2 * ((3 * Math.Log(0.625)) + Math.Log(0.375))), 1e-12);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(10)]
    [InlineData(10000)]
    public void The_gradient_balances_the_penalty(double c)
    {
        var random = new Random(3);
        var features = Enumerable.Range(0, 200 * 4).Select(_ => random.NextDouble() - 0.5).ToArray();
        var shares = Enumerable.Range(0, 200).Select(i => Math.Clamp(random.NextDouble() + features[4 * i], 0, 1)).ToArray();
        var weights = Enumerable.Range(0, 200).Select(_ => random.NextDouble()).ToArray();
        var fit = PenalizedLogisticRegression.Fit(features, 4, shares, weights, c);
        foreach (var (b, gradient) in fit.Coefficients.Zip(fit.Gradient))
        {
            if (b == 0)
            {
                Math.Abs(gradient).Should().BeLessThanOrEqualTo(1);
            }
            else
            {
                gradient.Should().BeApproximately(-Math.Sign(b), 1e-9 * Math.Max(1, c));
            }
        }

        var far = PenalizedLogisticRegression.Fit(features, 4, shares, weights, c, [3, -3, 3, -3]);
        far.Coefficients.Zip(fit.Coefficients).Should().OnlyContain(pair => Math.Abs(pair.First - pair.Second) < 1e-9);
        (c > 0.1 || fit.Coefficients.All(b => b == 0)).Should().BeTrue("a strong penalty leaves nothing");
    }

    [Fact]
    public void Numbers_outside_are_refused()
    {
        FluentActions.Invoking(() => PenalizedLogisticRegression.Fit([1, 1], 1, [0, 1], [1, 1], 0)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PenalizedLogisticRegression.Fit([1, 1], 1, [0, 2], [1, 1], 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PenalizedLogisticRegression.Fit([1, 1], 1, [0, 1], [1, -1], 1)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => PenalizedLogisticRegression.Fit([1, 1], 1, [0], [1], 1)).Should().Throw<ArgumentException>();
    }
}
