using System.Text;
using System.Text.Json;
using Repro.Core.Tokenization;

namespace Repro.Bench;

/// <summary>
/// Byte-level BPE on the texts of a JSONL file, every string member of every line one text, on one thread. There is no Python twin;
/// megabytes a second are shown instead. BENCH_TOKENIZER and BENCH_TEXTS name the tokenizer's folder and the file; without them there is
/// nothing to measure.
/// </summary>
internal static class TokenizerBenchmarks
{
    private static readonly string? Tokenizer = Environment.GetEnvironmentVariable("BENCH_TOKENIZER");

    private static readonly string? TextFile = Environment.GetEnvironmentVariable("BENCH_TEXTS");

    public static IEnumerable<Benchmark> All => Tokenizer is not null && TextFile is not null
        ? [
            new("tokenize", 1, false, Warm) { Bytes = Texts().Sum(text => (long)Encoding.UTF8.GetByteCount(text)) },
            new("tokenize_first", 1, false, Cold) { Bytes = Texts().Sum(text => (long)Encoding.UTF8.GetByteCount(text)) },
        ]
        : [];

    private static Action Warm()
    {
        var tokenizer = TokenizerLoader.Load(Tokenizer!);
        var texts = Texts();
        return () => Encode(tokenizer, texts);
    }

    // A tokenizer remembers words it has cut up; each run takes one that has not seen any.
    private static Action Cold()
    {
        var texts = Texts();
        var fresh = new Queue<TextTokenizer>(Enumerable.Range(0, Benchmark.MostRuns).Select(_ => TokenizerLoader.Load(Tokenizer!)));
        return () => Encode(fresh.Dequeue(), texts);
    }

    private static void Encode(TextTokenizer tokenizer, string[] texts)
    {
        var tokens = 0L;
        foreach (var text in texts)
        {
            tokens += tokenizer.EncodeIds(text).Length;
        }

        if (tokens == 0)
        {
            throw new InvalidOperationException("the texts gave no token.");
        }
    }

    private static string[] Texts() => [.. File.ReadLines(TextFile!).SelectMany(TextsOf)];

    private static List<string> TextsOf(string line)
    {
        using var document = JsonDocument.Parse(line);
        return
        [
            .. document.RootElement.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String)
                .Select(member => member.Value.GetString()!),
        ];
    }
}
