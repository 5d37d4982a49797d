using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class DefinitionsTests
{
    private readonly UsageLog _usage = new();

    [Theory]
    [InlineData(4.76, 4.80, Verdict.Holds)]
    [InlineData(4.74, 4.761, Verdict.Qualified)]
    [InlineData(4.74, 4.70, Verdict.Contradicted)]
    [InlineData(4.76, 4.76, Verdict.Holds)]
    public void The_stated_definition_comes_first(double stated, double other, Verdict expected)
    {
        var evidence = new EvidenceBuilder(_usage)
            .CompareUnder("x", Printed("4.76"), ("stated", stated), ("other", other)).Explain("because");
        VerdictRule.Decide(evidence.Findings).Should().Be(expected);
        evidence.Recomputed.Should().HaveCount(2);
        evidence.Targets.Should().ContainSingle();
    }

    [Fact]
    public void Without_alternatives_it_is_a_plain_comparison()
    {
        var evidence = new EvidenceBuilder(_usage).CompareUnder("x", Printed("4.76"), ("stated", 5)).Explain("because");
        VerdictRule.Decide(evidence.Findings).Should().Be(Verdict.Contradicted);
    }

    [Theory]
    [InlineData("9.6%", 9.604, true)]
    [InlineData("9.60%", 9.604, true)]
    [InlineData("9.60%", 9.606, false)]
    public void Gives_is_rounding_to_the_printed_place(string printed, double value, bool expected) =>
        Definitions.Gives(value, Printed(printed)).Should().Be(expected);

    private Printed Printed(string text) => new("key", text, _usage, "here");
}
