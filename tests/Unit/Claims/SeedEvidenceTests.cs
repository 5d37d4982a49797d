using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

public sealed class SeedEvidenceTests
{
    private static readonly double[] Larger = [1.1, 1.2, 0.9, 1.3, 1.0, 1.2, 1.1, 0.8];
    private static readonly double[] Chance = [0.1, -0.1, 0.1, -0.1, 0.1, -0.1, 0.1, -0.1];
    private static readonly double[] Open = [3, -2, 1, -3, 2, -1, 3, -2];
    private static readonly double[] Zero = new double[8];

    [Theory]
    [InlineData(PairedOutcome.FirstLarger, PairedOutcome.FirstLarger, Outcome.Agrees)]
    [InlineData(PairedOutcome.SecondLarger, PairedOutcome.FirstLarger, Outcome.Disagrees)]
    [InlineData(PairedOutcome.NoLargerDifference, PairedOutcome.FirstLarger, Outcome.Disagrees)]
    [InlineData(PairedOutcome.Undecided, PairedOutcome.FirstLarger, Outcome.Undecided)]
    [InlineData(PairedOutcome.NoLargerDifference, PairedOutcome.NoLargerDifference, Outcome.Agrees)]
    [InlineData(PairedOutcome.SecondLarger, PairedOutcome.NoLargerDifference, Outcome.Disagrees)]
    public void What_the_seeds_say_about_a_claim(PairedOutcome found, PairedOutcome claimed, Outcome expected) =>
        VerdictRule.OfPaired(found, claimed).Should().Be(expected);

    [Fact]
    public void A_claim_must_say_something()
    {
        var nothing = () => VerdictRule.OfPaired(PairedOutcome.FirstLarger, PairedOutcome.Undecided);
        nothing.Should().Throw<ArgumentException>();
    }

    [Theory]
    [InlineData("CRS-T16-abs_vs_pref", Verdict.Qualified)]
    [InlineData("CRS-T16-abs_vs_sft", Verdict.Holds)]
    public void A_rule_that_was_changed_after_its_result_had_been_seen_is_a_reservation(string id, Verdict expected)
    {
        var claim = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims")).Get(id);
        var path = Directory.EnumerateFiles(Path.Combine(RepositoryRoot.Find(), "fixtures", "designs"), "E4.yaml").Single();
        var read = ExperimentDesign.Read(path);
        var before = read.Current.Version - 1;
        var changed = read.Current with
        {
            VerdictsBefore = new Dictionary<string, Verdict>(StringComparer.Ordinal) { ["CRS-T16-abs_vs_pref"] = Verdict.Contradicted },
        };
        var evidence = Builder().RestOn(read with { History = [.. read.History.SkipLast(1), changed] }, claim, "design")
            .RequirePaired(new SeedComparison("a over b", Larger, Zero, 0.5, PairedOutcome.FirstLarger)).Explain("x");
        VerdictRule.Decide(evidence.Findings).Should().Be(expected);
        evidence.Recomputed["design"].Should().Be(read.Stamp);
        evidence.Findings.Where(finding => finding.Outcome == Outcome.Reservation).Select(finding => finding.Detail).Should().Equal(
            expected == Verdict.Holds ? []
                : [Invariant($"written after the result had been seen; by version {before} it was Contradicted")]);
    }

    [Fact]
    public void Every_seed_estimate_interval_p_and_family_stand_in_the_evidence()
    {
        var evidence = Builder().RequirePaired(
            new SeedComparison("a over b", Larger, Zero, 0.5, PairedOutcome.FirstLarger),
            new SeedComparison("c over d", Chance, Zero, 0.2, PairedOutcome.FirstLarger)).Explain("x");
        evidence.Recomputed["a over b: first arm by seed"].Should().Be("1.1 1.2 0.9 1.3 1 1.2 1.1 0.8");
        evidence.Recomputed["a over b: second arm by seed"].Should().Be("0 each");
        evidence.SampleSizes["seeds"].Should().Be(8);
        evidence.PValues.Should().Contain("a over b: sign-flip", 2.0 / 256).And.Contain("a over b: sign-flip, Holm over 2", 4.0 / 256);
        evidence.Intervals.Select(interval => interval.Method).Distinct().Should().HaveCount(2);
        evidence.Intervals.Should().OnlyContain(interval => Math.Abs(interval.Level - 0.95) < 1e-12);
        evidence.Comparisons.Select(comparison => (comparison.Name, comparison.Role)).Should().Equal(
            ("a over b", SeedRole.Deciding), ("c over d", SeedRole.Deciding));
        evidence.Findings.Select(finding => finding.Outcome).Should().Equal(Outcome.Agrees, Outcome.Disagrees);
        evidence.Findings.Should().OnlyContain(finding => finding.ByChance);
        evidence.Findings[0].Detail.Should().Be(
            "claimed: first larger; +1.075 [0.9355, 1.2145], sign-flip p = 0.00781 (0.0156 by Holm over 2), 8 seeds");
        evidence.Findings[1].Detail.Should().EndWith("; no difference larger than 0.2");
    }

    [Fact]
    public void A_planted_truth_that_is_not_found_leaves_the_claim_undecided()
    {
        var found = Builder().Planted(new SeedComparison("true", Larger, Zero, 0.5, PairedOutcome.FirstLarger))
            .Planted(new SeedComparison("null", Zero, Zero, 0.5, PairedOutcome.Undecided))
            .Planted(new SeedComparison("small", Chance, Zero, 0.5, PairedOutcome.Undecided)).Require("x", true).Explain("x");
        found.Findings.Should().ContainSingle();
        var lost = Builder().Planted(new SeedComparison("true", Chance, Zero, 0.5, PairedOutcome.FirstLarger)).Explain("x");
        lost.Findings.Single().Outcome.Should().Be(Outcome.Undecided);
        ((string)found.Recomputed["planted: true"]).Should().StartWith("found: first larger, +1.075");
        ((string)lost.Recomputed["planted: true"]).Should().StartWith("not found: no difference that matters, ");
        found.Comparisons.Select(comparison => (comparison.Name, comparison.Role, comparison.AsClaimed)).Should().Equal(
            ("true", SeedRole.Planted, true), ("null", SeedRole.Planted, true), ("small", SeedRole.Planted, true));
        lost.Comparisons.Should().ContainSingle().Which.AsClaimed.Should().BeFalse();
    }

    [Fact]
    public void A_point_of_a_sweep_is_shown_and_decides_nothing()
    {
        var evidence = Builder().Swept(new SeedComparison("at 1", Larger, Zero, 0.5, PairedOutcome.SecondLarger)).Require("x", true)
            .Explain("x");
        evidence.Comparisons.Should().ContainSingle().Which.Role.Should().Be(SeedRole.Swept);
        ((string)evidence.Recomputed["at 1"]).Should().StartWith("first larger: +1.075");
        VerdictRule.Decide(evidence.Findings).Should().Be(Verdict.Holds);
    }

    // Larger is above zero, Chance within the margin of it: the claim holds in the first case and not in the second.
    [Theory]
    [InlineData(PairedOutcome.FirstLarger, PairedOutcome.FirstLarger, Outcome.Agrees, Outcome.Reservation)]
    [InlineData(PairedOutcome.FirstLarger, PairedOutcome.NoLargerDifference, Outcome.Agrees, Outcome.Agrees)]
    [InlineData(PairedOutcome.SecondLarger, PairedOutcome.FirstLarger, Outcome.Disagrees, Outcome.Disagrees)]
    public void A_claim_that_holds_somewhere_is_reserved_elsewhere(
        PairedOutcome ofFirst, PairedOutcome ofSecond, params Outcome[] expected)
    {
        var evidence = Builder().RequireSomewhere(
            new SeedComparison("a", Larger, Zero, 0.2, ofFirst), new SeedComparison("b", Chance, Zero, 0.2, ofSecond)).Explain("x");
        evidence.Findings.Select(finding => finding.Outcome).Should().Equal(expected);
        evidence.Comparisons.Should().OnlyContain(comparison => comparison.Role == SeedRole.Deciding).And.HaveCount(2);
        evidence.Recomputed.Should().ContainKeys("a: first arm by seed", "b: first arm by seed");
    }

    // Open is undecided: the claim may hold there. What the other case shows then says where it does not hold, and refutes nothing.
    [Theory]
    [InlineData(PairedOutcome.FirstLarger, PairedOutcome.SecondLarger, Verdict.Inconclusive)]
    [InlineData(PairedOutcome.SecondLarger, PairedOutcome.FirstLarger, Verdict.Inconclusive)]
    [InlineData(PairedOutcome.FirstLarger, PairedOutcome.FirstLarger, Verdict.Inconclusive)]
    public void A_claim_that_may_hold_somewhere_is_not_refuted(PairedOutcome ofOpen, PairedOutcome ofOther, Verdict expected)
    {
        var evidence = Builder().RequireSomewhere(
            new SeedComparison("open", Open, Zero, 0.2, ofOpen), new SeedComparison("other", Chance, Zero, 0.2, ofOther)).Explain("x");
        evidence.Findings.Select(finding => finding.Outcome).Should().Equal(Outcome.Undecided, Outcome.Reservation);
        evidence.Findings[1].Detail.Should().StartWith("not here: no difference that matters, ");
        VerdictRule.Decide(evidence.Findings).Should().Be(expected);
    }

    [Fact]
    public void A_claim_that_can_hold_nowhere_is_refuted()
    {
        var evidence = Builder().RequireSomewhere(
            new SeedComparison("a", Chance, Zero, 0.2, PairedOutcome.FirstLarger),
            new SeedComparison("b", Zero, Larger, 0.2, PairedOutcome.FirstLarger)).Explain("x");
        VerdictRule.Decide(evidence.Findings).Should().Be(Verdict.Contradicted);
    }

    // In a swept world the claim holds up to some value: the last one at which it does decides, the others are shown.
    [Theory]
    [InlineData(2, "noise 1, 2; not at 3", "at 2", Outcome.Reservation, Outcome.Agrees)]
    [InlineData(3, "noise 1, 2, 3", "at 1", Outcome.Agrees)]
    [InlineData(0, "noise none; not at 1, 2, 3", "at 1", Outcome.Disagrees)]
    public void A_sweep_says_where_a_claim_holds(int upTo, string where, string deciding, params Outcome[] expected)
    {
        var evidence = Builder().RequirePairedWhere(
            "noise", 1, [1, 2, 3],
            noise => [new SeedComparison(Invariant($"at {noise}"), noise <= upTo ? Larger : Chance, Zero, 0.2, PairedOutcome.FirstLarger)],
            out var found).Explain("x");
        found.Should().Be(where);
        evidence.Recomputed["holds at"].Should().Be(where);
        evidence.Findings.Select(finding => finding.Outcome).Should().Equal(expected);
        evidence.Findings[^1].Name.Should().Be(deciding);
        evidence.Findings.Where(finding => finding.Outcome == Outcome.Reservation).Select(finding => finding.Detail)
            .Should().Equal(upTo == 2 ? ["at 3 at 3 0"] : []);
        evidence.Comparisons.Where(comparison => comparison.Role == SeedRole.Swept).Select(comparison => comparison.Name)
            .Should().Equal(new[] { "at 1", "at 2", "at 3" }.Except([deciding]));
    }

    // At each value all comparisons must be as claimed.
    [Fact]
    public void A_value_at_which_one_comparison_fails_is_none_at_which_a_claim_holds()
    {
        Builder().RequirePairedWhere(
            "noise", 1, [1, 2],
            _ => [new SeedComparison("a", Larger, Zero, 0.2, PairedOutcome.FirstLarger),
                new SeedComparison("b", Chance, Zero, 0.2, PairedOutcome.FirstLarger)],
            out var where);
        where.Should().Be("noise none; not at 1, 2");
    }

    [Fact]
    public void Seeds_with_the_claimed_sign_are_counted_without_ties()
    {
        SeedEvidence.WithClaimedSign(new SeedComparison("a", Chance, Zero, 0.2, PairedOutcome.FirstLarger)).Should().Be("4 of 8");
        SeedEvidence.WithClaimedSign(new SeedComparison("a", Larger, Zero, 0.2, PairedOutcome.FirstLarger)).Should().Be("8 of 8");
        SeedEvidence.WithClaimedSign(new SeedComparison("a", Zero, Larger, 0.2, PairedOutcome.SecondLarger)).Should().Be("8 of 8");
        SeedEvidence.WithClaimedSign(new SeedComparison("a", Larger, Larger, 0.2, PairedOutcome.FirstLarger)).Should().Be("0 of 8");
    }

    [Fact]
    public void A_comparison_that_stands_alone_has_no_corrected_p()
    {
        var evidence = Builder().RequirePaired(new SeedComparison("a", Larger, Zero, 0.5, PairedOutcome.FirstLarger)).Explain("x");
        evidence.PValues.Keys.Should().Equal("a: sign-flip");
        evidence.Findings.Single().Detail.Should().Be("claimed: first larger; +1.075 [0.9355, 1.2145], sign-flip p = 0.00781, 8 seeds");
        SeedEvidence.Describe(PairedDecision.Decide(Larger, Larger, 0.5)).Should().Be("the arms are equal in all 8 seeds");
    }

    [Fact]
    public void The_seeds_of_a_design_stand_in_the_evidence()
    {
        var inputs = ExperimentInputs.Load(RepositoryRoot.Find(), "fixtures");
        var context = new SpecContext(inputs.Catalog.Get("CRS-S6.2-preference-overfits"), inputs, CancellationToken.None);
        var evidence = context.Designed("E1", out var seeds).Require("x", true).Explain("x");
        evidence.Seeds.Should().Equal(Enumerable.Range(1, seeds).Select(seed => (ulong)seed));
    }

    private static EvidenceBuilder Builder() => new(new UsageLog());
}
