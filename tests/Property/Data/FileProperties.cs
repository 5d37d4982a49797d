using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Repro.Core.Data.Files;
using Repro.Tests.Shared;

namespace Repro.Tests.Property.Data;

public sealed class FileProperties
{
    private static readonly string[] Spaces = ["", " ", "\n", "\r\n", " \t", "\n\n"];

    // Everything that cuts, quotes or escapes, and some letters.
    private static Gen<string> Texts => Gen.ArrayOf(Gen.Elements('a', 'é', '"', '\'', '\\', '{', '}', '[', ']', ',', ':', '\n', '\r', '\t', '\0', '\u200b')).Select(units => new string(units));

    [Fact]
    public void Rows_come_back_as_they_were_written() => Check.That(
        "lines and lists of rows round-trip",
        from texts in Gen.NonEmptyListOf(Texts) from array in Gen.Elements(true, false) from spaces in Gen.ListOf(Gen.Elements(Spaces)) select (texts, array, spaces),
        x =>
        {
            using var folder = new TemporaryFolder();
            var content = new StringBuilder();
            var place = 0;
            content.Append(Space()).Append(x.array ? "[" : string.Empty);
            foreach (var (text, index) in x.texts.Select((text, i) => (text, i)))
            {
                content.Append(index == 0 ? Space() : x.array ? Space() + "," + Space() : "\n" + Space());
                content.Append(JsonSerializer.Serialize(new Dictionary<string, object> { ["t"] = text, ["n"] = new[] { index } }));
            }

            content.Append(Space()).Append(x.array ? "]" : string.Empty).Append(Space());
            var path = folder.Write("rows", content.ToString());
            var lines = content.ToString().Split('\n');
            var read = JsonRows.Read(path).Select(row => (Text: row.Text("t"), row.Line)).ToList();
            read.Select(row => row.Text).Should().Equal(x.texts);
            read.Select((row, i) => lines[row.Line - 1].Contains(Invariant($"\"n\":[{i}]"), StringComparison.Ordinal)).Should().NotContain(false, "each row tells its line");

            string Space() => x.spaces.Count == 0 ? string.Empty : x.spaces[place++ % x.spaces.Count];
        });

    [Fact]
    public void Lists_of_python_come_back() => Check.That(
        "printed lists of texts are read back",
        Gen.ListOf(Texts),
        texts => PythonText.List($"[{string.Join(", ", texts.Select(Printed))}]", "here").SequenceEqual(texts));

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
