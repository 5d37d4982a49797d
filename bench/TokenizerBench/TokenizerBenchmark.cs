using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Repro.Core;
using Repro.Core.Text;

// TokenizerBench TOKENIZER FILE [RUNS]: how many megabytes (of UTF-8) of the texts in a JSONL file one thread encodes in a second.
// Every string member of every line is one text. The median of all runs counts; the first run, with an empty word cache, stands beside it.
if (args.Length is < 2 or > 3)
{
    Console.Error.WriteLine("Usage: TokenizerBench TOKENIZER FILE.jsonl [RUNS]");
    return 2;
}

try
{
    int runs = args.Length == 3 ? int.Parse(args[2]) : 15;
    string[] texts = [.. File.ReadLines(args[1]).SelectMany(Texts)];
    double megabytes = texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) / 1e6;
    TextTokenizer tokenizer = TokenizerLoader.Load(args[0]);
    var rates = new List<double>();
    long tokens = 0;
    for (int run = 0; run < runs; run++)
    {
        tokens = 0;
        var watch = Stopwatch.StartNew();
        foreach (string text in texts)
        {
            tokens += tokenizer.EncodeIds(text).Length;
        }

        rates.Add(megabytes / watch.Elapsed.TotalSeconds);
    }

    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{megabytes:F2} MB, {tokens} tokens; first run {rates[0]:F1} MB/s, median {rates.Order().ElementAt(runs / 2):F1}, best {rates.Max():F1}"));
    return 0;
}
catch (Exception e) when (e is ReproException or IOException or JsonException or FormatException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

static IEnumerable<string> Texts(string line)
{
    using JsonDocument document = JsonDocument.Parse(line);
    return [.. document.RootElement.EnumerateObject().Where(member => member.Value.ValueKind == JsonValueKind.String).Select(member => member.Value.GetString()!)];
}
