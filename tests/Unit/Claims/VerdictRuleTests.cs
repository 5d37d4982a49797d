using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

public sealed class VerdictRuleTests
{
    [Theory]
    [InlineData(Verdict.Holds, Outcome.Agrees)]
    [InlineData(Verdict.HoldsWithinRounding, Outcome.Agrees, Outcome.AgreesWithinRounding)]
    [InlineData(Verdict.Qualified, Outcome.AgreesWithinRounding, Outcome.Reservation)]
    [InlineData(Verdict.Inconclusive, Outcome.Agrees, Outcome.Reservation, Outcome.Undecided)]
    [InlineData(Verdict.Contradicted, Outcome.Undecided, Outcome.Disagrees, Outcome.Reservation)]
    [InlineData(Verdict.NotRun, Outcome.Disagrees, Outcome.Absent)]
    public void The_weightiest_outcome_decides(Verdict expected, params Outcome[] outcomes) =>
        VerdictRule.Decide([.. outcomes.Select(o => new Finding("x", o, null, null, string.Empty))]).Should().Be(expected);

    [Theory]
    [InlineData(Verdict.Inconclusive, Outcome.Agrees, Outcome.Disagrees)]
    [InlineData(Verdict.Inconclusive, Outcome.Undecided)]
    [InlineData(Verdict.Qualified, Outcome.Agrees, Outcome.Reservation)]
    [InlineData(Verdict.NotRun, Outcome.Disagrees, Outcome.Absent)]
    public void A_finding_is_never_contradicted(Verdict expected, params Outcome[] outcomes) =>
        VerdictRule.Decide(
            [.. outcomes.Select(o => new Finding("x", o, null, null, string.Empty))], ClaimClass.Finding).Should().Be(expected);

    // 55 to 45, 45 to 55 and 50 to 50 of 100; 66 to 34 and back.
    [Theory]
    [InlineData(1, 0.368, Outcome.Undecided)]
    [InlineData(-1, 0.368, Outcome.Undecided)]
    [InlineData(0, 1, Outcome.Undecided)]
    [InlineData(0, 0.001, Outcome.Undecided)]
    [InlineData(1, 0.0018, Outcome.Agrees)]
    [InlineData(-1, 0.0018, Outcome.Disagrees)]
    [InlineData(1, 0.05, Outcome.Undecided)]
    [InlineData(-1, 0.049999, Outcome.Disagrees)]
    [InlineData(1, double.NaN, Outcome.Undecided)]
    public void A_lead_counts_beyond_chance_only(int lead, double p, Outcome expected) => VerdictRule.OfLead(lead, p).Should().Be(expected);

    [Theory]
    [InlineData(0.5, 0.6, Outcome.Undecided)]
    [InlineData(0.4, 0.5, Outcome.Undecided)]
    [InlineData(0.50001, 0.6, Outcome.Agrees)]
    [InlineData(0.4, 0.49999, Outcome.Disagrees)]
    [InlineData(double.NaN, double.NaN, Outcome.Undecided)]
    public void An_interval_that_touches_the_threshold_decides_nothing(double lower, double upper, Outcome above)
    {
        VerdictRule.OfInterval(lower, upper, Side.Above, 0.5).Should().Be(above);
        VerdictRule.OfInterval(lower, upper, Side.Below, 0.5).Should().Be(
            above switch { Outcome.Agrees => Outcome.Disagrees, Outcome.Disagrees => Outcome.Agrees, _ => above });
    }

    [Theory]
    [InlineData(ClaimMode.Descriptive, true, "CRS-T1-a is descriptive, but 'x' lets chance decide*")]
    [InlineData(ClaimMode.Inferential, false, "CRS-T1-a is inferential, but no test or interval decides*")]
    public void The_mode_of_a_claim_is_that_of_its_findings(ClaimMode mode, bool byChance, string message)
    {
        var decide = () => VerdictRule.Decide(
            Claim(mode), [new Finding("x", Outcome.Agrees, null, null, string.Empty, ByChance: byChance)]);
        decide.Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void What_cannot_be_had_needs_no_test() =>
        VerdictRule.Decide(
            Claim(ClaimMode.Inferential), [new Finding("x", Outcome.Absent, null, null, string.Empty)]).Should().Be(Verdict.NotRun);

    // Where something is open or absent, the test that an inferential claim asks for may be what is missing.
    [Theory]
    [InlineData(Verdict.Inconclusive, Outcome.Undecided)]
    [InlineData(Verdict.Inconclusive, Outcome.Agrees, Outcome.Undecided)]
    [InlineData(Verdict.NotRun, Outcome.Agrees, Outcome.Absent)]
    public void What_is_open_needs_no_test(Verdict expected, params Outcome[] outcomes) =>
        VerdictRule.Decide(Claim(ClaimMode.Inferential), [.. outcomes.Select(o => new Finding("x", o, null, null, string.Empty))])
            .Should().Be(expected);

    [Fact]
    public void The_class_of_a_claim_says_whether_it_can_be_contradicted()
    {
        Finding[] findings = [new("x", Outcome.Disagrees, null, null, string.Empty)];
        VerdictRule.Decide(Claim(ClaimMode.Descriptive), findings).Should().Be(Verdict.Contradicted);
        VerdictRule.Decide(Claim(ClaimMode.Descriptive) with { Class = ClaimClass.Finding }, findings).Should().Be(Verdict.Inconclusive);
    }

    [Fact]
    public void Counts_keep_findings_apart()
    {
        ClaimResult Result(ClaimClass of, Verdict? verdict) => new(
            Claim(ClaimMode.Descriptive) with { Class = of }, verdict, null, null, 0);
        var counts = VerdictCounts.Count([
            Result(ClaimClass.Published, Verdict.Contradicted), Result(ClaimClass.Published, Verdict.Holds),
            Result(ClaimClass.Published, Verdict.Holds), Result(ClaimClass.Finding, Verdict.Holds), Result(ClaimClass.Published, null)]);
        VerdictCounts.Describe(counts.Published).Should().Be("2 Holds, 1 Contradicted");
        VerdictCounts.Describe(counts.Findings).Should().Be("1 Holds");
    }

    private static Claim Claim(ClaimMode mode) =>
        new(
            "CRS-T1-a", Paper.Crs, "Table 1", ClaimKind.Arithmetic, ClaimClass.Published, mode, "s", null, new Dictionary<string,
            string>(), null, null, null, null, null, "here");

    [Fact]
    public void A_reservation_alone_checks_nothing()
    {
        var decide = () => VerdictRule.Decide([new Finding("x", Outcome.Reservation, null, null, string.Empty)]);
        decide.Should().Throw<ArgumentException>();
    }
}
