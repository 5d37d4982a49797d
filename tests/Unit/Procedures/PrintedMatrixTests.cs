using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class PrintedMatrixTests
{
    private readonly UsageLog _usage = new();

    [Fact]
    public void Adds_mirror_cells_and_averages_rows()
    {
        var table = Table("a: [-, 60%, 30%]", "b: [40%, -, 50%]", "c: [71%, 50%, -]");
        PrintedMatrix.MirrorSums(table).Should().Equal(("a", "b", 100), ("a", "c", 101), ("b", "c", 100));
        PrintedMatrix.RowMeans(table).Should().Equal(new Dictionary<string, double> { ["a"] = 45, ["b"] = 45, ["c"] = 60.5 });
        _usage.Inputs.Should().HaveCount(6);
        _usage.Targets.Should().BeEmpty();
    }

    [Fact]
    public void A_matrix_of_one_model_has_no_mirror_cells()
    {
        var table = PublishedTable.Parse("t.yaml", "published/t", "table: T\ncolumns: [a]\nrows:\n  a: [\"-\"]\n", _usage);
        PrintedMatrix.MirrorSums(table).Should().BeEmpty();
        var mean = () => PrintedMatrix.RowMean(table, "a");
        mean.Should().Throw<ReproException>().WithMessage("the row 'a' has no printed cell");
    }

    private PublishedTable Table(params string[] rows) =>
        PublishedTable.Parse(
            "t.yaml",
            "published/t",
            "table: T\ncolumns: [a, b, "
                + $"c]\nrows:\n{string.Concat(rows.Select(r => $"  {r.Replace("-", "\"-\"", StringComparison.Ordinal)}\n"))}",
            _usage);
}
