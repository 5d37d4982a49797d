using System.Globalization;
using System.Buffers.Binary;
using System.Text;
using Repro.Core;
using Repro.Core.Models.Safetensors;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Torch;
using static TorchSharp.torch;

namespace Repro.Tests.Unit.Models;

[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class HostileSafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 12, "*take 8 bytes of data, the file has 12*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 4, "*do not lie within the 4 bytes*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "*take 8 bytes, data_offsets span 4*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "*do not lie within*")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[2,6]}}",
        6, "*'b' overlaps*")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[6,10]}}",
        10, "*'b' leaves 2 bytes*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", 8, "*too large*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,0],\"data_offsets\":[0,0]}}", 0, "*too large*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}", 8, "*whole numbers*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8, "*whole numbers*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}", 8, "*whole numbers*")]
    [InlineData("{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "*dtype 'F8_E4M3'*supported are*")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8, "*'a' is listed twice*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "*'dtype' twice*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "*'more'*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "*must have dtype, shape and two data_offsets*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "*at most 2*")]
    [InlineData("{\"a\":[]}", 0, "*object*")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "*text*")]
    [InlineData("{\"a\":{\"shape\":[[[[1]]]]}}", 0, "*")]
    [InlineData("{} {}", 0, "*JSON*")]
    [InlineData(" {}", 0, "*must start with*")]
    [InlineData("{", 0, "*JSON*")]
    [InlineData("", 0, "*must start with*")]
    [InlineData("{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4, "*")]
    public void A_wrong_header_is_refused_with_its_fault(string header, int data, string message) =>
        FluentActions.Invoking(() => SafetensorsFile.Open(Write(Encoding.UTF8.GetBytes(header), data)))
            .Should().Throw<ReproException>().WithMessage(message);

    [Fact]
    public void A_header_longer_than_the_file_is_refused()
    {
        var path = Write("{}"u8.ToArray(), 0);
        var bytes = File.ReadAllBytes(path);
        foreach (var length in new ulong[] { 3, 1UL << 40, ulong.MaxValue, long.MaxValue })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            File.WriteAllBytes(path, bytes);
            FluentActions.Invoking(() => SafetensorsFile.Open(path)).Should().Throw<ReproException>().WithMessage("*header should take*");
        }

        File.WriteAllBytes(path, new byte[7]);
        FluentActions.Invoking(() => SafetensorsFile.Open(path)).Should().Throw<ReproException>().WithMessage("*at least 8 bytes*");
        FluentActions.Invoking(() => SafetensorsFile.Open(path + ".absent")).Should().Throw<ReproException>();
    }

    [Fact]
    public void Deep_json_is_refused()
    {
        var header = "{\"a\":" + new string('[', 100_000);
        FluentActions.Invoking(() => SafetensorsFile.Open(Write(Encoding.UTF8.GetBytes(header), 0))).Should().Throw<ReproException>();
    }

    /// <summary>Mutated files either open and can be read whole, or are refused with the documented exception.</summary>
    [Fact]
    public void Mutated_files_neither_crash_nor_allocate_much()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("REPRO_MUTATIONS"), CultureInfo.InvariantCulture, out var given)
            ? Math.Min(given, 100_000)
            : 20_000;
        var path = Path.Combine(_folder.Path, "mutated.safetensors");
        using (var scope = NewDisposeScope())
        {
            SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
            {
                ["model.a.weight"] = rand(4, 6),
                ["model.b.weight"] = rand(3).to(ScalarType.BFloat16),
                ["model.c"] = zeros(0, 2),
            });
        }

        var original = File.ReadAllBytes(path);
        var random = new Random(20_260);
        var (opened, refused) = (0, 0);
        for (var i = 0; i < count; i++)
        {
            var mutated = Mutate(original, random);
            File.WriteAllBytes(path, mutated);
            var before = GC.GetAllocatedBytesForCurrentThread();
            if (ReadAll(path, mutated.Length))
            {
                opened++;
            }
            else
            {
                refused++;
            }

            // The constant is what opening any file costs: mapping, reader, exception with its trace.
            (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(65_536 + (10L * mutated.Length), "mutation {0}", i);
        }

        opened.Should().BePositive("changes of data bytes are valid");
        refused.Should().BePositive();
    }

    private static bool ReadAll(string path, long fileBytes)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            var total = 0L;
            foreach (var name in file.Entries.Keys)
            {
                using var tensor = file.Read(name);
                total += tensor.numel() * tensor.element_size();
            }

            total.Should().BeLessThanOrEqualTo(fileBytes);
            return true;
        }
        catch (ReproException)
        {
            return false;
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                    break;
                case 3:
                    bytes.Insert(at, (byte)"0123456789{}[]\",:"[random.Next(17)]);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 60), bytes.Count - at)));
                    break;
                default:
                    bytes[random.Next(Math.Min(8, bytes.Count))] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }

    private string Write(byte[] header, int data)
    {
        var path = Path.Combine(_folder.Path, "hostile.safetensors");
        var bytes = new byte[8 + header.Length + data];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
