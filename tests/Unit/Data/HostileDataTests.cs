using System.Globalization;
using System.IO.Compression;
using Repro.Core;
using Repro.Core.Data;
using Repro.Core.Randomness;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Data;

/// <summary>
/// Files that were damaged in transit or made to harm: whatever the bytes are, a reader gives records or one complaint that names the file,
/// never another exception. REPRO_MUTATIONS sets how many damaged files there are for each format.
/// </summary>
public sealed class HostileDataTests
{
    private static readonly byte[][] Splinters =
    [
        "\0"u8.ToArray(), "{"u8.ToArray(), "}"u8.ToArray(), "["u8.ToArray(), "]"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(), "\n"u8.ToArray(), ","u8.ToArray(),
        "null"u8.ToArray(), "-1"u8.ToArray(), "1e999"u8.ToArray(), "\\ud800"u8.ToArray(), "'"u8.ToArray(), [0xFF], [0xEF, 0xBB, 0xBF], [0x1F, 0x8B],
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
    public void Damaged_files_give_records_or_one_complaint(string format, string file)
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("REPRO_MUTATIONS"), CultureInfo.InvariantCulture, out var given) ? Math.Min(given, 100_000) : 400;
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
                complaint.Message.Should().Match(message => message.StartsWith(path, StringComparison.Ordinal) || message.StartsWith(format + "/", StringComparison.Ordinal));
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
        FluentActions.Invoking(() => ReadAll("koala", path)).Should().Throw<ReproException>().WithMessage("*bomb.jsonl.gz:1: a row of more than 268435456 bytes begins here.");
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
