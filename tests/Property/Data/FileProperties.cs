using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Repro.Core.Data;
using Repro.Tests.Properties.Shared;
using Repro.Tests.Shared;

namespace Repro.Tests.Properties.Data;

/// <summary>Texts, written as a list or as lines, with spaces between.</summary>
public sealed record WrittenRows(string[] Texts, bool AsArray, string[] Spaces) : Drawn;

/// <summary>Some texts.</summary>
public sealed record TextList(string[] Texts) : Drawn;

/// <summary>Draws what is written to files.</summary>
public static class FileInputs
{
    private static readonly string[] Spaces = ["", " ", "\n", "\r\n", " \t", "\n\n"];

    // Everything that cuts, quotes or escapes, and some letters.
    private static readonly char[] Awkward = ['a', 'é', '"', '\'', '\\', '{', '}', '[', ']', ',', ':', '\n', '\r', '\t', '\0', '\u200b'];

    private static Gen<string> Text => Gen.ArrayOf(Gen.Elements(Awkward)).Select(units => new string(units));

    public static Arbitrary<WrittenRows> Rows() => Draw.Of(
        from texts in Gen.NonEmptyListOf(Text)
        from asArray in Gen.Elements(true, false)
        from spaces in Gen.ListOf(Gen.Elements(Spaces))
        select new WrittenRows([.. texts], asArray, [.. spaces]),
        x => x.Texts.Length >= 1 && x.Texts.All(text => text is not null && text.All(Awkward.Contains)) && x.Spaces.All(Spaces.Contains));

    public static Arbitrary<TextList> Lists() => Draw.Of(
        Gen.ListOf(Text).Select(texts => new TextList([.. texts])), x => x.Texts.All(text => text is not null
            && text.All(Awkward.Contains)));
}

[Properties(Arbitrary = new[] { typeof(FileInputs) })]
public sealed class FileProperties
{
    [Property]
    public void Rows_come_back_as_they_were_written(WrittenRows x)
    {
        using var folder = new TemporaryFolder();
        var content = new StringBuilder();
        var place = 0;
        content.Append(Space()).Append(x.AsArray ? "[" : string.Empty);
        foreach (var (text, index) in x.Texts.Select((text, i) => (text, i)))
        {
            content.Append(index == 0 ? Space() : x.AsArray ? Space() + "," + Space() : "\n" + Space());
            content.Append(JsonSerializer.Serialize(new Dictionary<string, object> { ["t"] = text, ["n"] = new[] { index } }));
        }

        content.Append(Space()).Append(x.AsArray ? "]" : string.Empty).Append(Space());
        var path = folder.Write("rows", content.ToString());
        var lines = content.ToString().Split('\n');
        var read = DataRows.Read(path).Select(row => (Text: row.Text("t"), row.Line)).ToList();
        read.Select(row => row.Text).Should().Equal(x.Texts);
        var places = read.Select((row, i) => lines[row.Line - 1].Contains(Invariant($"\"n\":[{i}]"), StringComparison.Ordinal));
        places.Should().NotContain(false, "each row tells its line");

        string Space() => x.Spaces.Length == 0 ? string.Empty : x.Spaces[place++ % x.Spaces.Length];
    }

    [Property]
    public bool Lists_of_python_come_back(TextList list) =>
        PythonText.List($"[{string.Join(", ", list.Texts.Select(Printed))}]", "here").SequenceEqual(list.Texts);

    // As Python prints a text: in double quotes where it has single ones only, control characters escaped.
    private static string Printed(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var printed = new StringBuilder().Append(quote);
        foreach (var unit in text)
        {
            printed.Append(unit switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\\' => "\\\\",
                '\0' => "\\x00",
                '\u200b' => "\\u200b",
                _ when unit == quote => "\\" + unit,
                _ => unit.ToString(),
            });
        }

        return printed.Append(quote).ToString();
    }
}
