using Repro.Experiments.Crs.Facts;
using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class PermutationTestTests
{
    [Fact]
    public void A_perfect_order_of_four_is_as_extreme_as_two_orders_of_24() =>
        PermutationTest.Spearman([1, 2, 3, 4], [10, 20, 30, 40]).Should().BeApproximately(2.0 / 24, 1e-12);

    [Fact]
    public void No_correlation_has_p_1() => PermutationTest.Spearman([1, 2, 3, 4], [2, 4, 1, 3]).Should().Be(1);

    [Fact]
    public void Tied_values_share_ranks() => PermutationTest.Spearman([1, 2, 3], [5, 5, 9]).Should().BeApproximately(4.0 / 6, 1e-12);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public void Too_few_or_too_many_values_are_refused(int count)
    {
        double[] values = [.. Enumerable.Range(0, count).Select(i => (double)i)];
        var test = () => PermutationTest.Spearman(values, values);
        test.Should().Throw<ArgumentException>().WithMessage("expected 2 to 9 values*");
    }
}
