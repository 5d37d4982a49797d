using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Tests.Shared;
using ZstdSharp;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Data;

/// <summary>
/// Files that were damaged in transit or made to harm: whatever the bytes are, a reader gives records or one complaint that names the file,
/// never another exception. REPRO_MUTATIONS sets how many damaged files there are for each format.
/// </summary>
// Memory is measured for the whole process, so that no other test may run beside it.
[Collection(TensorCollection.Name)]
public sealed class HostileDataTests
{
    private static readonly byte[][] Splinters =
    [
        "\0"u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(),
        "\n"u8.ToArray(), ","u8.ToArray(),
        "null"u8.ToArray(), "-1"u8.ToArray(), "1e999"u8.ToArray(), "\\ud800"u8.ToArray(), "'"u8.ToArray(), [0xFF], [0xEF, 0xBB, 0xBF],
        [0x1F, 0x8B],
    ];

    [Theory]
    [InlineData("gsm8k", "gsm8k.jsonl")]
    [InlineData("alpaca", "alpaca.json")]
    [InlineData("dolly", "dolly.jsonl")]
    [InlineData("hh", "hh.jsonl")]
    [InlineData("unpaired-preference", "unpaired-preference.jsonl")]
    [InlineData("oasst", "oasst.trees.jsonl")]
    [InlineData("helpsteer", "helpsteer.jsonl")]
    [InlineData("prm800k", "prm800k.jsonl")]
    [InlineData("vicuna", "vicuna.jsonl")]
    [InlineData("koala", "koala.jsonl")]
    [InlineData("augmented-ratings", "augmented-ratings.csv")]
    [InlineData("messages", "messages.jsonl")]
    [InlineData("sharegpt", "sharegpt.jsonl")]
    [InlineData("text", "text.jsonl")]
    [InlineData("prompt-only", "prompt-only.jsonl")]
    [InlineData("prompt-completion", "prompt-completion.jsonl")]
    [InlineData("preference", "preference.jsonl")]
    [InlineData("stepwise", "stepwise.jsonl")]
    [InlineData("ultrafeedback", "ultrafeedback.jsonl")]
    [InlineData("helpsteer3", "helpsteer3.jsonl")]
    public void Damaged_files_give_records_or_one_complaint(string format, string file)
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("REPRO_MUTATIONS"), CultureInfo.InvariantCulture, out var given)
            ? Math.Min(given, 100_000)
            : 400;
        using var folder = new TemporaryFolder();
        var random = new Xoshiro256(2024);
        var whole = File.ReadAllBytes(DataFolder.Fixture(file));
        var complaints = 0;
        for (var i = 0; i < count; i++)
        {
            var bytes = Damaged(whole, random);
            var compress = i % 4 == 3 && !file.EndsWith(".csv", StringComparison.Ordinal);
            var path = Path.Combine(folder.Path, compress ? Invariant($"{i}.gz") : Invariant($"{i}-{file}"));
            File.WriteAllBytes(path, compress ? Damaged(Compressed(bytes), random) : bytes);
            try
            {
                ReadAll(format, path);
            }
            catch (ReproException complaint)
            {
                complaints++;
                // A condition, not an expression, which each call would compile: 8000 of them took most of the time of this test.
                var namesFile = complaint.Message.StartsWith(path, StringComparison.Ordinal)
                    || complaint.Message.StartsWith(format + "/", StringComparison.Ordinal);
                namesFile.Should().BeTrue("'{0}' names the file", complaint.Message);
            }

            File.Delete(path);
        }

        complaints.Should().BeInRange(count / 4, count, "most damage is noticed");
    }

    [Fact]
    public void A_small_file_that_unpacks_to_one_endless_row_is_refused_without_filling_memory()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "bomb.jsonl.gz");
        using (var stream = new GZipStream(File.Create(path), CompressionLevel.SmallestSize))
        {
            var zeros = new byte[1024 * 1024];
            Array.Fill(zeros, (byte)'x');
            for (var i = 0; i < 300; i++)
            {
                stream.Write(zeros);
            }
        }

        new FileInfo(path).Length.Should().BeLessThan(1_000_000);
        FluentActions.Invoking(() => ReadAll("koala", path)).Should().Throw<ReproException>()
            .WithMessage("*bomb.jsonl.gz: * bytes unpack to more than *, over 100 times as many, which no data set does; *");

        var row = Path.Combine(folder.Path, "row.jsonl");
        File.WriteAllText(row, new string('x', RowReader.LongestRow + 1));
        FluentActions.Invoking(() => ReadAll("koala", row)).Should().Throw<ReproException>()
            .WithMessage("*row.jsonl:1: a row of more than 67108864 bytes begins here.");
    }

    /// <summary>Files that are none, or more than any reader may take in: each is one complaint within 10 s, with less than 500 MB of
    /// objects. Every one is read without and with a format, under every ending.</summary>
    [Fact]
    public void What_never_ends_or_is_no_file_is_one_complaint()
    {
        // Pipes, devices and files with holes are made by the tools of Linux.
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var folder = new TemporaryFolder();
        var tried = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;
        using (new Timer(_ => most = Math.Max(most, GC.GetTotalMemory(false) - before), null, 0, 5))
        {
            foreach (var path in Hostile(folder.Path))
            {
                foreach (var format in new[] { null, "preference" })
                {
                    GC.Collect();
                    var watch = Stopwatch.StartNew();
                    FluentActions.Invoking(() => Dataset.Load<PreferenceGroup>(new DatasetSettings { Path = path, Format = format }))
                        .Should().Throw<ReproException>(path).Which.Message.Should().Contain(path);
                    watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10), path);
                    tried++;
                }
            }
        }

        tried.Should().BeGreaterThanOrEqualTo(200);
        most.Should().BeLessThan(500_000_000);
    }

    private static IEnumerable<string> Hostile(string folder)
    {
        string[] endings = [".jsonl", ".json", ".csv", ".tsv", ".txt", ".parquet", ".jsonl.gz", ".jsonl.zst", ".csv.gz"];
        var zeros = Path.Combine(folder, "holes");
        using (var file = File.Create(zeros))
        {
            file.SetLength(1L << 40);
        }

        var fifo = Path.Combine(folder, "pipe");
        using (var made = Process.Start("mkfifo", [fifo]))
        {
            made.WaitForExit();
        }

        var rows = Path.Combine(folder, "rows");
        using (var stream = new GZipStream(File.Create(rows), CompressionLevel.SmallestSize))
        {
            var same = new string('a', 500);
            var pairs =
                Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat($"{{\"chosen\":\"{same}b\",\"rejected\":\"{same}c\"}}\n", 10_000)));
            for (var i = 0; i < 50; i++)
            {
                stream.Write(pairs);
            }
        }

        var zstandard = Path.Combine(folder, "zstandard");
        using (var stream = new CompressionStream(File.Create(zstandard), 3, leaveOpen: false))
        {
            var line = new byte[1 << 20];
            Array.Fill(line, (byte)'x');
            for (var i = 0; i < 500; i++)
            {
                stream.Write(line);
            }
        }

        var folderItself = Path.Combine(folder, "folder");
        Directory.CreateDirectory(folderItself);
        var nothing = Path.Combine(folder, "nothing");
        File.WriteAllBytes(nothing, []);
        string[] targets =
            ["/dev/zero", "/dev/null", "/proc/self/mem", fifo, zeros, rows, zstandard, folderItself, nothing,
            Path.Combine(folder, "missing")];
        foreach (var (target, ending) in targets.SelectMany(target => endings, (target, ending) => (target, ending)))
        {
            var link = Path.Combine(folder, Path.GetFileName(target) + "-link" + ending);
            File.CreateSymbolicLink(link, target);
            yield return link;
        }

        foreach (var ending in endings)
        {
            var (first, second) = (Path.Combine(folder, "loop" + ending), Path.Combine(folder, "back" + ending));
            File.CreateSymbolicLink(first, second);
            File.CreateSymbolicLink(second, first);
            yield return first;
            yield return Path.Combine(folder, "~", "data" + ending);
        }
    }

    private static void ReadAll(string name, string path)
    {
        var format = DataFormats.Find(name);
        var request = new ReadRequest(path, new ReadSettings(), new ReadNotes());
        Count<Conversation>();
        Count<PreferenceGroup>();
        Count<UnpairedPreference>();
        Count<RatedReply>();
        Count<StepwiseSolution>();
        Count<PromptOnly>();
        Count<PlainText>();

        void Count<T>()
            where T : class, IDataRecord
        {
            if (format.Offers<T>())
            {
                _ = format.Read<T>(request).Count();
            }
        }
    }

    private static byte[] Damaged(byte[] whole, Xoshiro256 random)
    {
        var bytes = whole.ToList();
        for (var changes = random.NextInt32(3); changes >= 0; changes--)
        {
            var at = random.NextInt32(bytes.Count);
            var length = Math.Min(random.NextInt32(40), bytes.Count - at);
            switch (random.NextInt32(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.NextInt32(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(length, bytes.Count - 1));
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(random.NextInt32(bytes.Count - length + 1), length));
                    break;
                case 3:
                    bytes.InsertRange(at, Splinters[random.NextInt32(Splinters.Length)]);
                    break;
                default:
                    bytes.RemoveRange(Math.Max(1, at), bytes.Count - Math.Max(1, at));
                    break;
            }
        }

        return [.. bytes];
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var stream = new GZipStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return target.ToArray();
    }
}
