using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;
using Repro.Tests.Properties.Shared;

namespace Repro.Tests.Properties.Evaluation.Statistics;

/// <summary>Values of two arms, one a seed, and the smallest effect of interest.</summary>
public sealed record TwoArms(double[] First, double[] Second, double Margin) : Drawn;

/// <summary>Draws arms from equal to clearly apart, so that every outcome is frequent.</summary>
public static class ArmInputs
{
    public static Arbitrary<TwoArms> Arms() => Draw.Of(
        from n in Gen.Choose(6, 10)
        from shift in Gen.Elements(-1.0, -0.3, 0, 0.3, 1)
        from spread in Gen.Elements(0.0, 0.05, 0.5)
        from first in Gen.ArrayOf(Draw.Real(-1, 1), n)
        from noise in Gen.ArrayOf(Draw.Real(-1, 1), n)
        from margin in Gen.Elements(0, 0.1, 0.4)
        select new TwoArms(first, [.. first.Zip(noise, (value, other) => value - shift - (spread * other))], margin),
        arms => arms.First.Length is >= 6 and <= 10 && arms.First.Length == arms.Second.Length && arms.Margin >= 0
            && arms.First.Concat(arms.Second).All(double.IsFinite));
}

[Properties(Arbitrary = new[] { typeof(ArmInputs) })]
public class PairedDecisionProperties
{
    [Property]
    public bool Exchanging_the_arms_mirrors_the_verdict(TwoArms arms)
    {
        var (found, other) = (Decide(arms), PairedDecision.Decide(arms.Second, arms.First, arms.Margin));
        return Mirrored(found.Outcome) == other.Outcome && found.SignFlipP == other.SignFlipP
            && (found.Outcome == PairedOutcome.Undecided
                || VerdictRule.OfPaired(found.Outcome, PairedOutcome.FirstLarger)
                    == VerdictRule.OfPaired(other.Outcome, PairedOutcome.SecondLarger));
    }

    [Property]
    public bool Equal_arms_never_decide(TwoArms arms) =>
        PairedDecision.Decide(arms.First, arms.First, arms.Margin) is { Outcome: PairedOutcome.Undecided, SignFlipP: 1 };

    // The same differences seen twice are more evidence of the same.
    [Property]
    public bool More_of_the_same_never_turns_a_clear_verdict(TwoArms arms)
    {
        var (few, many) = (Decide(arms), PairedDecision.Decide(Twice(arms.First), Twice(arms.Second), arms.Margin));
        return few.Outcome == PairedOutcome.Undecided || few.Outcome == many.Outcome;
    }

    [Property]
    public bool A_wider_margin_never_finds_a_side(TwoArms arms)
    {
        var (narrow, wide) = (Decide(arms).Outcome, PairedDecision.Decide(arms.First, arms.Second, arms.Margin + 0.2).Outcome);
        return wide == narrow || wide is PairedOutcome.NoLargerDifference or PairedOutcome.Undecided;
    }

    [Property]
    public bool A_larger_family_never_finds_a_side(TwoArms arms)
    {
        var alone = Decide(arms with { First = Twice(arms.First), Second = Twice(arms.Second) });
        var inFamily = PairedDecision.Family([alone, alone, alone])[0];
        return inFamily.AdjustedP >= alone.SignFlipP && (inFamily.Outcome == alone.Outcome || inFamily.Outcome == PairedOutcome.Undecided);
    }

    [Property]
    public bool The_sign_flip_p_is_that_of_a_count_of_all_patterns(TwoArms arms)
    {
        double[] differences = [.. arms.First.Zip(arms.Second, (a, b) => a - b)];
        var observed = Math.Abs(differences.Sum()) - (1e-12 * differences.Sum(Math.Abs));
        var extreme = Enumerable.Range(0, 1 << differences.Length)
            .Count(pattern => Math.Abs(differences.Select((d, i) => (pattern >> i) % 2 == 0 ? d : -d).Sum()) >= observed);
        return SignFlip.TwoSided(differences) == extreme / Math.Pow(2, differences.Length);
    }

    private static PairedDecision Decide(TwoArms arms) => PairedDecision.Decide(arms.First, arms.Second, arms.Margin);

    private static double[] Twice(double[] values) => [.. values, .. values];

    private static PairedOutcome Mirrored(PairedOutcome outcome) => outcome switch
    {
        PairedOutcome.FirstLarger => PairedOutcome.SecondLarger,
        PairedOutcome.SecondLarger => PairedOutcome.FirstLarger,
        _ => outcome,
    };
}
