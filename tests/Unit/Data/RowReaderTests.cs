using System.IO.Compression;
using System.Text;
using Repro.Core;
using Repro.Core.Data;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

public sealed class RowReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"n\":1}\n{\"n\":2}\n", "1:1 2:2")]
    [InlineData("{\"n\":1}\r\n{\"n\":2}", "1:1 2:2")]
    [InlineData("\n \n{\"n\":1}\n\n\n{\"n\":2}\n\n", "1:3 2:6")]
    [InlineData("\uFEFF{\"n\":1}\n{\"n\":2}\n", "1:1 2:2")]
    [InlineData("\uFEFF[{\"n\":1},\n{\"n\":2}]", "1:1 2:2")]
    [InlineData("[{\"n\":1}\n,\n\n {\n\"n\"\n:\n2}\n]\n", "1:1 2:4")]
    [InlineData(" [ {\"n\":1, \"t\":\"],}[{\\\"\\\\\"} , {\"n\":2, \"l\":[[{}],[]]} ] ", "1:1 2:1")]
    public void Rows_come_with_the_line_on_which_they_begin(string content, string expected)
    {
        var path = _folder.Write("rows.json", content);
        Read(path).Should().Be(expected);
        Read(Compressed("rows.json.gz", content)).Should().Be(expected);
    }

    [Theory]
    [InlineData("", "*rows.jsonl: the file holds no rows; at least one was expected (it is empty, or a pipe or device).")]
    [InlineData("\n", "*rows.jsonl: the file holds no rows; at least one was expected.")]
    [InlineData("\uFEFF\r\n ", "*rows.jsonl: the file holds no rows*")]
    [InlineData("[ ]", "*rows.jsonl: the file holds no rows*")]
    [InlineData("{\"n\":1}\n{\"n\":", "*rows.jsonl:2: the row is not valid JSON at byte 6*")]
    [InlineData("{\"n\":1}\n{\"n\":2} {\"n\":3}\n", "*rows.jsonl:2: the row is not valid JSON at byte 9*")]
    [InlineData("{\"n\":1}\n[2]\n", "*rows.jsonl:2: a JSON object was expected, found [2].")]
    [InlineData("{\"n\":1}\n{\"n\":1,\"n\":2}\n", "*rows.jsonl:2: the row is not valid JSON*")]
    [InlineData("[{\"n\":1},\n{\"n\":2}", "*rows.jsonl:2: the file ends inside the JSON array that it begins with; it looks cut off.")]
    [InlineData("[{\"n\":1},\n{\"n\":", "*rows.jsonl:2: the file ends inside the JSON array*")]
    [InlineData("[{\"n\":1},\n{\"n\":\"\\", "*rows.jsonl:2: the file ends inside the JSON array*")]
    [InlineData("[{\"n\":1},\n", "*rows.jsonl:2: the file ends inside the JSON array*")]
    [InlineData("[{\"n\":1},]", "*rows.jsonl:1: the row is not valid JSON*")]
    [InlineData("[{\"n\":1}]\n3", "*rows.jsonl:2: there is more after the end of the array.")]
    [InlineData("[{\"n\":1}\n{\"n\":2}]", "*rows.jsonl:2: the row is not valid JSON*")]
    [InlineData("{\"n\":1}\n{\"\\ud83d\":1}", "*rows.jsonl:2: a key holds half of a surrogate pair*")]
    [InlineData("{\"n\":1}\n{\"n\":[{\"\\udc00\":1,\"b\":2}]}", "*rows.jsonl:2: a key holds half of a surrogate pair*")]
    [InlineData("[1]", "*rows.jsonl:1: a JSON object was expected, found 1.")]
    public void A_broken_file_is_named_with_its_line(string content, string expected)
    {
        var path = _folder.Write("rows.jsonl", content);
        FluentActions.Invoking(() => Read(path)).Should().Throw<ReproException>().WithMessage(expected);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_named_with_their_line()
    {
        var path = _folder.Write("rows.jsonl", string.Empty);
        File.WriteAllBytes(path, [.. "{\"n\":1}\n{\"n\":\""u8, 0xC3, 0x28, .. "\"}\n"u8]);
        FluentActions.Invoking(() => Read(path)).Should().Throw<ReproException>().WithMessage("*rows.jsonl:2: is not valid UTF-8.");
    }

    [Fact]
    public void A_missing_file_is_named() =>
        FluentActions.Invoking(() => Read(Path.Combine(_folder.Path, "none.jsonl")))
            .Should().Throw<ReproException>().WithMessage("*none.jsonl: cannot be read: *");

    [Fact]
    public void A_file_that_is_only_called_compressed_is_refused()
    {
        var path = _folder.Write("rows.jsonl.gz", "{\"n\":1}\n");
        FluentActions.Invoking(() => Read(path))
            .Should().Throw<ReproException>().WithMessage("*rows.jsonl.gz: gzip data were expected; the file does not begin like one.");
    }

    [Fact]
    public void A_compressed_file_that_was_cut_is_reported_wherever_the_cut_is()
    {
        var rows = string.Concat(Enumerable.Range(0, 400).Select(i => Invariant($"{{\"n\":{i},\"t\":\"{i * 7919 % 1000}\"}}\n")));
        var whole = File.ReadAllBytes(Compressed("whole.gz", rows));
        // The last four bytes repeat the length; without the very end of them all rows are there and checked.
        for (var length = 2; length < whole.Length - 2; length += length < whole.Length - 20 ? 37 : 1)
        {
            var path = Path.Combine(_folder.Path, "cut.jsonl.gz");
            File.WriteAllBytes(path, whole[..length]);
            FluentActions.Invoking(() => Read(path))
                .Should().Throw<ReproException>(Invariant($"{length} of {whole.Length} bytes are there")).WithMessage("*cut.jsonl.gz:*");
        }
    }

    [Fact]
    public void Damage_inside_a_compressed_file_is_reported()
    {
        var rows = string.Concat(Enumerable.Range(0, 4000).Select(i => Invariant($"{{\"n\":{i * 7919 % 1000}}}\n")));
        var path = Compressed("rows.jsonl.gz", rows);
        var bytes = File.ReadAllBytes(path);
        bytes[^6] ^= 0x55;
        File.WriteAllBytes(path, bytes);
        FluentActions.Invoking(() => Read(path)).Should().Throw<ReproException>().WithMessage("*rows.jsonl.gz:*damaged or cut off here*");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_longer_than_the_buffer_and_across_its_edges_come_whole(bool array)
    {
        var texts = Enumerable.Range(0, 60)
            .Select(i => new string((char)('a' + (i % 26)), (i * i * 97 % 40_000) + (i == 30 ? 300_000 : 0))).ToList();
        var rows = texts.Select(text => $"{{\"t\":\"{text}\"}}");
        var path = _folder.Write("rows.json", array ? $"[{string.Join(",\n", rows)}]" : string.Join("\n", rows));
        DataRows.Read(path).Select(row => row.Text("t")).Should().Equal(texts);
    }

    [Fact]
    public void Memory_does_not_grow_with_the_file()
    {
        var path = Path.Combine(_folder.Path, "rows.jsonl");
        var row = $"{{\"t\":\"{new string('x', 2000)}\"}}\n";
        using (var writer = new StreamWriter(path))
        {
            for (var i = 0; i < 20_000; i++)
            {
                writer.Write(row);
            }
        }

        using var reader = new RowReader(path);
        var (count, most) = (0, 0);
        while (reader.Read())
        {
            count++;
            most = Math.Max(most, reader.Held);
        }

        count.Should().Be(20_000);
        most.Should().Be(64 * 1024, "the file has 40 million bytes, a row 2000");
    }

    [Fact]
    public void Reading_stops_when_cancelled()
    {
        var path = _folder.Write("rows.jsonl", "{\"n\":1}\n{\"n\":2}\n");
        using var source = new CancellationTokenSource();
        using var rows = DataRows.Read(path, source.Token).GetEnumerator();
        rows.MoveNext().Should().BeTrue();
        source.Cancel();
        FluentActions.Invoking(rows.MoveNext).Should().Throw<OperationCanceledException>();
    }

    private static string Read(string path) =>
        string.Join(' ', DataRows.Read(path).Select(row => Invariant($"{row.Whole("n", 0, 1000)}:{row.Line}")));

    private string Compressed(string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        using var stream = new GZipStream(File.Create(path), CompressionLevel.Optimal);
        stream.Write(Encoding.UTF8.GetBytes(content));
        return path;
    }
}
