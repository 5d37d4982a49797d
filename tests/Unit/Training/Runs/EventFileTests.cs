using System.Text;
using Repro.Core.Training.Runs;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Training.Runs;

public sealed class EventFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // From RFC 3720, appendix B.4.
    public static TheoryData<byte[], uint> Checksums => new()
    {
        { new byte[32], 0x8a9136aa },
        { Enumerable.Repeat((byte)0xff, 32).ToArray(), 0x62a8ab43 },
        { Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), 0x46dd794e },
        { Enumerable.Range(0, 32).Select(i => (byte)(31 - i)).ToArray(), 0x113fdb5c },
        { Encoding.ASCII.GetBytes("123456789"), 0xe3069283 },
    };

    [Theory]
    [MemberData(nameof(Checksums))]
    public void Checksums_are_those_of_the_standard(byte[] bytes, uint expected) => EventFile.Checksum(bytes).Should().Be(expected);

    [Fact]
    public void The_first_record_is_the_one_that_every_event_file_starts_with()
    {
        var path = Path.Combine(_folder.Path, EventFile.Name);
        using (new EventFile(path, new DiskFiles(), 0, 1.0))
        {
        }

        // Length 24, its masked checksum, wall time 1.0, file version, masked checksum: the framing by hand. Protobuf leaves out a step of
        // 0.
        var expected = new byte[] { 9, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 26, 13 }.Concat(Encoding.ASCII.GetBytes("brain.Event:2")).ToArray();
        var bytes = File.ReadAllBytes(path);
        bytes[..8].Should().Equal(24, 0, 0, 0, 0, 0, 0, 0);
        bytes[12..^4].Should().Equal(expected);
        BitConverter.ToUInt32(bytes.AsSpan(8)).Should().Be(EventFile.MaskedChecksum(bytes.AsSpan(0, 8)));
        BitConverter.ToUInt32(bytes.AsSpan(bytes.Length - 4)).Should().Be(EventFile.MaskedChecksum(expected));
    }

    [Fact]
    public void Steps_that_were_undone_and_torn_records_go()
    {
        var path = Path.Combine(_folder.Path, EventFile.Name);
        Write(path, long.MaxValue, 1, 2, 3);
        File.AppendAllText(path, "torn");
        Write(path, 2, 3, 4);

        Steps(path).Should().Equal(0, 1, 2, 3, 4);
    }

    [Fact]
    public void A_record_with_a_wrong_checksum_ends_the_file()
    {
        var path = Path.Combine(_folder.Path, EventFile.Name);
        Write(path, long.MaxValue, 1, 2, 3);
        var bytes = File.ReadAllBytes(path);
        bytes[^10] ^= 1;
        File.WriteAllBytes(path, bytes);

        Steps(path).Should().Equal(0, 1, 2);
    }

    public void Dispose() => _folder.Dispose();

    private static void Write(string path, long keep, params long[] steps)
    {
        using var file = new EventFile(path, new DiskFiles(), keep, 1.0);
        foreach (var step in steps)
        {
            file.Add(2.0, step, new Dictionary<string, double> { ["loss"] = step });
        }
    }

    private static List<long> Steps(string path)
    {
        using var stream = File.OpenRead(path);
        return [.. EventFile.Read(stream).Select(entry => entry.Event.Step)];
    }
}
