using Repro.Core.Adaptive;
using Repro.Experiments.Adr.Specs;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

public sealed class EvidenceBuilderTests
{
    private readonly UsageLog _usage = new();

    [Theory]
    [InlineData("4.90", 4.9, 0, Outcome.Agrees)]
    [InlineData("4.90", 4.9049, 0, Outcome.Agrees)]
    [InlineData("4.90", 4.905, 0, Outcome.Agrees)]
    [InlineData("0.13", 0.125, 0, Outcome.Agrees)]
    [InlineData("0.12", 0.125, 0, Outcome.Agrees)]
    [InlineData("4.90", 4.9099, 0, Outcome.AgreesWithinRounding)]
    [InlineData("4.90", 4.91, 0, Outcome.Disagrees)]
    [InlineData("4.90", 4.8901, 0, Outcome.AgreesWithinRounding)]
    [InlineData("4.90", 4.92, 0.02, Outcome.AgreesWithinRounding)]
    [InlineData("4.90", 4.924, 0.02, Outcome.AgreesWithinRounding)]
    [InlineData("4.90", 4.925, 0.02, Outcome.AgreesWithinRounding)]
    [InlineData("4.90", 4.926, 0.02, Outcome.Disagrees)]
    [InlineData("4.90", 4.93, 0.02, Outcome.Disagrees)]
    [InlineData("66", 66.4, 0, Outcome.Agrees)]
    [InlineData("66", 67, 0, Outcome.Disagrees)]
    [InlineData("60000000", 60000000.55, 0, Outcome.AgreesWithinRounding)]
    [InlineData("1000000000", 1000000000.5, 0, Outcome.Agrees)]
    [InlineData("1000000000", 1000000001, 0, Outcome.Disagrees)]
    [InlineData("1e-12", 5e-10, 0, Outcome.Disagrees)]
    [InlineData("400000000.5", 400000000.55, 0, Outcome.Agrees)]
    public void Compares_at_the_printed_precision(string printed, double recomputed, double slack, Outcome expected)
    {
        var evidence = new EvidenceBuilder(_usage).Compare("x", Printed(printed), recomputed, slack).Explain("because");
        evidence.Findings.Should().ContainSingle().Which.Outcome.Should().Be(expected);
        evidence.Recomputed["x"].Should().Be(recomputed);
        evidence.Findings[0].Detail.Should().Be(slack > 0 ? Invariant($"rounding of inputs explains up to {slack}") : string.Empty);
    }

    [Theory]
    [InlineData("1e-4", 1e-4, Outcome.Agrees)]
    [InlineData("1e-4", 5e-5, Outcome.Disagrees)]
    [InlineData("66", 66.4, Outcome.Disagrees)]
    [InlineData("0", 0, Outcome.Agrees)]
    [InlineData("60000", 60000.00000001, Outcome.Agrees)]
    public void Settings_agree_only_when_equal(string printed, double released, Outcome expected)
    {
        var evidence = new EvidenceBuilder(_usage).CompareExactly("x", Printed(printed), released).Explain("because");
        evidence.Findings.Should().ContainSingle().Which.Outcome.Should().Be(expected);
        evidence.Targets.Should().ContainSingle();
    }

    [Fact]
    public void A_printed_number_cannot_flow_into_its_own_recomputation()
    {
        var cell = Printed("4.90");
        var builder = new EvidenceBuilder(_usage).Compare("x", cell, cell.AsInput());
        var explain = () => builder.Explain("because");
        explain.Should().Throw<InvalidOperationException>().WithMessage("printed number used in its own recomputation: key");
    }

    [Fact]
    public void Evidence_without_a_finding_is_refused()
    {
        var explain = () => new EvidenceBuilder(_usage).Value("x", 1.0).Explain("because");
        explain.Should().Throw<InvalidOperationException>().WithMessage("a spec must check something*");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Not_finite_numbers_are_refused(double value)
    {
        var add = () => new EvidenceBuilder(_usage).Value("x", value);
        add.Should().Throw<ArgumentException>().WithMessage("recomputed 'x' is *finite numbers only*");
    }

    [Theory]
    [InlineData(true, Outcome.Agrees)]
    [InlineData(false, Outcome.Disagrees)]
    public void A_condition_is_true_or_false(bool holds, Outcome expected) =>
        new EvidenceBuilder(_usage).Require("x", holds).Explain("because").Findings.Single()
            .Should().BeEquivalentTo(new { Outcome = expected, ByChance = false });

    [Theory]
    [InlineData(1e-9, Outcome.Agrees)]
    [InlineData(1.1e-9, Outcome.Disagrees)]
    [InlineData(double.NaN, Outcome.Disagrees)]
    public void A_difference_may_be_as_large_as_its_tolerance(double largest, Outcome expected) =>
        new EvidenceBuilder(_usage).RequireWithin("x", largest, 1e-9).Explain("because").Findings.Single()
            .Should().BeEquivalentTo(new { Outcome = expected, Tolerance = 1e-9 });

    [Fact]
    public void Remarks_are_what_they_are_called()
    {
        var evidence = new EvidenceBuilder(_usage).Undecided("a", "r").Reserve("b", "r").Absent("c", "r").Explain("because");
        evidence.Findings.Select(f => f.Outcome).Should().Equal(Outcome.Undecided, Outcome.Reservation, Outcome.Absent);
    }

    [Fact]
    public void A_value_is_given_once()
    {
        var add = () => new EvidenceBuilder(_usage).Value("x", 1.0).Value("x", 2.0);
        add.Should().Throw<ArgumentException>().WithMessage("recomputed 'x' was given twice*");
    }

    [Theory]
    [InlineData(0.52, 0.6, Side.Above, Outcome.Agrees)]
    [InlineData(0.48, 0.6, Side.Above, Outcome.Undecided)]
    [InlineData(0.40, 0.45, Side.Above, Outcome.Disagrees)]
    [InlineData(0.40, 0.45, Side.Below, Outcome.Agrees)]
    public void Intervals_decide_by_the_side_they_lie_on(double lower, double upper, Side side, Outcome expected)
    {
        var evidence = new EvidenceBuilder(_usage).RequireInterval("x", lower, upper, side, 0.5, "made up").Explain("because");
        evidence.Findings.Single().Should().BeEquivalentTo(new { Outcome = expected, ByChance = true });
        evidence.Findings.Single().Detail.Should().StartWith(side == Side.Above ? "claimed above 0.5; 95 %" : "claimed below 0.5; 95 %");
        evidence.Intervals.Should().ContainSingle();
    }

    [Fact]
    public void A_rule_of_the_claims_own_leaves_a_finding_that_chance_could_turn()
    {
        var evidence = new EvidenceBuilder(_usage).Judged("x", Outcome.Undecided, "two of three").Explain("because");
        evidence.Findings.Should().Equal(new Finding("x", Outcome.Undecided, null, null, "two of three", ByChance: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public void Evidence_without_an_explanation_is_refused(string text)
    {
        var explain = () => new EvidenceBuilder(_usage).Require("x", true).Explain(text);
        explain.Should().Throw<ArgumentException>().WithParameterName("explanation");
    }

    [Theory]
    [InlineData(0.049, 0.05, Outcome.Agrees)]
    [InlineData(0.05, 0.05, Outcome.Undecided)]
    [InlineData(0.02, 0.01, Outcome.Undecided)]
    public void Tests_decide_or_leave_open(double p, double alpha, Outcome expected) =>
        new EvidenceBuilder(_usage).RequireSignificant("x", p, alpha).Explain("because").Findings.Single()
            .Should().BeEquivalentTo(new { Outcome = expected, ByChance = true });

    [Theory]
    [InlineData(66, 34, 0.002, Outcome.Agrees)]
    [InlineData(34, 66, 0.002, Outcome.Disagrees)]
    [InlineData(55, 45, 0.37, Outcome.Undecided)]
    [InlineData(45, 55, 0.37, Outcome.Undecided)]
    [InlineData(50, 50, 1, Outcome.Undecided)]
    public void A_lead_is_judged_alike_on_both_sides(double claimed, double other, double p, Outcome expected)
    {
        var evidence = new EvidenceBuilder(_usage).RequireLead("x", claimed, other, p).Explain("because");
        evidence.Findings.Single().Should().BeEquivalentTo(new { Outcome = expected, ByChance = true });
        evidence.PValues.Should().Contain("x", p);
    }

    // Holm: .03 is the second smallest of three, so it counts twice.
    [Fact]
    public void A_family_is_corrected_together_and_both_p_values_are_recorded()
    {
        var family = new TestFamily("Table 1", [0.2, 0.03, 0.01]);
        var evidence = new EvidenceBuilder(_usage, "Table 1").RequireLead("x", 2, 1, family, 1).RequireLead("y", 2, 1, family, 2)
            .Explain("because");
        evidence.Findings.Select(f => f.Outcome).Should().Equal(Outcome.Undecided, Outcome.Agrees);
        evidence.PValues.Should().Contain("x", 0.03).And.Contain("x, Holm over the 3 of Table 1", 0.06);
    }

    [Theory]
    [InlineData("Table 1", null, "the claim names the family 'Table 1', the test belongs to none")]
    [InlineData(null, "Table 1", "the claim names no family of tests, the test belongs to 'Table 1'")]
    [InlineData("Table 2", "Table 1", "the claim names the family 'Table 2', the test belongs to 'Table 1'")]
    public void The_family_of_a_test_is_the_one_that_the_claim_names(string? claimed, string? used, string message)
    {
        var builder = new EvidenceBuilder(_usage, claimed);
        var add = () => used is null ? builder.RequireLead("x", 2, 1, 0.5) : builder.RequireLead("x", 2, 1, new TestFamily(used, [0.5]), 0);
        add.Should().Throw<InvalidOperationException>().WithMessage(message);
    }

    private Printed Printed(string text) => new("key", text, _usage, "here");
}
