using FsCheck.Xunit;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;
using Repro.Tests.Properties.Evaluation.Statistics;

namespace Repro.Tests.Properties.Claims;

/// <summary>Chance counts alike on both sides of a comparison.</summary>
[Properties(Arbitrary = new[] { typeof(StatisticsInputs) })]
public class VerdictRuleProperties
{
    [Property]
    public bool Exchanging_the_sides_mirrors_the_verdict(Counts pair) =>
        Majority(pair.N - pair.K, pair.N) == Mirror(Majority(pair.K, pair.N));

    [Property]
    public bool Exchanging_the_sides_of_an_interval_mirrors_the_verdict(Counts pair)
    {
        var (interval, other) = (BinomialInterval.ClopperPearson(pair.K, pair.N), BinomialInterval.ClopperPearson(pair.N - pair.K, pair.N));
        return OfInterval(other) == Mirror(OfInterval(interval))
            && VerdictRule.OfInterval(interval.Lower, interval.Upper, Side.Below, 0.5) ==
                Mirror(VerdictRule.OfInterval(interval.Lower, interval.Upper, Side.Above, 0.5));
    }

    [Property]
    public bool A_tie_decides_nothing_whatever_the_p_value(Counts pair, Probability p) =>
        VerdictRule.OfLead(0, p.Value) == Outcome.Undecided && Majority(pair.N, 2 * pair.N) == Outcome.Undecided;

    [Property]
    public bool A_tie_never_contradicts(Counts pair)
    {
        var evidence = new EvidenceBuilder(new UsageLog()).RequireMajority("x", (pair.N, 2 * pair.N)).Explain("because");
        return VerdictRule.Decide(evidence.Findings) == Verdict.Inconclusive;
    }

    // The same share of twice, three and ten times as many judgements.
    [Property]
    public bool More_judgements_of_the_same_share_never_turn_a_clear_verdict_back(Counts pair)
    {
        var before = Majority(pair.K, pair.N);
        return before == Outcome.Undecided || new[] { 2, 3, 10 }.All(times => Majority(times * pair.K, times * pair.N) == before);
    }

    [Property]
    public bool The_exact_interval_and_the_exact_test_agree(Counts pair) =>
        OfInterval(BinomialInterval.ClopperPearson(pair.K, pair.N)) == Majority(pair.K, pair.N);

    [Property]
    public bool The_mid_p_interval_and_the_mid_p_test_agree(Counts pair) =>
        OfInterval(BinomialInterval.MidP(pair.K, pair.N)) == VerdictRule.OfLead(
            (2 * pair.K).CompareTo(pair.N), BinomialTest.MidP(pair.K, pair.N));

    [Property]
    public bool Correction_over_a_family_never_makes_a_lead_clearer(PValues family)
    {
        var tests = new TestFamily("x", family.Values);
        return tests.Adjusted.Zip(tests.PValues).All(p => p.First >= p.Second)
            && tests.Adjusted.Zip(tests.PValues).All(p => Lead(p.First) == Outcome.Undecided || Lead(p.Second) == Outcome.Agrees);
    }

    [Property]
    public bool A_finding_is_never_contradicted_and_else_judged_alike(Counts pair)
    {
        // The digits of the count in base six choose the outcomes.
        var findings = new List<Finding> { new("x", (Outcome)(pair.K % 6), null, null, string.Empty),
            new("y", (Outcome)(pair.N % 6), null, null, string.Empty), new("z", Outcome.Agrees, null, null, string.Empty) };
        var (published, found) = (VerdictRule.Decide(findings), VerdictRule.Decide(findings, ClaimClass.Finding));
        return found == (published == Verdict.Contradicted ? Verdict.Inconclusive : published);
    }

    // Of a claim in the mode of its test, by lead and by interval: what holds one way round is contradicted the other way round.
    [Property]
    public bool Exchanging_the_sides_exchanges_holding_and_contradiction(Counts pair)
    {
        Verdict ByTest(int wins) => VerdictRule.Decide(Inferential, [Plain(Majority(wins, pair.N)) with { ByChance = true }]);
        Verdict ByInterval(int wins) => VerdictRule.Decide(
            Inferential, [Plain(OfInterval(BinomialInterval.ClopperPearson(wins, pair.N))) with { ByChance = true }]);
        return ByTest(pair.N - pair.K) == Exchanged(ByTest(pair.K)) && ByInterval(pair.N - pair.K) == Exchanged(ByInterval(pair.K));
    }

    // Weightier outcomes win, so a finding that is added can only take away from a claim; what disagrees contradicts, or is absent.
    [Property]
    public bool A_finding_more_never_makes_a_verdict_better(Counts pair, bool published)
    {
        var of = published ? ClaimClass.Published : ClaimClass.Finding;
        var findings = new List<Finding> { Plain(Outcome.Agrees), Plain((Outcome)(pair.K % 6)) };
        var before = VerdictRule.Decide(findings, of);
        var after = VerdictRule.Decide([.. findings, Plain((Outcome)(pair.N % 6))], of);
        Verdict[] worse = [Verdict.Holds, Verdict.HoldsWithinRounding, Verdict.Qualified, Verdict.Inconclusive, Verdict.Contradicted,
            Verdict.NotRun];
        return Array.IndexOf(worse, after) >= Array.IndexOf(worse, before);
    }

    // A mode says whether chance may decide, and a claim of the other mode is refused.
    [Property]
    public bool Chance_decides_inferential_claims_alone(Counts pair)
    {
        var byChance = Plain(Majority(pair.K, pair.N)) with { ByChance = true };
        var descriptive = () => VerdictRule.Decide(Inferential with { Mode = ClaimMode.Descriptive }, [byChance]);
        descriptive.Should().Throw<ArgumentException>();
        var inferential = () => VerdictRule.Decide(Inferential, [Plain(Outcome.Agrees)]);
        inferential.Should().Throw<ArgumentException>();
        return VerdictRule.Decide(Inferential with { Mode = ClaimMode.Descriptive }, [Plain(Outcome.Agrees)]) == Verdict.Holds;
    }

    // Pairs at which a score interval and the exact test contradict each other.
    [Xunit.Theory]
    [Xunit.InlineData(32, 50)]
    [Xunit.InlineData(60, 100)]
    [Xunit.InlineData(9, 11)]
    [Xunit.InlineData(128, 226)]
    public void Interval_and_test_agree_where_Wilson_and_the_exact_test_do_not(int k, int n)
    {
        BinomialInterval.Wilson(k, n).Contains(0.5).Should().BeFalse();
        Majority(k, n).Should().Be(Outcome.Undecided);
        OfInterval(BinomialInterval.ClopperPearson(k, n)).Should().Be(Outcome.Undecided);
        OfInterval(BinomialInterval.MidP(k, n)).Should().Be(VerdictRule.OfLead(1, BinomialTest.MidP(k, n)));
    }

    private static readonly Claim Inferential = new(
        "CRS-T1-a", Paper.Crs, "Table 1", ClaimKind.Arithmetic, ClaimClass.Published, ClaimMode.Inferential, "s", null,
        new Dictionary<string, string>(), null, null, null, null, null, "here");

    private static Verdict Exchanged(Verdict verdict) => verdict switch
    {
        Verdict.Holds => Verdict.Contradicted,
        Verdict.Contradicted => Verdict.Holds,
        _ => verdict,
    };

    private static Finding Plain(Outcome outcome) => new("x", outcome, null, null, string.Empty);

    private static Outcome Majority(int wins, int total) =>
        new EvidenceBuilder(new UsageLog()).RequireMajority("x", (wins, total)).Explain("because").Findings[0].Outcome;

    private static Outcome OfInterval(Interval interval) => VerdictRule.OfInterval(interval.Lower, interval.Upper, Side.Above, 0.5);

    private static Outcome Lead(double p) => VerdictRule.OfLead(1, p);

    private static Outcome Mirror(Outcome outcome) => outcome switch
    {
        Outcome.Agrees => Outcome.Disagrees,
        Outcome.Disagrees => Outcome.Agrees,
        _ => outcome,
    };
}
