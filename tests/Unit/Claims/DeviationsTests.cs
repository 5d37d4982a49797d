using Repro.Experiments.Adr.Identities;

namespace Repro.Tests.Unit.Claims;

/// <summary>What collects the differences of identities must see each kind of failure.</summary>
public sealed class DeviationsTests
{
    [Fact]
    public void The_largest_difference_counts_relative_to_values_above_one()
    {
        var found = new Deviations();
        found.Note("a", 1000 + 1e-6, 1000);
        found.Note("a", 0.5, 0.5);
        found.Note("b", 0.25, 0.26);
        found.Worst.Should().BeApproximately(0.01, 1e-15);
        found.Failures(1e-3).Should().Be("b: 0.01");
        found.Summary(0.1).Should().StartWith("All 2 relations (a; b) agree to 0.1");
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.NaN)]
    [InlineData(double.PositiveInfinity, 1)]
    public void Not_a_number_is_infinitely_far(double value, double expected)
    {
        var found = new Deviations();
        found.Note("a", value, expected);
        found.Worst.Should().Be(double.PositiveInfinity);
    }

    [Fact]
    public void A_missing_value_is_infinitely_far()
    {
        var found = new Deviations();
        found.Note("a", [1.0], [1.0, 2.0]);
        found.Worst.Should().Be(double.PositiveInfinity);
    }

    [Fact]
    public void One_exception_from_an_exact_relation_fails()
    {
        var found = new Deviations();
        found.Exactly("a", true);
        found.Worst.Should().Be(0);
        found.Exactly("a", false);
        found.Worst.Should().Be(double.PositiveInfinity);
        found.Exceptions.Should().Be(1);
        found.Failures(1).Should().Be("a: 1 of 2");
        found.Summary(1).Should().StartWith("1 of 1 relations fail");
    }
}
