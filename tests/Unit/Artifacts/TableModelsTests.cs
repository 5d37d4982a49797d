using System.Text;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Unit.Artifacts;

public sealed class TableModelsTests
{
    [Fact]
    public void Models_behind_responses_are_kept_and_other_prose_is_not()
    {
        var facts = Parse("key,value,meaning\na,1,\"400 responses: one, two (x) and three models on the prompts\"\nb,2,something else\n");

        facts.Columns.Should().Equal("key", "value", "models");
        facts.Rows[0].Should().Equal("a", "1", "one; two (x); three");
        facts.Rows[1].Should().Equal("b", "2", string.Empty);
    }

    [Fact]
    public void Without_such_a_meaning_there_is_no_column() => Parse("key,meaning\na,prose\n").Columns.Should().Equal("key");

    private static TableFacts Parse(string csv) => TableFacts.Parse(new RawFile("t.csv", Encoding.UTF8.GetBytes(csv)));
}
