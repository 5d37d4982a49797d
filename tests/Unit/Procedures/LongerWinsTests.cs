using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class LongerWinsTests
{
    [Fact]
    public void Counts_the_pairs_in_which_the_longer_output_is_preferred() =>
        LongerWins.Count([Judgement.Row("p", 1, 20, 10), Judgement.Row("q", 2, 20, 10), Judgement.Row("r", 2, 10, 20)]).Should().Be((2, 3));

    [Fact]
    public void Pairs_tied_in_length_are_left_out() =>
        LongerWins.Count([Judgement.Row("p", 1), Judgement.Row("q", 1, 20, 10)]).Should().Be((1, 1));

    [Fact]
    public void No_judgement_gives_zeros() => LongerWins.Count([]).Should().Be((0, 0));
}
