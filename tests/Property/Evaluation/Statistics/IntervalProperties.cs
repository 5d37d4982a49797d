using FsCheck.Xunit;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Properties.Evaluation.Statistics;

[Properties(Arbitrary = new[] { typeof(StatisticsInputs) })]
public class IntervalProperties
{
    private const double Slack = 1e-12;

    [Property]
    public bool Wilson_lies_in_the_unit_interval_and_holds_the_share(Counts pair)
    {
        var interval = BinomialInterval.Wilson(pair.K, pair.N);
        return interval.Lower >= 0 && interval.Upper <= 1 && interval.Contains((double)pair.K / pair.N) && interval.Width > 0;
    }

    [Property]
    public bool Clopper_Pearson_holds_the_share_and_mirrors(Counts pair)
    {
        var interval = BinomialInterval.ClopperPearson(pair.K, pair.N);
        var mirror = BinomialInterval.ClopperPearson(pair.N - pair.K, pair.N);
        return interval.Lower >= 0 && interval.Upper <= 1
            && interval.Contains((double)pair.K / pair.N)
            && Math.Abs(interval.Lower + mirror.Upper - 1) < 1e-9;
    }

    [Property]
    public bool Wilson_and_Wald_mirror(Counts pair)
    {
        var (k, n) = pair;
        return Math.Abs(BinomialInterval.Wilson(k, n).Lower + BinomialInterval.Wilson(n - k, n).Upper - 1) < Slack
            && Math.Abs(BinomialInterval.Wald(k, n).Lower + BinomialInterval.Wald(n - k, n).Upper - 1) < Slack;
    }

    [Property]
    public bool A_higher_level_never_gives_a_narrower_interval(Counts pair)
    {
        var (k, n) = pair;
        foreach (var interval in new Func<double, Interval>[]
        {
            level => BinomialInterval.Wilson(k, n, level),
            level => BinomialInterval.ClopperPearson(k, n, level),
            level => BinomialInterval.Wald(k, n, level),
            level => TwoProportions.Newcombe(k, n, n / 2, n, level),
        })
        {
            var narrow = interval(0.9);
            var wide = interval(0.99);
            if (wide.Lower > narrow.Lower + Slack || wide.Upper < narrow.Upper - Slack)
            {
                return false;
            }
        }

        return true;
    }

    [Property]
    public bool Newcombe_holds_the_difference_stays_possible_and_changes_sign_on_exchange(Counts first, Counts second)
    {
        var ((k1, n1), (k2, n2)) = (first, second);
        var interval = TwoProportions.Newcombe(k1, n1, k2, n2);
        var exchanged = TwoProportions.Newcombe(k2, n2, k1, n1);
        return interval.Contains(((double)k1 / n1) - ((double)k2 / n2))
            && interval.Lower >= -1 - Slack && interval.Upper <= 1 + Slack
            && Math.Abs(interval.Lower + exchanged.Upper) < Slack
            && Math.Abs(interval.Upper + exchanged.Lower) < Slack;
    }

    [Property]
    public bool Fisher_interval_holds_r_and_mirrors(CorrelationOf input)
    {
        var interval = Correlation.FisherInterval(input.R, input.N, input.Level);
        var mirror = Correlation.FisherInterval(-input.R, input.N, input.Level);
        return interval.Lower <= input.R + Slack && interval.Upper >= input.R - Slack
            && interval.Lower >= -1 && interval.Upper <= 1
            && Math.Abs(interval.Lower + mirror.Upper) < Slack;
    }

    [Property]
    public bool Bootstrap_is_equal_for_equal_seeds_and_stays_within_the_data(Sample sample)
    {
        var values = sample.Values;
        var interval = Bootstrap.MeanInterval(values, 50, 17);
        return interval == Bootstrap.MeanInterval(values, 50, 17)
            && interval.Lower <= interval.Upper
            && interval.Lower >= values.Min() - 1e-9
            && interval.Upper <= values.Max() + 1e-9;
    }
}
