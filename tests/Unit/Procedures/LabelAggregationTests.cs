using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class LabelAggregationTests
{
    private static readonly PrintedWeights Weights = new(
        new Dictionary<string, double>(StringComparer.Ordinal) { ["good"] = 0.75, ["bad"] = -0.25 });

    [Fact]
    public void Scores_are_weighted_sums()
    {
        Weights.Score(l => l == "good" ? 1 : 0).Should().Be(0.75);
        Weights.Score(_ => 1).Should().Be(0.5);
        Weights.Score(_ => 0).Should().Be(0);
    }

    [Fact]
    public void The_highest_score_leaves_negative_labels_at_zero()
    {
        Weights.Highest.Should().Be(0.75);
        Weights.AbsoluteSum.Should().Be(1);
    }

    [Fact]
    public void Without_labels_everything_is_zero()
    {
        var none = new PrintedWeights(new Dictionary<string, double>());
        none.Score(_ => 1).Should().Be(0);
        none.Highest.Should().Be(0);
        none.AbsoluteSum.Should().Be(0);
    }
}
