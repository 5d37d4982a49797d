using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Claims;

/// <summary>Win rates over both orders in which a judge can see two answers.</summary>
public sealed class WinsByPlaceTests
{
    /// <summary>Three times shown second, two wins; once shown first, no win: 50 as counted, (66.7 + 0) / 2 over both orders.</summary>
    [Fact]
    public void The_mean_of_both_orders_is_worked_out_by_hand()
    {
        var places = WinsByPlace.Count([Row(false, 2), Row(false, 2), Row(false, 1), Row(true, 1)], "b");
        places.Should().Be(new WinsByPlace((0, 1), (2, 3)));
        places.Raw.Should().Be(50);
        places.BothOrders.Should().BeApproximately(100.0 / 3, 1e-12);
    }

    /// <summary>abs_rlhf against preference_rlhf of the thesis: the rival wins 27 of 58 when second and 7 of 42 when first.</summary>
    [Fact]
    public void The_side_of_the_rival_is_the_mirror()
    {
        var rows = Rows(second: (27, 58), first: (7, 42));
        var (one, other) = (WinsByPlace.Count(rows, "b"), WinsByPlace.Count(rows, "a"));
        one.BothOrders.Should().BeApproximately(31.609195, 1e-6);
        other.BothOrders.Should().BeApproximately(100 - one.BothOrders, 1e-12);
        other.PValue.Should().BeApproximately(one.PValue, 1e-12);
    }

    /// <summary>A judge who always prefers the second place: 58 of 100 as counted, but no model is better.</summary>
    [Fact]
    public void Place_alone_is_no_lead()
    {
        var places = WinsByPlace.Count(Rows(second: (58, 58), first: (0, 42)), "b");
        (places.Raw, places.BothOrders, places.PValue).Should().Be((58, 50, 1));
    }

    /// <summary>A lead that rests on the place is reserved, one that does not is left as it is; both sides alike.</summary>
    [Theory]
    [InlineData(45, 50, 10, 50, true)]
    [InlineData(40, 50, 35, 50, false)]
    [InlineData(10, 50, 15, 50, true)]
    public void A_lead_that_the_place_explains_is_reserved(int second, int shownSecond, int first, int shownFirst, bool reserved)
    {
        var rows = Rows((second, shownSecond), (first, shownFirst));
        var evidence = new EvidenceBuilder(new UsageLog()).Require("counted", true).ReservePlace(rows, "b").Explain("x");
        evidence.Findings.Any(f => f.Outcome == Outcome.Reservation).Should().Be(reserved);
        evidence.Recomputed.Should().ContainKeys("win_rate_shown_first", "win_rate_shown_second", "win_rate_over_both_orders");
    }

    [Fact]
    public void One_order_only_is_refused() =>
        FluentActions.Invoking(() => WinsByPlace.Count([Row(true, 1), Row(true, 2)], "b")).Should().Throw<ReproException>()
            .WithMessage("*'b' is never shown second*both orders*");

    private static PairwiseFacts.Row[] Rows((int Wins, int Total) second, (int Wins, int Total) first) =>
    [
        .. Enumerable.Range(0, second.Total).Select(i => Row(false, i < second.Wins ? 2 : 1)),
        .. Enumerable.Range(0, first.Total).Select(i => Row(true, i < first.Wins ? 2 : 1)),
    ];

    private static PairwiseFacts.Row Row(bool switched, int preference) => new("p", "a", "b", preference, 1, 1, 1, 1, "judge", switched);
}
