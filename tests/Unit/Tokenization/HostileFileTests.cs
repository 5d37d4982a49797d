using System.Globalization;
using Repro.Core;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>
/// Seeded mutations of tokenizer files: each either loads or gives the one documented exception, without allocating
/// more than ten times the file (plus a fixed amount for tables that every tokenizer has). REPRO_MUTATIONS sets how many.
/// </summary>
public sealed class HostileFileTests
{
    private const long FixedAllocation = 2 * 1024 * 1024;

    private static readonly string[] _tokens =
        [
            "{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "1e9", "2147483647", "99999999999", "\\u0000", "\\ud800", "\"vocab\"",
            "\"type\"", "((((a*)*)*)*)*", "\u00e9",
        ];

    [Fact]
    public void Mutated_tokenizer_json()
    {
        byte[] whole = TinyTokenizer.Bytes(
            TinyTokenizer.ByteLevel(PreTokenizerPatterns.Qwen2, TinyTokenizer.Added(300, "<x>", lstrip: true)));
        byte[] converted = TinyConverted.Bytes();
        Run([whole, converted], 7001, Mutations() / 2, bytes => TokenizerLoader.ReadTokenizerJson(bytes));
    }

    [Fact]
    public void Mutated_tokenizer_model()
    {
        Run(
            [TinySentencePiece.Bytes(), TinySentencePiece.Bytes(more: [("lo", 5), ("thell", 4)])], 7002, Mutations() / 2,
            bytes => TokenizerLoader.ReadSentencePiece(bytes));
    }

    private static int Mutations() =>
        int.TryParse(Environment.GetEnvironmentVariable("REPRO_MUTATIONS"), CultureInfo.InvariantCulture, out int count) ? count : 20_000;

    private static void Run(byte[][] seeds, int seed, int count, Func<byte[], TextTokenizer> load)
    {
        foreach (byte[] bytes in seeds)
        {
            Use(load(bytes));
        }

        int loaded = 0;
        for (int i = 0; i < count; i++)
        {
            var random = new Random((seed * 1_000_003) + i);
            byte[] mutated = Mutate(seeds[random.Next(seeds.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                TextTokenizer tokenizer = load(mutated);
                Check(i, before, mutated.Length);
                Use(tokenizer);
                loaded++;
            }
            catch (ReproException)
            {
                Check(i, before, mutated.Length);
            }
            catch (Exception e)
            {
                Assert.Fail(Invariant($"Mutation {i} of seed {seed} threw {e}"));
            }
        }

        // Neither all nor none: the mutations reach behind the first check.
        loaded.Should().BeInRange(count / 100, count * 95 / 100);
    }

    private static void Check(int index, long before, int length)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > (10L * length) + FixedAllocation)
        {
            Assert.Fail(Invariant($"Mutation {index}: {allocated} bytes allocated for a file of {length}."));
        }
    }

    private static void Use(TextTokenizer tokenizer)
    {
        const string text = "In the  end, he sells 12 loaves…\n<x> 🍞";
        int[] ids = tokenizer.EncodeIds(text);
        tokenizer.DecodeIds(ids);
        tokenizer.EncodeSpans(text).Count.Should().Be(ids.Length);
        tokenizer.DecodeIds([0, 1, 5, 70, int.MaxValue, -1], ignoreUnknownIds: true);
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        int changes = 1 + random.Next(3);
        for (int k = 0; k < changes && bytes.Count > 0; k++)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(7))
            {
                case 0:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(place, Math.Min(bytes.Count - place, 1 + random.Next(40)));
                    break;
                case 3:
                    bytes.InsertRange(place, System.Text.Encoding.UTF8.GetBytes(_tokens[random.Next(_tokens.Length)]));
                    break;
                case 4:
                    bytes.InsertRange(place, bytes.GetRange(place, Math.Min(bytes.Count - place, random.Next(200))));
                    break;
                case 5:
                    bytes.RemoveRange(place, bytes.Count - place);
                    break;
                default:
                    // A length or a number becomes huge.
                    bytes.InsertRange(place, [0xFF, 0xFF, 0xFF, 0xFF, 0x07]);
                    break;
            }
        }

        return [.. bytes];
    }
}
