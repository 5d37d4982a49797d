using System.Text.Json;
using Repro.Core.Text;
using Repro.Tests.Shared.Vectors;
using Repro.Tests.Unit.Data;

namespace Repro.Tests.Unit.Text;

/// <summary>Training of byte-level BPE against the Rust library: every merge with its count.</summary>
[Trait("Suite", "Vectors")]
public sealed class TrainingVectorTests
{
    [VectorTheory]
    [InlineData("training")]
    public void Byte_level_merges_and_counts(string name)
    {
        var checks = new VectorChecks();
        int count = 0;
        foreach (JsonElement item in TextVectors.Cases(name, "train_byte_level_bpe", "train_sentencepiece_bpe"))
        {
            if (TextVectors.Kind(item) != "train_byte_level_bpe")
            {
                continue;
            }

            if (PathOf(item.GetProperty("inputs")) is { } path && !File.Exists(path))
            {
                continue;
            }

            count++;
            JsonElement parameters = item.GetProperty("params");
            parameters.GetProperty("min_frequency").GetInt32().Should().Be(0);
            JsonElement inputs = item.GetProperty("inputs");
            bool whole = inputs.TryGetProperty("lines", out JsonElement given);
            string[] lines = whole ? Strings(given) : LinesOfFile(inputs);
            var options = new BpeTrainerOptions(parameters.GetProperty("vocab_size").GetInt32(), parameters.GetProperty("regex").GetString()!);
            JsonElement outputs = item.GetProperty("outputs");
            string[] merges = [.. outputs.GetProperty("merges").EnumerateArray().Select(pair => string.Join(' ', Strings(pair)))];
            int[] counts = TextVectors.Numbers(outputs.GetProperty("pair_counts"));

            IReadOnlyList<LearnedMerge> learned = BpeTrainer.LearnMerges(lines, options);
            checks.Compare(item, "merges", string.Join('|', merges), string.Join('|', learned.Select(merge => $"{merge.Left} {merge.Right}")));
            checks.Compare(item, "counts", counts, learned.Select(merge => (int)merge.Count));

            // Of the small corpora nothing is left to learn beyond the vocabulary of the vectors.
            if (whole)
            {
                BpeTrainer.LearnMerges(lines, options with { VocabularySize = 100_000 }).Count.Should().Be(merges.Length, TextVectors.Id(item));
            }

            // A smaller vocabulary is a prefix.
            int half = options.VocabularySize - (merges.Length / 2);
            BpeTrainer.LearnMerges(lines, options with { VocabularySize = half }).Should().Equal(learned.Take(half - 256));
            string[] tokens = outputs.TryGetProperty("vocab_after_alphabet", out JsonElement list)
                ? Strings(list)
                : [.. merges.Select(merge => merge.Replace(" ", "")).Distinct()];
            BpeTextTokenizer tokenizer = BpeTrainer.Train(lines, options);
            checks.Compare(item, "vocabulary", string.Join('|', tokens), string.Join('|', Enumerable.Range(256, tokenizer.Count - 256).Select(tokenizer.TokenOf)));
        }

        checks.Wrong.Should().BeEmpty();
        count.Should().BeGreaterThan(5);
    }

    // The vectors name rows of a published data set, such as data/gsm8k/train.jsonl, which a clone may lack; null where the case brings
    // its lines.
    private static string? PathOf(JsonElement inputs) =>
        inputs.TryGetProperty("file", out JsonElement file) ? DataFolder.Path(file.GetString()!.Split('/')[1..]) : null;

    private static string[] LinesOfFile(JsonElement inputs)
    {
        inputs.GetProperty("lines_of_a_row").GetString().Should().Be("(question + LF + answer) split at LF, LF appended to every line");
        string path = PathOf(inputs)!;
        int first = inputs.GetProperty("first_row").GetInt32();
        return
        [
            .. File.ReadLines(path).Skip(first).Take(inputs.GetProperty("rows").GetInt32()).SelectMany(row =>
            {
                using JsonDocument document = JsonDocument.Parse(row);
                string question = document.RootElement.GetProperty("question").GetString()!;
                return $"{question}\n{document.RootElement.GetProperty("answer").GetString()}".Split('\n').Select(line => line + "\n");
            }),
        ];
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetString()!)];
}
