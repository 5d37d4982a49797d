using System.Text.Json;
using Repro.Core;
using Repro.Core.Data;

namespace Repro.Tests.Unit.Data;

public sealed class RowFieldsTests
{
    [Fact]
    public void Values_are_read() =>
        Row("""{"t":"a\u00e9","n":2,"d":0.5,"b":true,"o":{"x":["p","q"]},"l":[{"k":1},{"k":2}],"z":null}""", row =>
    {
        row.Text("t").Should().Be("aé");
        row.Whole("n", 0, 4).Should().Be(2);
        row.Number("d").Should().Be(0.5);
        row.Flag("b", false).Should().BeTrue();
        row.Flag("z", true).Should().BeTrue();
        row.OptionalText("z").Should().BeNull();
        row.OptionalWhole("n", 0, 2).Should().Be(2);
        row.Child("o").Texts("x").Should().Equal("p", "q");
        row.Children("l").Select(item => item.Whole("k", 0, 9)).Should().Equal(1, 2);
        row.Children("z", optional: true).Should().BeEmpty();
        row.Has("z").Should().BeFalse();
        row.LineName.Should().Be("f.jsonl:7");
    });

    [Fact]
    public void Every_complaint_names_file_line_key_and_what_is_there()
    {
        Fails("{}", row => row.Text("t"), "d/f.jsonl:7: 't' must be a text, found nothing.");
        Fails("""{"t":null}""", row => row.Text("t"), "*'t' must be a text, found null.");
        Fails("""{"t":3}""", row => row.Text("t"), "*'t' must be a text, found 3.");
        Fails("""{"t":" \n"}""", row => row.Content("t"), "*'t' must be a text that is not empty, found \" \\n\".");
        Fails("""{"t":"x\ud83d"}""", row => row.Text("t"), "*'t' holds half of a surrogate pair*");
        Fails("""{"n":5}""", row => row.Whole("n", 0, 4), "*'n' must be a whole number from 0 to 4, found 5.");
        Fails("""{"n":1.5}""", row => row.Whole("n", 0, 4), "*'n' must be a whole number from 0 to 4, found 1.5.");
        Fails("""{"n":1e999}""", row => row.Number("n"), "*'n' must be a number, found 1e999.");
        Fails("""{"b":1}""", row => row.Flag("b", true), "*'b' must be true or false, found 1.");
        Fails("""{"o":[]}""", row => row.Child("o"), "*'o' must be an object, found [].");
        Fails(
            """{"o":{"p":{"q":"x"}}}""", row => row.Child("o").Child("p").Whole("q", -1, 1),
            "d/f.jsonl:7: 'o.p.q' must be a whole number from -1 to 1, found \"x\".");
        Fails(
            """{"l":[{},{"k":"x"}]}""", row => row.Children("l").Select(item => item.Number("k")).Skip(1).ToList(),
            "*'l[0].k' must be a number, found nothing.");
        Fails("""{"l":[{},2]}""", row => row.Children("l").ToList(), "*'l[1]' must be an object, found 2.");
        Fails("""{"l":["a",2]}""", row => row.Texts("l"), "*'l' must be a list of texts, found [\"a\",2].");
        Fails("{}", row => row.Within("tree 9").Text("t"), "d/f.jsonl:7: tree 9: 't' must be a text, found nothing.");
        Fails($$"""{"t":[{{new string('1', 100)}}]}""", row => row.Text("t"), "*found [" + new string('1', 59) + "....");
    }

    private static void Row(string json, Action<RowFields> action)
    {
        using var document = JsonDocument.Parse(json);
        action(new RowFields(document.RootElement, "d/f.jsonl", 7));
    }

    private static void Fails<T>(string json, Func<RowFields, T> read, string expected) => Row(json, row =>
        FluentActions.Invoking(() => read(row)).Should().Throw<ReproException>().WithMessage(expected));
}
