using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class TextAgainstCodeTests
{
    private static readonly RevisionPeriod Before = new(null, new DateOnly(2023, 11, 29));

    [Theory]
    [InlineData("5e-5", "5e-5", null, Verdict.Holds)]
    [InlineData("1e-4", "5e-5", "1e-4", Verdict.Qualified)]
    [InlineData("1e-4", "5e-5", null, Verdict.Contradicted)]
    [InlineData("1e-4", "", "1e-4", Verdict.Qualified)]
    [InlineData("1e-4", "", null, Verdict.Contradicted)]
    [InlineData("1e-4", "1e-4", "2e-4", Verdict.Holds)]
    public void A_printed_number_holds_if_released_and_with_a_reservation_if_only_older(
        string printed, string current, string? older, Verdict expected)
    {
        var usage = new UsageLog();
        var setting = new ReleasedSetting("default", "lr", current, older is null ? [] : [(older, Before)]);
        var evidence = TextAgainstCode.AddNumber(new EvidenceBuilder(usage), new Printed("key", printed, usage, "source"), setting)
            .Explain("because");
        VerdictRule.Decide(evidence.Findings).Should().Be(expected);
        evidence.Targets.Should().Equal("key");
        evidence.Recomputed.Should().ContainKey("released");
    }

    [Fact]
    public void The_sentence_names_both_values_and_the_older_ones()
    {
        var printed = new Printed("key", "1e-4", new UsageLog(), "source");
        TextAgainstCode.Describe(printed, new ReleasedSetting("default", "lr", "5e-5", [("1e-4", Before)]))
            .Should().Be("The text prints 1e-4; the released default.lr is 5e-5; older revisions had 1e-4 (before 2023-11-29).");
        TextAgainstCode.Describe(printed, new ReleasedSetting("default", "lr", "", []))
            .Should().Be("The text prints 1e-4; the released default.lr is left blank.");
    }
}
