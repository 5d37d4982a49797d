using System.Text.Json;
using Repro.Core.Tokenization;

namespace Repro.Tests.Unit.Tokenization;

/// <summary>Training of byte-level BPE against the Rust library: every merge with its count.</summary>
[Trait("Suite", "Vectors")]
public sealed class TrainingVectorTests
{
    [TokenizerVectorTheory(VectorSort.Training, "train_byte_level_bpe")]
    [TokenizerFolders(VectorSort.Training, "train_byte_level_bpe")]
    public void Byte_level_merges_and_counts(string name)
    {
        var checks = new VectorChecks();
        foreach (JsonElement item in TextVectors.Cases(name, "train_byte_level_bpe"))
        {
            JsonElement inputs = item.GetProperty("inputs");
            CheckMerges(item, inputs.TryGetProperty("lines", out JsonElement given) ? Strings(given) : LinesOfFile(item), checks);
        }

        checks.Wrong.Should().BeEmpty();
    }

    private static void CheckMerges(JsonElement item, string[] lines, VectorChecks checks)
    {
        JsonElement parameters = item.GetProperty("params");
        int size = parameters.GetProperty("vocab_size").GetInt32();
        var options = new BpeTrainerOptions(
            size, parameters.GetProperty("regex").GetString()!, Math.Max(1, parameters.GetProperty("min_frequency").GetInt32()));
        JsonElement outputs = item.GetProperty("outputs");
        string[] merges = [.. outputs.GetProperty("merges").EnumerateArray().Select(pair => string.Join(' ', Strings(pair)))];

        IReadOnlyList<LearnedMerge> learned = BpeTrainer.LearnMerges(lines, options);
        checks.Compare(item, "merges", string.Join('|', merges), string.Join('|', learned.Select(merge => $"{merge.Left} {merge.Right}")));
        checks.Compare(item, "counts", TextVectors.Numbers(outputs.GetProperty("pair_counts")), learned.Select(merge => (int)merge.Count));

        // A smaller vocabulary is a prefix, a larger one goes on.
        IReadOnlyList<LearnedMerge> fewer = BpeTrainer.LearnMerges(lines, options with { VocabularySize = 256 + ((size - 256) / 2) });
        fewer.Should().Equal(learned.Take(fewer.Count));
        BpeTrainer.LearnMerges(lines, options with { VocabularySize = size + 1000 }).Take(learned.Count).Should().Equal(learned);

        string[] tokens = outputs.TryGetProperty("vocab_after_alphabet", out JsonElement list)
            ? Strings(list)
            : [.. merges.Select(merge => merge.Replace(" ", "")).Distinct()];
        BpeTextTokenizer tokenizer = BpeTrainer.Train(lines, options);
        checks.Compare(
            item, "vocabulary", string.Join('|', tokens),
            string.Join('|', Enumerable.Range(256, tokenizer.Count - 256).Select(tokenizer.TokenOf)));
    }

    // The vectors name rows of a published data set.
    private static string[] LinesOfFile(JsonElement item)
    {
        JsonElement inputs = item.GetProperty("inputs");
        inputs.GetProperty("lines_of_a_row").GetString().Should().Be("(question + LF + answer) split at LF, LF appended to every line");
        int first = inputs.GetProperty("first_row").GetInt32();
        return
        [
            .. File.ReadLines(TextVectors.FileOf(item)!).Skip(first).Take(inputs.GetProperty("rows").GetInt32()).SelectMany(row =>
            {
                using JsonDocument document = JsonDocument.Parse(row);
                string question = document.RootElement.GetProperty("question").GetString()!;
                return $"{question}\n{document.RootElement.GetProperty("answer").GetString()}".Split('\n').Select(line => line + "\n");
            }),
        ];
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetString()!)];
}
