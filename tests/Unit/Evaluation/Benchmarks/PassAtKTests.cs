using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Models;
using Repro.Tests.Unit.Torch;

namespace Repro.Tests.Unit.Evaluation.Benchmarks;

/// <summary>Several programs for each problem, by a tiny model whose programs are told to pass by a rule of our own.</summary>
[Collection(TensorCollection.Name)]
[NoLiveTensors]
public sealed class PassAtKTests : IDisposable
{
    private const int Problems = 5;
    private const int Tries = 4;

    private static readonly BpeTextTokenizer Tokenizer = BpeTrainer.Train(
        ["def f(): return one and two", "assert f() is this and that"],
        new BpeTrainerOptions(300) { SpecialTokens = ["<|bos|>", "<|end|>"], BeginToken = "<|bos|>", EndToken = "<|end|>" });

    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model = LanguageModel.Create(
        TinyModels.Config(ModelArchitecture.Llama) with { VocabularySize = Tokenizer.IdLimit, MaximumPositions = 256 }, 3);

    /// <summary>
    /// n programs of which c pass, k handed in: all k fail with probability C(n - c, k) / C(n, k).
    /// (10, 3, 5): C(7, 5) / C(10, 5) = 21 / 252 = 1/12. (200, 1, 100): C(199, 100) / C(200, 100) = 1/2.
    /// (3, 0, k): 0. (3, 3, k): 1. (4, 2, 3): fewer than three fail, 1.
    /// </summary>
    [Theory]
    [InlineData(10, 3, 1, 0.3)]
    [InlineData(10, 3, 5, 11 / 12.0)]
    [InlineData(200, 1, 100, 0.5)]
    [InlineData(3, 0, 2, 0)]
    [InlineData(3, 3, 2, 1)]
    [InlineData(4, 2, 3, 1)]
    public void Programs_that_pass_give_pass_at_k(int programs, int passed, int k, double expected)
    {
        var sample = Sample([.. Enumerable.Range(0, programs).Select(i => i < passed)]);
        PassScores.Compute(sample, [k]).Should().ContainSingle().Which.Value.Should().BeApproximately(expected, 1e-12);
    }

    /// <summary>Two problems with 1 and 3 of 4: pass@1 0.25 and 0.75, mean 0.5, error 0.25; pass@2 1 - 3/6 = 0.5 and 1, mean 0.75,
    /// error 0.25.</summary>
    [Fact]
    public void A_task_has_each_k_with_its_error_and_other_k_are_computed_from_the_file()
    {
        var settings = BenchmarkLibrary.Find("humaneval").Settings;
        var path = Path.Combine(_folder.Path, "samples_humaneval.jsonl");
        BenchmarkSamples.Write(path, [Sample([true, false, false, false]), Sample([true, true, false, true]) with { DocId = 1 }]);
        var samples = BenchmarkSamples.Read(path);
        samples[1].Passed.Should().Equal(true, true, false, true);
        var scores = SampleScores.Compute(settings, samples, [2, 1]);
        scores.Keys.Should().Equal("pass@1,create_test", "pass@2,create_test");
        BenchmarkScores.Mean(scores["pass@1,create_test"]).Should().Be(new MeanScore(0.5, 0.25, 2));
        BenchmarkScores.Mean(scores["pass@2,create_test"]).Should().Be(new MeanScore(0.75, 0.25, 2));
        FluentActions.Invoking(() => SampleScores.Compute(settings, samples, [1, 5])).Should().Throw<ReproException>()
            .WithMessage("doc_id 0: pass@5 needs at least 5 programs, found 4.");
    }

    [Fact]
    public void A_file_without_the_programs_that_passed_keeps_what_was_logged()
    {
        var logged = Sample([]) with { Scores = new Dictionary<string, double> { ["pass@10"] = 0.5, ["pass@1"] = 0.25, ["pass@x"] = 1 } };
        PassScores.Compute(logged).Should().Equal(new Dictionary<string, double> { ["pass@1"] = 0.25, ["pass@10"] = 0.5 });
        FluentActions.Invoking(() => PassScores.Compute(logged, [2])).Should().Throw<ReproException>()
            .WithMessage("doc_id 0: pass@2 is not logged, and the file does not say which programs passed.");
    }

    [Fact]
    public void A_logged_score_that_the_programs_contradict_is_said()
    {
        var sample = Sample([true, false]) with { Scores = new Dictionary<string, double> { ["pass@1"] = 0.5, ["pass@2"] = 0.5 } };
        SampleScores.Disagreements(BenchmarkLibrary.Find("humaneval").Settings, [sample]).Should().ContainSingle()
            .Which.Should().Contain("pass@2 of 1 of 1 samples");
    }

    [Fact]
    public void Each_problem_has_its_programs_and_neither_batch_nor_their_number_changes_one()
    {
        var samples = Run(new Rule(), batch: 3);
        samples.Should().HaveCount(Problems);
        foreach (var sample in samples)
        {
            sample.Responses.Should().HaveCount(Tries);
            sample.Filtered.Should().Equal(sample.Responses.Select(response => Invariant($"def f{sample.DocId}():\n{response}")));
            sample.Passed.Should().Equal(sample.Filtered.Select(program => Rule.IsGood($"{program}\n{sample.Target}")));
            sample.Scores["pass@1"].Should().BeApproximately(sample.Passed.Count(passed => passed) / (double)Tries, 1e-12);
            sample.Scores.Keys.Should().Equal("pass@1", "pass@2");
        }

        samples.SelectMany(sample => sample.Responses).Distinct().Should().HaveCountGreaterThan(Problems, "programs are drawn");
        var fewer = Run(new Rule(), batch: 16, sampling: Sampling(2));
        fewer.Select(sample => sample.Responses).Should().BeEquivalentTo(
            samples.Select(sample => sample.Responses.Take(2)), order => order.WithStrictOrdering());
        Run(new Rule(), sampling: Sampling(Tries) with { Seed = 9 }).SelectMany(sample => sample.Responses)
            .Should().NotEqual(samples.SelectMany(sample => sample.Responses));
    }

    [Theory]
    [InlineData(null, null, 256)]
    [InlineData(null, 12, 12)]
    [InlineData(5, 12, 5)]
    [InlineData(5, null, 5)]
    public void New_tokens_are_those_asked_for_else_those_of_the_task_else_256(int? asked, int? ofTask, int expected) =>
        new BenchmarkReading { MaxGenToks = asked }.NewTokens(new GenerationRequest { Until = [], MaxGenToks = ofTask })
            .Should().Be(expected);

    /// <summary>The task asks for 12 new tokens; a prompt has more than one.</summary>
    [Fact]
    public void A_prompt_that_is_cut_counts_once_for_all_its_programs_and_one_without_a_place_is_refused()
    {
        using var few = LanguageModel.Create(_model.Config with { MaximumPositions = 12 }, 3);
        FluentActions.Invoking(() => Make(few, new Rule(), new() { Sampling = Sampling(Tries) }, null, out _))
            .Should().Throw<ReproException>().WithMessage(
                "humaneval: 12 new tokens leave the prompt no place in the model's 12 positions; --max-gen-toks gives fewer.");
        Make(few, new Rule(), new() { Sampling = Sampling(Tries), MaxGenToks = 11, BatchSize = 3 }, null, out var shortened)
            .Should().HaveCount(Problems);
        shortened.Should().Be(Problems);
    }

    /// <summary>The third problem is broken off while its programs run, and half a line was being written.</summary>
    [Fact]
    public void A_run_that_was_broken_off_goes_on_where_it_was()
    {
        var (path, whole) = (Path.Combine(_folder.Path, "unfinished_humaneval.jsonl"), new Rule());
        var expected = Run(whole, batch: Tries);
        var broken = new Rule { Most = (2 * Tries) + 1 };
        FluentActions.Invoking(() => Run(broken, Tries, progress: BenchmarkProgress.Open(path, Seed(1), 1)))
            .Should().Throw<OperationCanceledException>();
        File.AppendAllText(path, """{"doc_id": 2, "doc": {""");
        var progress = BenchmarkProgress.Open(path, Seed(1), 1);
        progress.Samples.Select(sample => sample.DocId).Should().Equal(0, 1);
        var rest = new Rule();
        var (first, second) = (Path.Combine(_folder.Path, "samples_a.jsonl"), Path.Combine(_folder.Path, "samples_b.jsonl"));
        BenchmarkSamples.Write(first, expected);
        BenchmarkSamples.Write(second, Run(rest, Tries, progress: progress));
        File.ReadAllText(second).Should().Be(File.ReadAllText(first));
        (whole.Count, rest.Count).Should().Be((Problems * Tries, (Problems - 2) * Tries));
        BenchmarkProgress.Open(path, Seed(1), 1).Samples.Should().HaveCount(Problems);
    }

    [Fact]
    public void An_unfinished_run_with_other_settings_is_refused_and_documents_without_all_filters_are_run_again()
    {
        var path = Path.Combine(_folder.Path, "unfinished_x.jsonl");
        BenchmarkProgress.Open(path, Seed(1), 2).Append([Sample([true]), Sample([true]), Sample([true])]);
        BenchmarkProgress.Open(path, Seed(1), 2).Samples.Should().HaveCount(2);
        FluentActions.Invoking(() => BenchmarkProgress.Open(path, Seed(2), 2)).Should().Throw<ReproException>().WithMessage(
            "*unfinished_x.jsonl: an unfinished run with other settings: sampling.seed is 1 there and 2 here; it goes on with "
            + "those it was begun with, or remove the file to begin anew.");
        File.WriteAllText(path, "run\n");
        FluentActions.Invoking(() => BenchmarkProgress.Open(path, Seed(1), 1)).Should().Throw<ReproException>()
            .WithMessage("*unfinished_x.jsonl:1: is not valid JSON*");
        File.WriteAllText(path, Seed(1).ToJsonString() + "\nno JSON\n");
        FluentActions.Invoking(() => BenchmarkProgress.Open(path, Seed(1), 1)).Should().Throw<ReproException>()
            .WithMessage("*unfinished_x.jsonl:2: is not valid JSON*");
    }

    [Fact]
    public void More_programs_handed_in_than_drawn_and_tasks_without_programs_are_refused()
    {
        FluentActions.Invoking(() => Run(new Rule(), sampling: Sampling(2) with { Ks = [3] })).Should().Throw<ReproException>()
            .WithMessage("pass@3 needs at least 3 programs for each problem, found 2.");
        _folder.Write("gsm8k/test.jsonl", """{"question": "?", "answer": "#### 1"}""");
        var task = BenchmarkTask.Load(BenchmarkLibrary.Find("gsm8k").Settings, null, _folder.Path, 0);
        FluentActions.Invoking(() => new BenchmarkRun(_model, Tokenizer, new() { Sampling = Sampling(2) }).Run(task))
            .Should().Throw<ReproException>().WithMessage("gsm8k takes one response*");
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private static ProgramSampling Sampling(int samples) => new() { Samples = samples, Temperature = 1, TopP = 1, Seed = 5, Ks = [1, 2] };

    private static JsonObject Seed(int seed) => new()
    {
        ["task"] = "x",
        ["sampling"] = new JsonObject { ["seed"] = seed, ["temperature"] = 0.8 },
    };

    private static BenchmarkSample Sample(bool[] passed) => new()
    {
        DocId = 0,
        Doc = new JsonObject { ["task_id"] = "t/0" },
        Target = "check(f)",
        Requests = [new("def f():\n", null)],
        Responses = [.. passed.Select(own => Invariant($"  return {own}"))],
        Filter = "create_test",
        Filtered = [.. passed.Select(own => Invariant($"def f():\n  return {own}"))],
        Passed = passed,
        DocHash = "hash",
    };

    private IReadOnlyList<BenchmarkSample> Run(
        IProgramRunner rule, int batch = 8, ProgramSampling? sampling = null, BenchmarkProgress? progress = null) =>
        Make(_model, rule, new() { BatchSize = batch, Sampling = sampling ?? Sampling(Tries) }, progress, out _);

    private IReadOnlyList<BenchmarkSample> Make(
        LanguageModel model, IProgramRunner rule, BenchmarkReading reading, BenchmarkProgress? progress, out int shortened)
    {
        const string Problem = """{"task_id": "t/N", "prompt": "def fN():\n", "entry_point": "fN", "canonical_solution": "", "test": ""}""";
        var path = _folder.Write("problems.jsonl", string.Join('\n', Enumerable.Range(0, Problems).Select(i =>
            Problem.Replace("N", Invariant($"{i}"), StringComparison.Ordinal))));
        var settings = BenchmarkLibrary.Find("humaneval").Settings;
        settings = settings with { GenerationKwargs = settings.GenerationKwargs! with { MaxGenToks = 12 } };
        var task = BenchmarkTask.Load(settings, null, _folder.Path, data: [path]);
        var run = new BenchmarkRun(model, Tokenizer, reading, rule);
        var samples = run.Run(task, progress: progress);
        shortened = run.Shortened;
        return samples;
    }

    /// <summary>Programs whose letters sum to an even number pass.</summary>
    private sealed class Rule : IProgramRunner
    {
        public int Most { get; init; } = int.MaxValue;

        public int Count { get; private set; }

        public static bool IsGood(string program) => program.Sum(letter => letter) % 2 == 0;

        public bool Passes(string program, CancellationToken cancellation = default) =>
            ++Count > Most ? throw new OperationCanceledException() : IsGood(program);
    }
}
