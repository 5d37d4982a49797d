using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Models;
using Repro.Core.Tokenization;

namespace Repro.Bench;

/// <summary>Log-likelihoods of single letters after prompts of the shape of MMLU's: four questions of 60 to 120 tokens with four choices,
/// after five examples of 450 tokens or none. The twin in plain PyTorch is bench/choices.py.</summary>
internal static class ChoiceBenchmarks
{
    private const int Documents = 4;
    private const int Examples = 450;
    private const int Rows = 8;
    private const string Letters = "ABCD";

    /// <summary>Those without another word share what prompts have in common, against a whole request for each choice; those with
    /// <c>apart</c> do the twin's work; those with <c>once</c> meet a twin that has one request for the choices of a document.</summary>
    public static IEnumerable<Benchmark> All =>
    [
        new("choices_0shot", 1, false, () => Scoring(0, shared: true)) { TimedRuns = 3 },
        new("choices_0shot_once", 1, false, () => Scoring(0, shared: true)) { TimedRuns = 3 },
        new("choices_0shot_apart", 1, false, () => Scoring(0, shared: false)) { TimedRuns = 3 },
        new("choices_5shot", 1, false, () => Scoring(Examples, shared: true)) { TimedRuns = 3 },
        new("choices_5shot_once", 1, false, () => Scoring(Examples, shared: true)) { TimedRuns = 3 },
        new("choices_5shot_apart", 1, false, () => Scoring(Examples, shared: false)) { TimedRuns = 3 },
    ];

    // Without merges a letter is a token. Rows at once are those of the twin: of requests apart, or of documents.
    private static Action Scoring(int examples, bool shared)
    {
        var tokenizer = BpeTrainer.Train(["a"], new BpeTrainerOptions(257) { SpecialTokens = ["<|end|>"], EndToken = "<|end|>" });
        var model = LanguageModel.Create(ModelBenchmarks.Medium, seed: 1);
        var reading = new BenchmarkReading { BatchSize = shared ? Documents : Rows / Letters.Length, SharePrefixes = shared };
        var scorer = new ChoiceScorer(model, tokenizer, reading);
        var random = new Random(1);
        var common = Text(random, examples);
        List<IReadOnlyList<BenchmarkRequest>> documents =
        [
            .. Enumerable.Range(0, Documents).Select(i => common + Text(random, 60 + (20 * i)))
                .Select(prompt => Letters.Select(letter => new BenchmarkRequest(prompt, letter.ToString())).ToList()),
        ];
        return () => scorer.Score(documents);
    }

    private static string Text(Random random, int length) =>
        string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'z' + 1)));
}
