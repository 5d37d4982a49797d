using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Claims;

public sealed class PublishedTableTests
{
    private const string Good = """
        table: T
        columns: [a, b]
        rows:
          first: [1.50, "-"]
          second: [2, 3/4]
        """;

    [Fact]
    public void Cells_keep_their_printed_text()
    {
        var table = Parse(Good);
        table["first", "a"].Text.Should().Be("1.50");
        table["first", "a"].Decimals.Should().Be(2);
        table.TryGet("first", "b").Should().BeNull();
        table.CellText("second", "b").Should().Be("3/4");
        table.Columns.Should().Equal("a", "b");
        table.Rows.Should().Equal("first", "second");
    }

    // The key tells one printed number from all others, so that none can be input and target at once.
    [Fact]
    public void Every_cell_has_a_key_of_its_own()
    {
        var table = Parse(Good.Replace("3/4", "4", StringComparison.Ordinal).Replace("\"-\"", "3", StringComparison.Ordinal));
        (from row in table.Rows from column in table.Columns select table[row, column].Key).Should().Equal(
            "published/t#first/a", "published/t#first/b", "published/t#second/a", "published/t#second/b");
    }

    [Theory]
    [InlineData("\"-\"")]
    [InlineData("\"\"")]
    public void A_dash_and_nothing_are_empty_cells(string cell) =>
        Parse(Good.Replace("\"-\"", cell, StringComparison.Ordinal)).TryGet("first", "b").Should().BeNull();

    [Theory]
    [InlineData("frst", "a", "t.yaml: no row 'frst'; did you mean 'first'?")]
    [InlineData("first", "z", "t.yaml: no column 'z'*")]
    [InlineData("first", "b", "t.yaml: the cell (first, b) is empty")]
    [InlineData("second", "b", "t.yaml:5: cell (second, b): '3/4' is not a number as printed*")]
    public void Says_which_cell_is_wrong(string row, string column, string message)
    {
        var read = () => Parse(Good)[row, column];
        read.Should().Throw<ReproException>().WithMessage(message);
    }

    [Theory]
    [InlineData("[1.50, \"-\"]", "[1.50]", "t.yaml:4: row has 1 cells, the table has 2 columns")]
    [InlineData("[1.50, \"-\"]", "[1.50, 2, 3]", "t.yaml:4: row has 3 cells, the table has 2 columns")]
    [InlineData("columns: [a, b]", "colums: [a, b]", "t.yaml:2: unknown key 'colums'*")]
    [InlineData("table: T\n", "", "t.yaml:1: key 'table' is missing")]
    [InlineData("second:", "second: :", "t.yaml:*not valid YAML*")]
    public void Says_which_line_is_wrong(string from, string to, string message)
    {
        var read = () => Parse(Good.Replace(from, to, StringComparison.Ordinal));
        read.Should().Throw<ReproException>().WithMessage(message);
    }

    private static PublishedTable Parse(string text) => PublishedTable.Parse("t.yaml", "published/t", text, new UsageLog());
}
