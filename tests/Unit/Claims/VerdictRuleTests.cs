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

    [Fact]
    public void A_reservation_alone_checks_nothing()
    {
        var decide = () => VerdictRule.Decide([new Finding("x", Outcome.Reservation, null, null, string.Empty)]);
        decide.Should().Throw<ArgumentException>();
    }
}
