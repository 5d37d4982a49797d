using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class ShareEvidenceTests
{
    [Fact]
    public void Adds_sample_interval_and_p()
    {
        var evidence = new EvidenceBuilder(new UsageLog()).Share("x", (8, 10)).Require("something", true).Explain("because");
        evidence.SampleSizes["x"].Should().Be(10);

        // Worked: Clopper and Pearson (0.444, 0.975); p = 2 (1 + 10 + 45) / 1024.
        evidence.Intervals.Should().ContainSingle().Which.Lower.Should().BeApproximately(44.390, 1e-3);
        evidence.Intervals[0].Upper.Should().BeApproximately(97.479, 1e-3);
        evidence.PValues["binomial, x"].Should().BeApproximately(2 * 56.0 / 1024, 1e-12);
    }

    [Fact]
    public void Holm_multiplies_the_smallest_p_by_the_number_of_shares()
    {
        (int, int)[] family = [(8, 10), (5, 10), (10, 10)];
        var adjusted = ShareEvidence.Adjusted(family);
        adjusted[2].Should().BeApproximately(3 * 2.0 / 1024, 1e-12);
        adjusted[0].Should().BeApproximately(2 * 2 * 56.0 / 1024, 1e-12);
        adjusted[1].Should().Be(1);
        var evidence = new EvidenceBuilder(new UsageLog()).HolmOver("T", family, 0).Require("something", true).Explain("because");
        evidence.PValues["binomial, Holm over the 3 of T"].Should().Be(adjusted[0]);
    }

    [Fact]
    public void No_share_has_no_adjusted_p() => ShareEvidence.Adjusted([]).Should().BeEmpty();

    [Fact]
    public void A_tied_share_needs_no_number_of_judgements() => ShareEvidence.NeededFor80PercentPower((5, 10)).Should().BeNull();

    [Fact]
    public void A_clear_share_needs_few_judgements() => ShareEvidence.NeededFor80PercentPower((9, 10)).Should().BeInRange(8, 20);

    [Fact]
    public void Describes_a_share_in_words() =>
        ShareEvidence.Describe((66, 100)).Should().Be("66 of 100 (66.0%, 95% interval 55.8 to 75.2; exact p against a fair coin 0.00179)");
}
