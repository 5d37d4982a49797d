namespace Repro.Core.Evaluation.Statistics;

/// <summary>
/// Exact sign-flip (permutation) test of paired differences: if the two arms are the same, each difference is as likely with the other
/// sign, so all 2^n patterns of signs are equally likely.
/// </summary>
public static class SignFlip
{
    /// <summary>The largest number of differences: all patterns of signs are enumerated.</summary>
    public const int MostDifferences = 20;

    /// <summary>Share of the 2^n patterns of signs whose sum lies at least as far from 0 as the observed one.</summary>
    /// <param name="differences">1 to 20 finite values; the smallest p that n values can give is 2 / 2^n.</param>
    /// <exception cref="ArgumentException">No value, too many, or one that is not finite.</exception>
    public static double TwoSided(ReadOnlySpan<double> differences)
    {
        Checks.Values(differences, nameof(differences));
        if (differences.Length > MostDifferences)
        {
            throw new ArgumentException(
                Invariant($"differences must be at most {MostDifferences} for an exact sign-flip test, were {differences.Length}."),
                nameof(differences));
        }

        // Sums of both halves: 2^n additions instead of n 2^n. Entry 0 of each has all signs as they are.
        var half = differences.Length / 2;
        var (low, high) = (Sums(differences[..half]), Sums(differences[half..]));
        var size = 0.0;
        foreach (var difference in differences)
        {
            size += Math.Abs(difference);
        }

        // A pattern that gives the observed sum must count, in whatever order it was added up.
        var observed = Math.Abs(low[0] + high[0]) - (1e-12 * size);
        var (found, patterns) = (0L, (double)low.Length * high.Length);
        foreach (var first in low)
        {
            foreach (var second in high)
            {
                found += Math.Abs(first + second) >= observed ? 1 : 0;
            }
        }

        return found / patterns;
    }

    private static double[] Sums(ReadOnlySpan<double> values)
    {
        var sums = new double[1 << values.Length];
        for (var pattern = 0; pattern < sums.Length; pattern++)
        {
            for (var i = 0; i < values.Length; i++)
            {
                sums[pattern] += ((pattern >> i) & 1) == 0 ? values[i] : -values[i];
            }
        }

        return sums;
    }
}

/// <summary>
/// Which of two arms gives the larger value, decided over seeds: both arms run with the same seeds, and the unit of analysis is the
/// difference of a seed. The paired 95 % t interval decides, and only where the exact sign-flip test agrees. A percentile bootstrap over
/// so few seeds decides too often when nothing is there (11 % instead of 5 % at 8 seeds), so it is for show.
/// </summary>
/// <remarks>
/// A side leads when the interval lies wholly on it, the estimate is at least the smallest effect of interest, and the sign-flip p,
/// corrected within its family, is below 5 %. An interval wholly within plus and minus the smallest effect says that there is no larger
/// difference. Everything else is undecided, and so are arms that differ in no seed, because there chance had nothing to decide.
/// Exchanging the arms exchanges the sides.
/// </remarks>
public sealed record PairedDecision
{
    /// <summary>The level of the test; 1 minus it is that of the interval.</summary>
    public const double Level = 0.05;

    /// <summary>Most decisions of a family: with 8 seeds the smallest p is 2 / 2^8, and 7 times that is above the level.</summary>
    public const int MostInFamily = 6;

    private const int Resamples = 2000;
    private const ulong BootstrapSeed = 20;

    private PairedDecision(double[] first, double[] second, double margin)
    {
        (First, Second, Margin) = (first, second, margin);
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        Estimate = Descriptive.MeanOf(differences);
        StandardDeviation = Descriptive.StandardDeviation(differences, 1);
        Differs = Array.Exists(differences, difference => difference != 0);
        TInterval = Differs ? TTest.Paired(first, second).Interval(1 - Level) : default;
        BootstrapInterval = Bootstrap.MeanInterval(differences, Resamples, BootstrapSeed, 1 - Level);
        SignFlipP = AdjustedP = SignFlip.TwoSided(differences);
    }

    /// <summary>Values of the first arm, one a seed.</summary>
    public IReadOnlyList<double> First { get; }

    /// <summary>Values of the second arm with the same seeds in the same order.</summary>
    public IReadOnlyList<double> Second { get; }

    /// <summary>The smallest effect of interest, in the unit of the values.</summary>
    public double Margin { get; }

    /// <summary>Mean difference, first minus second.</summary>
    public double Estimate { get; }

    /// <summary>Standard deviation of the differences over seeds.</summary>
    public double StandardDeviation { get; }

    /// <summary>Whether the arms differ in any seed.</summary>
    public bool Differs { get; }

    /// <summary>The 95 % paired t interval of the difference.</summary>
    public Interval TInterval { get; }

    /// <summary>The 95 % percentile bootstrap interval of the difference; decides nothing.</summary>
    public Interval BootstrapInterval { get; }

    /// <summary>Exact sign-flip p, uncorrected.</summary>
    public double SignFlipP { get; }

    /// <summary>The same after Holm's correction within the family; equal to it for a decision that stands alone.</summary>
    public double AdjustedP { get; private init; }

    /// <summary>How many decisions are corrected together.</summary>
    public int FamilySize { get; private init; } = 1;

    /// <summary>What the seeds say.</summary>
    public PairedOutcome Outcome =>
        !Differs ? PairedOutcome.Undecided
        : TInterval.Lower > -Margin && TInterval.Upper < Margin ? PairedOutcome.NoLargerDifference
        : Math.Abs(Estimate) < Margin || !(AdjustedP < Level) ? PairedOutcome.Undecided
        : TInterval.Lower > 0 ? PairedOutcome.FirstLarger
        : TInterval.Upper < 0 ? PairedOutcome.SecondLarger
        : PairedOutcome.Undecided;

    /// <summary>Seeds needed for a true difference of the size of the margin, or of the estimate where there is no margin.</summary>
    /// <returns>As <see cref="SeedsNeeded(double)"/>.</returns>
    public int? SeedsNeeded() => SeedsNeeded(Margin > 0 ? Margin : Math.Abs(Estimate));

    /// <summary>
    /// Seeds with which a true difference of some size would be found four times in five at the spread seen here: (t quantiles of 97.5 %
    /// and 80 %)^2 times variance over squared difference.
    /// </summary>
    /// <param name="target">The difference, in the unit of the values; not negative.</param>
    /// <returns>At least 6, the fewest seeds that can decide; null where nothing varies, the target is 0 or more than 10,000 are
    /// needed.</returns>
    public int? SeedsNeeded(double target)
    {
        if (StandardDeviation == 0 || target == 0)
        {
            return null;
        }

        const int Fewest = 6, Most = 10_000;
        for (var seeds = Fewest; seeds <= Most; seeds++)
        {
            var quantiles = Distributions.StudentCritical(1 - Level, seeds - 1) + Distributions.StudentCritical(0.6, seeds - 1);
            if (seeds * target * target >= quantiles * quantiles * StandardDeviation * StandardDeviation)
            {
                return seeds;
            }
        }

        return null;
    }

    /// <summary>Decides one comparison that stands alone.</summary>
    /// <param name="first">Values of the first arm, one a seed: 6 to 20 finite values.</param>
    /// <param name="second">Values of the second arm with the same seeds in the same order.</param>
    /// <param name="margin">The smallest effect of interest, in the unit of the values; not negative.</param>
    /// <exception cref="ArgumentException">Lengths differ, a value is not finite, the margin is negative, or there are too few or too many
    /// seeds.</exception>
    public static PairedDecision Decide(IReadOnlyList<double> first, IReadOnlyList<double> second, double margin)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        double[] a = [.. first], b = [.. second];
        Checks.Values(a, nameof(first));
        Checks.Values(b, nameof(second));
        Checks.SameLength(a.Length, b.Length, nameof(first), nameof(second));
        Checks.Finite(margin);
        ArgumentOutOfRangeException.ThrowIfNegative(margin);
        Reachable(1, a.Length);
        return new PairedDecision(a, b, margin);
    }

    /// <summary>The same decisions with their sign-flip p corrected together by Holm's method.</summary>
    /// <param name="decisions">1 to 6 decisions of any numbers of seeds that can reach the level after the correction.</param>
    /// <exception cref="ArgumentException">No decision, more than 6, or seeds too few for the family.</exception>
    public static IReadOnlyList<PairedDecision> Family(IReadOnlyList<PairedDecision> decisions)
    {
        ArgumentNullException.ThrowIfNull(decisions);
        Checks.AtLeast(decisions.Count, 1, nameof(decisions));
        if (decisions.Count > MostInFamily)
        {
            throw new ArgumentException(
                Invariant($"decisions must be at most {MostInFamily} in one family, were {decisions.Count}: with 8 seeds the smallest ")
                    + Invariant($"sign-flip p is {2.0 / 256:G2}, which no more of them can bring below {Level} by Holm's method."),
                nameof(decisions));
        }

        Reachable(decisions.Count, decisions.Min(decision => decision.First.Count));
        var adjusted = Holm.Adjust([.. decisions.Select(decision => decision.SignFlipP)]);
        return [.. decisions.Select((decision, i) => decision with { AdjustedP = adjusted[i], FamilySize = decisions.Count })];
    }

    private static void Reachable(int decisions, int seeds)
    {
        var smallest = decisions * Math.Pow(2, 1 - seeds);
        if (!(smallest < Level))
        {
            throw new ArgumentException(
                Invariant($"{decisions} decision(s) over {seeds} seeds can never be made: the smallest sign-flip p is {smallest:G3} after ")
                    + Invariant($"Holm's correction, and {Level} must be reached. One decision needs 6 seeds, a family of six needs 8."),
                nameof(seeds));
        }
    }
}

/// <summary>What the seeds say of two arms.</summary>
public enum PairedOutcome
{
    /// <summary>The first arm gives the larger value, by at least the margin.</summary>
    FirstLarger,

    /// <summary>The second arm gives the larger value, by at least the margin.</summary>
    SecondLarger,

    /// <summary>The interval lies wholly within plus and minus the margin: no difference that matters.</summary>
    NoLargerDifference,

    /// <summary>Within chance, or too small to matter and not shown to be so.</summary>
    Undecided,
}
