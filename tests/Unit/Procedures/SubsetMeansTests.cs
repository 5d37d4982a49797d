using Repro.Experiments.Procedures;

namespace Repro.Tests.Unit.Procedures;

public sealed class SubsetMeansTests
{
    [Fact]
    public void Finds_the_rows_whose_means_fit_every_column()
    {
        double[][] columns = [[1, 2, 9], [4, 6, 0]];
        double[] wanted = [1.5, 5];
        var found = SubsetMeans.Search(columns, 2, (column, mean) => Math.Abs(mean - wanted[column]));
        found.Should().HaveCount(4);
        found.Single(s => s.LargestError == 0).Rows.Should().Equal(0, 1);
    }

    [Fact]
    public void Tied_subsets_are_all_listed() =>
        SubsetMeans.Search([[1, 1]], 1, (_, mean) => Math.Abs(mean - 1)).Should().HaveCount(3).And.OnlyContain(s => s.LargestError == 0);

    [Fact]
    public void Fewer_rows_than_the_smallest_subset_give_nothing() => SubsetMeans.Search([[1.0]], 2, (_, _) => 0).Should().BeEmpty();

    [Fact]
    public void No_column_is_refused()
    {
        var search = () => SubsetMeans.Search([], 1, (_, _) => 0);
        search.Should().Throw<ArgumentException>().WithMessage("expected one or more columns*");
    }
}
