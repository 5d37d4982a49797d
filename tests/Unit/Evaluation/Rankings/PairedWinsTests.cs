using Repro.Core;
using Repro.Core.Evaluation.Rankings;
using Repro.Core.Evaluation.Statistics;

namespace Repro.Tests.Unit.Evaluation.Rankings;

public class PairedWinsTests
{
    /// <summary>8 won, 2 lost, 2 ties: (8 + 1) / 12 = 75%. Clopper and Pearson's interval of 8 of 10 is 0.4439 to 0.9748, so that the rate
    /// lies between (4.439 + 1) / 12 and (9.748 + 1) / 12. The sign test of 8 against 2 has p = 2 * 56 / 1024.</summary>
    [Fact]
    public void Ties_count_half_in_rate_and_interval()
    {
        var rate = new PairedWins(8, 2, 2);
        (rate.Pairs, rate.Decided, rate.Rate).Should().Be((12, 10, 0.75));
        rate.Interval().Lower.Should().BeApproximately((4.4390 + 1) / 12, 1e-5);
        rate.Interval().Upper.Should().BeApproximately((9.7479 + 1) / 12, 1e-5);
        rate.PValue.Should().BeApproximately(112 / 1024.0, 1e-12);
        new PairedWins(8, 2, 0).Interval().Should().Be(BinomialInterval.ClopperPearson(8, 10));
    }

    /// <summary>One tie, nothing decided: the rate is one half, and what a decided pair would have said is open.</summary>
    [Fact]
    public void Ties_alone_give_one_half_and_an_interval_around_it()
    {
        new PairedWins(0, 0, 3).Rate.Should().Be(0.5);
        new PairedWins(0, 0, 3).Interval().Should().Be(new Interval(0.5, 0.5));
    }

    [Fact]
    public void Without_a_pair_there_is_no_rate()
    {
        new PairedWins(0, 0, 0).Rate.Should().Be(double.NaN);
        FluentActions.Invoking(() => new PairedWins(0, 0, 0).Interval())
            .Should().Throw<InvalidOperationException>().WithMessage("There is no pair.");
    }

    [Fact]
    public void Differences_are_counted_by_their_sign()
    {
        PairedWins.Count([1, -0.5, 0, 0, 3]).Should().Be(new PairedWins(2, 1, 2));
        PairedWins.Count([]).Should().Be(new PairedWins(0, 0, 0));
        FluentActions.Invoking(() => PairedWins.Count(null!)).Should().Throw<ArgumentNullException>().WithParameterName("differences");
        FluentActions.Invoking(() => PairedWins.Count([1, 0, -1, double.NaN]))
            .Should().Throw<ReproException>().WithMessage("difference 3 is not a number.");
    }
}
