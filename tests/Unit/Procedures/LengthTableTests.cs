using Repro.Core;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Procedures;

public sealed class LengthTableTests
{
    private static readonly string[] Columns = ["file", "index", "output", "generator", "won", "llama_tokens_with_bos", "words", "chars"];

    [Fact]
    public void Rows_become_winner_and_loser()
    {
        var pair = LengthTable.Pairs(
            LengthTable.Read(Table(["f", "0", "1", "a", "0", "5", "3", "9"], ["f", "0", "2", "b", "1", "7", "4", "12"]))).Single();

        pair.Winner.Should().Be(new ResponseLength("f", 0, 2, "b", true, 7, 4, 12));
        pair.Loser.Generator.Should().Be("a");
    }

    [Fact]
    public void An_empty_table_has_no_pair() => LengthTable.Pairs([]).Should().BeEmpty();

    [Fact]
    public void A_judgement_without_one_winner_is_refused()
    {
        var tied = LengthTable.Read(Table(["f", "3", "1", "a", "1", "5", "3", "9"], ["f", "3", "2", "b", "1", "7", "4", "12"]));

        FluentActions.Invoking(() => LengthTable.Pairs(tied)).Should().Throw<ReproException>()
            .WithMessage("f: judgement 3 has not one winner and one loser*");
    }

    [Fact]
    public void A_cell_that_is_no_number_is_named() =>
        FluentActions.Invoking(() => LengthTable.Read(Table(["f", "0", "1", "a", "0", "five", "3", "9"]))).Should().Throw<ReproException>()
            .WithMessage("row 1: 'five' in column llama_tokens_with_bos is not a whole number");

    [Fact]
    public void Differences_from_the_annotations_are_counted()
    {
        PairwiseFacts.Row[] raw = [new("p", "a", "b", 2, 3, 9, 4, 12, "judge", Switched: false)];

        LengthTable.Mismatches(
            LengthTable.Read(Table(["f", "0", "1", "a", "0", "5", "3", "9"], ["f", "0", "2", "b", "1", "7", "4", "12"])),
            raw).Should().Be(0);
        LengthTable.Mismatches(
            LengthTable.Read(Table(["f", "0", "1", "a", "0", "5", "3", "8"], ["f", "0", "2", "b", "1", "7", "4", "12"])),
            raw).Should().Be(1);
        LengthTable.Mismatches([], raw).Should().Be(2);
        LengthTable.Mismatches([], []).Should().Be(0);
    }

    private static TableFacts Table(params string[][] rows) => new(Columns, rows);
}
