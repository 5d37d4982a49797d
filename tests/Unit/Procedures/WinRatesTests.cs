using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class WinRatesTests
{
    [Fact]
    public void Counts_the_wins_of_either_side()
    {
        var rows = Judgement.Rows(1, 2, 2, 1, 1);
        WinRates.Count(rows, "a").Should().Be((3, 5));
        WinRates.Count(rows, "b").Should().Be((2, 5));
        WinRates.Percent((3, 5)).Should().Be(60);
    }

    [Fact]
    public void A_tied_comparison_is_one_half() => WinRates.Percent(WinRates.Count(Judgement.Rows(1, 2), "a")).Should().Be(50);

    [Fact]
    public void Judgements_of_other_models_do_not_count() =>
        WinRates.Count([Judgement.Row("p", 1), Judgement.Row("q", 2, first: "c", second: "d")], "a").Should().Be((1, 1));

    [Fact]
    public void No_judgement_is_refused()
    {
        var count = () => WinRates.Count([], "a");
        count.Should().Throw<ReproException>().WithMessage("no annotation compares the model 'a'");
    }
}
