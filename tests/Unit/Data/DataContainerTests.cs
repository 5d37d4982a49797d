using System.IO.Compression;
using System.Text;
using Parquet.Serialization;
using Repro.Core;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Tests.Shared;
using ZstdSharp;

namespace Repro.Tests.Unit.Data;

/// <summary>Kinds of files, names of columns, and formats that are found from the rows.</summary>
public sealed class DataContainerTests : IDisposable
{
    private const string Rows = "{\"prompt\":\"Name a river.\",\"chosen\":\"The Oder.\",\"rejected\":\"A hill.\"}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Texts => new()
    {
        { "a.jsonl", Rows },
        { "bom.jsonl", "\uFEFF" + Rows },
        { "crlf.jsonl", Rows.Replace("\n", "\r\n", StringComparison.Ordinal) },
        { "array.json", "[" + Rows + "]" },
        { "array.jsonl", "[" + Rows.Trim() + "]" },
        { "blank.jsonl", "\n   \n" + Rows + "\n" },
        { "a.csv", "prompt,chosen,rejected\nName a river.,The Oder.,A hill.\n" },
        { "bom.csv", "\uFEFFprompt,chosen,rejected\r\nName a river.,The Oder.,A hill.\r\n" },
        { "a.tsv", "prompt\tchosen\trejected\nName a river.\tThe Oder.\tA hill.\n" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Files_of_every_kind_hold_the_same_pair_compressed_or_not(string name, string content)
    {
        RequirePair(_folder.Write(name, content));
        var bytes = Encoding.UTF8.GetBytes(content);
        RequirePair(Write(name + ".gz", Gzip(bytes)));
        RequirePair(Write(name + ".zst", Zstandard(bytes)));
        RequirePair(Write("called-otherwise-" + name, name.EndsWith("sv", StringComparison.Ordinal) ? bytes : Gzip(bytes)));
    }

    /// <summary>Some writers do not mark texts as such; what is no text must not become one.</summary>
    [Fact]
    public async Task Bytes_of_Parquet_are_read_as_the_text_that_they_are_or_refused()
    {
        var path = Path.Combine(_folder.Path, "bytes.parquet");
        byte[][] prompts = ["Näme a lake."u8.ToArray(), [0xff, 0xfe]];
        await ParquetSerializer.SerializeAsync(prompts.Select(prompt => new ParquetBytes { prompt = prompt }).ToArray(), path);

        using var rows = DataRows.Read(new RowSource(path), CancellationToken.None).GetEnumerator();
        rows.MoveNext().Should().BeTrue();
        rows.Current.Text("prompt").Should().Be("Näme a lake.");
        rows.MoveNext().Should().BeTrue();
        FluentActions.Invoking(() => rows.Current.Text("prompt")).Should().Throw<ReproException>()
            .WithMessage("*bytes.parquet:2*'prompt'*");
    }

    [Fact]
    public async Task Parquet_holds_texts_messages_numbers_and_nulls()
    {
        ParquetRow[] rows =
        [
            new() { prompt = "Name a lake.", chosen = Dialogue("Garda."), rejected = Dialogue("No."), score_chosen = 8 },
            new() { chosen = Dialogue("Como."), rejected = Dialogue("Never."), score_chosen = double.NaN },
            new() { prompt = "Name a lake.", chosen = Dialogue("Iseo."), rejected = Dialogue("Iseo.") },
        ];
        var path = Path.Combine(_folder.Path, "train-00000-of-00001.parquet");
        await ParquetSerializer.SerializeAsync(rows, path, new Parquet.ParquetOptions { RowGroupSize = 2 });
        var notes = new ReadNotes();
        var split = Dataset.Load<PreferenceGroup>(new DatasetSettings { Path = _folder.Path, Part = "train" }, notes);
        split.Train.Select(row => $"{row.Prompt.Single().Content} {row.Replies[0].Text} {row.Replies[1].Text} {row.Origin.Item}").Should()
            .Equal(
            "Name a lake. Garda. No. train-00000-of-00001.parquet:1", "Name a lake. Como. Never. train-00000-of-00001.parquet:2");
        notes.Reasons["both replies are equal"].First.Should().Be(path + ":3");
        File.Copy(path, Path.Combine(_folder.Path, "other.jsonl"));
        Dataset.Read<PreferenceGroup>(new DatasetSettings { Path = Path.Combine(_folder.Path, "other.jsonl") }).Should()
            .HaveCount(2, "the content decides");
    }

    [Fact]
    public async Task A_damaged_Parquet_file_gives_records_or_one_complaint()
    {
        var path = Path.Combine(_folder.Path, "t.parquet");
        await ParquetSerializer.SerializeAsync(
            Enumerable.Range(0, 20)
            .Select(i => new ParquetRow { prompt = Invariant($"p{i % 3}"), chosen = Dialogue("a"), rejected = Dialogue("b") }).ToList(),
            path);
        var whole = await File.ReadAllBytesAsync(path);
        var random = new Random(7);
        var complaints = 0;
        for (var i = 0; i < 300; i++)
        {
            var bytes = i % 3 == 0 ? whole[..random.Next(1, whole.Length)] : [.. whole];
            for (var change = 0; i % 3 > 0 && change < 3; change++)
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            }

            await File.WriteAllBytesAsync(path, bytes);
            try
            {
                _ = Dataset.Read<PreferenceGroup>(new DatasetSettings { Format = "preference", Path = path }).Count();
            }
            catch (ReproException complaint)
            {
                complaints++;
                complaint.Message.Should().StartWith(path);
                complaint.Message.Should().NotContain("Invalid argument");
            }
        }

        await File.WriteAllBytesAsync(path, whole[..^7]);
        FluentActions.Invoking(() => Dataset.Read<PreferenceGroup>(new DatasetSettings { Path = path }).Count()).Should()
            .Throw<ReproException>().WithMessage($"{path}: the Parquet file is damaged or cut off: its last bytes are not those*again.");
        complaints.Should().BeGreaterThan(150);
    }

    [Fact]
    public void Numbers_and_flags_of_a_table_are_read_from_their_texts()
    {
        var path =
            _folder.Write("h.csv",
            "prompt,response,helpfulness,correctness,coherence,complexity,verbosity\n42,17,4,4,4,1,1\n42,0,2.0,1,1,1,1\n");
        Dataset.Read<RatedReply>(new DatasetSettings { Path = path }).Select(row => (row.Prompt[0].Content, row.Reply, row.Score))
            .Should().Equal(("42", "17", 1), ("42", "0", 0.5));
        var bad = _folder.Write("bad.csv", "prompt,response,helpfulness,correctness,coherence,complexity,verbosity\n42,17,much,4,4,1,1\n");
        Refused(bad, "helpsteer", "*bad.csv:2: 'helpfulness' must be a whole number from 0 to 4, found \"much\".");
    }

    [Fact]
    public void Columns_are_renamed_and_the_format_is_found_by_the_new_names()
    {
        var path =
            _folder.Write("qa.jsonl",
            "{\"question\":\"Name a river.\",\"best\":\"The Oder.\",\"prompt\":\"not this\",\"source\":\"own\"}\n");
        var set =
            new DatasetSettings
            {
                Path = path,
                Columns = new Dictionary<string,
            string>
                { ["question"] = "prompt", ["best"] = "completion" }
            };
        var notes = new ReadNotes();
        Dataset.Load<Conversation>(set, notes).Train.Select(ChatConversationsTests.Shown).Should()
            .Equal("User:Name a river.|Assistant:The Oder.");
        notes.Lines().Should().ContainSingle()
            .Which.Should()
                .Be($"{path}: format prompt-completion (detected by prompt, completion): "
                    + "1 conversation to train on, 0 held out; columns not used: source");
        Dataset.Read<PromptOnly>(set with { Format = "prompt-only" }).Single().Prompt.Single().Content.Should()
            .Be("Name a river.", "a named format goes first");

        var wrong = set with { Columns = new Dictionary<string, string> { ["questin"] = "prompt" } };
        FluentActions.Invoking(() => Dataset.Load<PromptOnly>(wrong)).Should().Throw<ReproException>()
            .WithMessage(
                "*qa.jsonl:1: 'columns' names 'questin', which is not there; did you mean 'question'?; "
                + "the row has question, best, prompt, source.");
        var number = _folder.Write("n.jsonl", "{\"question\":5}\n");
        FluentActions.Invoking(() =>
            Dataset.Read<PromptOnly>(wrong with { Path = number, Columns = new Dictionary<string, string> { ["question"] = "prompt" } })
            .ToList())
            .Should().Throw<ReproException>()
                .WithMessage("*n.jsonl:1: 'question' must be a text or a list of messages, found 5.",
                "messages name the file's own column");
    }

    [Theory]
    [InlineData("columns: {q: promt}",
        "s.yaml:2: in 'data.0': columns gives 'q' the name 'promt', which nothing reads; did you mean 'prompt'?; read are *")]
    [InlineData("format: preference\n    columns: {q: completion}",
        "s.yaml:3: in 'data.0': columns gives 'q' the name 'completion', "
        + "which 'preference' does not read; read are prompt, chosen, rejected.")]
    [InlineData("columns: {q: prompt, p: prompt}",
        "s.yaml:2: in 'data.0': columns gives the name 'prompt' to 'q' and 'p'; once was expected.")]
    [InlineData("columns: [a]", "s.yaml:2: key 'data.0.columns' must be *")]
    [InlineData("format: preferense", "s.yaml:2: in 'data.0': format: unknown data format 'preferense'; did you mean 'preference'?*")]
    public void The_settings_are_checked_with_file_line_and_key(string keys, string expected)
    {
        FluentActions.Invoking(() => new ConfigReader().Parse<OneList>("data:\n  - " + keys + "\n    path: p.jsonl\n", "s.yaml"))
            .Should().Throw<ReproException>().WithMessage(expected);
    }

    [Theory]
    [InlineData("{\"a\":1}",
        "*: the format cannot be told from the columns a; name it with 'format:' (gsm8k, *), "
        + "or rename columns with 'columns:', such as columns: {a: prompt}.")]
    [InlineData("{\"id\":1,\"prompt\":\"a\",\"response\":\"b\"}",
        "*: the format cannot be told from the columns id, prompt, response; *, such as columns: {response: completion}.")]
    [InlineData("{\"prompt\":\"a\",\"response\":\"b\"}",
        "*: the format cannot be told from the columns prompt, response; *, such as columns: {response: completion}.")]
    [InlineData("{\"prompt\":\"a\",\"completion\":\"b\"}\n{\"text\":\"c\"}",
        "*: the format cannot be told from the columns prompt, completion; name it with 'format:' (gsm8k, *).")]
    public void Rows_of_no_format_are_said(string content, string expected) => Refused(_folder.Write("x.jsonl", content), null, expected);

    public static TheoryData<string, byte[], string> Wrong => new()
    {
        { "a.jsonl.gz", Encoding.UTF8.GetBytes(Rows), "*a.jsonl.gz: gzip data were expected; the file does not begin like one." },
        { "a.jsonl.zst", Encoding.UTF8.GetBytes(Rows), "*a.jsonl.zst: zstd data were expected; the file does not begin like one." },
        { "b.jsonl.gz", Zstandard(Encoding.UTF8.GetBytes(Rows)), "*b.jsonl.gz: gzip data were expected; *" },
        { "cut.jsonl.gz", Gzip(Encoding.UTF8.GetBytes(Long()))[..900], "*cut.jsonl.gz:*: the file is damaged or cut off here: *" },
        { "cut.jsonl.zst", Zstandard(Encoding.UTF8.GetBytes(Long()))[..900], "*cut.jsonl.zst:*: the file is damaged or cut off here: *" },
        { "cut.csv.gz", Gzip(Encoding.UTF8.GetBytes("text\n" + Long()))[..900], "*cut.csv.gz:*: the table is damaged or cut off: *" },
        { "z.jsonl", [0x50, 0x4B, 3, 4, 0, 0], "*z.jsonl: is a zip archive; *" },
        { "z.csv", "BZh91AY"u8.ToArray(), "*z.csv: is compressed with bzip2; *" },
        { "z.json", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 0], "*z.json: is compressed with xz; *" },
        { "u.jsonl", [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes(Rows)],
            "*u.jsonl: is encoded in UTF-16; UTF-8 was expected." },
        { "l.jsonl", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"u8.ToArray(),
            "*l.jsonl: is a pointer of Git LFS and not the data themselves*" },
        { "n.jsonl", "{\"prompt\":\"a\"}\n\0\0\0\0"u8.ToArray(), "*n.jsonl:2: a NUL byte stands here; text in UTF-8 was expected." },
        { "n.csv", "prompt\na\0b\n"u8.ToArray(), "*n.csv:2: a NUL byte stands here; text in UTF-8 was expected." },
        { "n.txt", "a\n\0"u8.ToArray(), "*n.txt:2: a NUL byte stands here*" },
        { "latin1.jsonl", [.. "{\"prompt\":\"caf"u8, 0xE9, .. "\"}\n"u8], "*latin1.jsonl:1: is not valid UTF-8." },
        { "latin1.csv", [.. "prompt\ncaf"u8, 0xE9, (byte)'\n'], "*latin1.csv:2: is not valid UTF-8." },
        { "latin1.txt", [.. "caf"u8, 0xE9, (byte)'\n'], "*latin1.txt:1: is not valid UTF-8." },
        { "p.parquet", "PAR1\x15\x04\x15\x10PAR1"u8.ToArray(),
            "*p.parquet: the Parquet file is damaged or cut off: *" },
        { "q.parquet", "not parquet at all"u8.ToArray(), "*q.parquet: the Parquet file is damaged*" },
        { "twice.csv", "prompt,prompt\na,b\n"u8.ToArray(), "*twice.csv:1: the table has the column 'prompt' more than once." },
        { "empty.jsonl", [], "*empty.jsonl: the file holds no rows; at least one was expected (it is empty, or a pipe or device)." },
        { "empty.parquet", [], "*empty.parquet: the file holds no rows*" },
        { "spaces.jsonl", "  \r\n "u8.ToArray(), "*spaces.jsonl: the file holds no rows; at least one was expected." },
        { "dup.jsonl", "{\"prompt\":\"a\",\"prompt\":\"b\"}"u8.ToArray(), "*dup.jsonl:1: the row is not valid JSON at byte *prompt*" },
        { "half.jsonl", "{\"prompt\":\"nice \\ud83d\"}"u8.ToArray(),
            "*half.jsonl:1: 'prompt' holds half of a surrogate pair; a text in Unicode was expected." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_cannot_be_read_is_one_clear_message(string name, byte[] content, string expected) =>
        Refused(Write(name, content), null, expected);

    [Fact]
    public void A_path_with_a_tilde_says_so() =>
        Refused(Path.Combine(_folder.Path, "~", "data.jsonl"), null,
            "*: no such file or folder; '~' stands for no folder here, write the whole path or ${HOME}.");

    [Fact]
    public void A_text_file_beside_data_is_a_description_and_alone_it_is_data()
    {
        _folder.Write("d/README.txt", "About these data.");
        Dataset.Read<PlainText>(new DatasetSettings { Path = Path.Combine(_folder.Path, "d") }).Should().ContainSingle();
        _folder.Write("d/train.jsonl", Rows);
        Dataset.Read<PreferenceGroup>(new DatasetSettings { Path = Path.Combine(_folder.Path, "d") }).Should().ContainSingle();
    }

    [Fact]
    public void Several_gzip_members_are_one_file_and_a_cut_between_lines_is_found()
    {
        var (first, second) = (Gzip("first\nsecond\n"u8.ToArray()), Gzip("third\n"u8.ToArray()));
        var set = new DatasetSettings { Path = Write("two.txt.gz", [.. first, .. second]) };
        Dataset.Read<PlainText>(set).Select(row => row.Text).Should().Equal("first", "second", "third");
        var whole = Gzip(Encoding.UTF8.GetBytes(Long()));
        for (var length = 700; length < whole.Length - 1; length += 211)
        {
            var path = Write("cut.txt.gz", whole[..length]);
            FluentActions.Invoking(() => Dataset.Read<PlainText>(set with { Path = path }).Count()).Should().Throw<ReproException>()
                .WithMessage("*cut.txt.gz:*: the file is damaged or cut off here: *");
        }
    }

    private static void RequirePair(string path)
    {
        var pair = Dataset.Read<PreferenceGroup>(new DatasetSettings { Path = path }).Single();
        $"{pair.Prompt.Single().Content} {pair.Replies[0].Text} {pair.Replies[1].Text}".Should().Be("Name a river. The Oder. A hill.");
    }

    private static void Refused(string path, string? format, string expected) =>
        FluentActions.Invoking(() => Dataset.Read<PromptOnly>(new DatasetSettings { Path = path, Format = format }).ToList())
            .Should().Throw<ReproException>().WithMessage(expected);

    private static string Long() =>
        string.Concat(Enumerable.Range(0, 2000).Select(i => Invariant($"{{\"prompt\":\"{i * 7919 % 100_003}\"}}\n")));

    private string Write(string name, byte[] content)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, content);
        return path;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var stream = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }

    private static byte[] Zstandard(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }

    private static List<ParquetMessage> Dialogue(string reply) =>
        [new() { role = "user", content = "Name a lake." }, new() { role = "assistant", content = reply }];

    private sealed record OneList
    {
        public required IReadOnlyList<DatasetSettings> Data { get; init; }
    }

#pragma warning disable IDE1006, SA1300 // Names of the columns.
    private sealed class ParquetMessage
    {
        public string? role { get; set; }

        public string? content { get; set; }
    }

    private sealed class ParquetBytes
    {
        public byte[]? prompt { get; set; }
    }

    private sealed class ParquetRow
    {
        public string? prompt { get; set; }

        public List<ParquetMessage>? chosen { get; set; }

        public List<ParquetMessage>? rejected { get; set; }

        public double? score_chosen { get; set; }
    }
#pragma warning restore IDE1006, SA1300
}
