using System.IO.Compression;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Evaluation.Benchmarks;
using Repro.Core.Models;
using Repro.Core.Tokenization;
using Repro.Tests.Unit.Evaluation.Benchmarks;
using Repro.Tests.Unit.Torch;
using Repro.Tests.Unit.Training.Stages;

namespace Repro.Tests.Unit.Cli;

/// <summary><c>bench</c> on a tiny model and small files of our own in the published formats.</summary>
[Collection(TensorCollection.Name)]
public sealed class BenchVerbTests : IClassFixture<TrainedWorld>
{
    private readonly TrainedWorld _world;

    public BenchVerbTests(TrainedWorld world)
    {
        _world = world;
        foreach (var folder in new[] { "arc", "gsm8k", "humaneval" })
        {
            Directory.CreateDirectory(world.File(Path.Combine("data", folder)));
        }

        world.Write("data/arc/ARC-Easy-Test.jsonl", [.. Enumerable.Range(1, 5).Select(Question)]);
        string[] problems = [.. Enumerable.Range(1, 4).Select(i =>
            Invariant($$"""{"question": "What is {{i}} plus {{i}}?", "answer": "It is {{i}}+{{i}}.\n#### {{2 * i}}"}"""))];
        world.Write("data/gsm8k/test.jsonl", problems);
        world.Write("data/gsm8k/train.jsonl", problems);
    }

    private string Data => _world.File("data");

    [Fact]
    public void Every_benchmark_is_listed()
    {
        var output = _world.Run("bench", "list");
        output.Should().Contain("winogrande").And.Contain("opencompass").And.Contain("prompts only");
        BenchmarkLibrary.All().Select(settings => settings.Profile).Distinct().Should().Equal("lm-eval", "opencompass");
    }

    [Fact]
    public void A_dry_run_hashes_the_prompts_and_names_files_that_are_not_the_published_ones()
    {
        var (code, output, error) = SmallWorld.Try("bench", "run", "arc_easy", "--data", Data, "--dry");
        code.Should().Be(0, error);
        SmallWorld.Try("bench", "run", "arc_easy", "arc_easy", "--data", Data, "--dry").Error.Should().Contain("1 tasks, 5 documents");
        output.Should().StartWith("arc_easy\t1.0\t0\t5\t10\t");
        error.Should().Contain("not the official file").And.Contain("5 documents, the published split has 2376");
    }

    [Fact]
    public void A_run_writes_samples_and_results_that_score_and_diff_read()
    {
        string[] run = ["bench", "run", "arc_easy", "gsm8k", "--data", Data, "--model", _world.Model, "--num-fewshot", "0",
            "--max-gen-toks", "8"];
        var (code, output, error) = SmallWorld.Try([.. run, "--out", _world.File("shared")]);
        code.Should().Be(0, error);
        error.Should().Contain("note: gsm8k: strict-match found no answer in ");
        output.Should().Contain("acc_norm,none").And.Contain("exact_match,flexible-extract");
        _world.Run([.. run, "--out", _world.File("apart"), "--no-sharing", "--batch", "1"]);
        var results = JsonNode.Parse(File.ReadAllText(_world.File("shared/results.json")))!;
        results["profile"]!.GetValue<string>().Should().Be("lm-eval");
        results["tokenizer_sha256"]!.GetValue<string>().Should().HaveLength(64);
        results["generated_by"]!["weights"]!.GetValue<string>().Should().HaveLength(64);
        results["generated_by"]!["tokenizer"]!.GetValue<string>().Should().Be(results["tokenizer_sha256"]!.GetValue<string>());
        var arc = results["tasks"]!["arc_easy"]!;
        (arc["num_fewshot"]!.GetValue<int>(), arc["documents"]!.GetValue<int>()).Should().Be((0, 5));
        _world.Run("bench", "score", _world.File("shared")).Should().Contain(Invariant($"{arc["acc,none"]!.GetValue<double>():F4}"));
        var diff = _world.Run("bench", "diff", _world.File("shared"), _world.File("apart"));
        diff.Should().Contain("arc_easy: 5 samples on both sides, paired by their hashes; 0 only in A, 0 only in B")
            .And.Contain("other prompts 0, other continuations 0, other responses 0, other targets 0, other scores 0");
        var (shared, apart) = (BenchmarkSamples.Read(_world.File("shared/samples_arc_easy.jsonl")),
            BenchmarkSamples.Read(_world.File("apart/samples_arc_easy.jsonl")));
        var pairs = BenchmarkComparison.Align(shared, apart).Pairs;
        BenchmarkComparison.Differences(BenchmarkLibrary.Find("arc_easy").Settings, pairs).Should().BeEmpty();
        diff.Should().NotContain("note:", "both were asked alike").And.Contain("Task\tMetric\tA\tB\tA - B\t").And.NotContain("│");
        _world.Run([.. run.Select(word => word == "8" ? "9" : word), "--out", _world.File("other"), "--limit", "2"]);
        _world.Run("bench", "diff", _world.File("shared"), _world.File("other")).Should()
            .Contain("note: arc_easy: the two sides were not asked alike: limit is not set in A and 2 in B" + Environment.NewLine)
            .And.Contain("note: gsm8k: the two sides were not asked alike: max_gen_toks is 8 in A and 9 in B, limit is not set in A and ");
    }

    [Fact]
    public void A_limit_takes_the_first_documents()
    {
        _world.Run("bench", "run", "arc_easy", "--data", Data, "--model", _world.Model, "--limit", "2", "--out", _world.File("limited"));
        BenchmarkSamples.Read(_world.File("limited/samples_arc_easy.jsonl")).Select(sample => sample.DocId).Should().Equal(0, 1);
        var arc = Results("limited")["tasks"]!["arc_easy"]!;
        arc["documents"]!.GetValue<int>().Should().Be(2, "a score names what it was computed from");
        string[] dry = ["bench", "run", "arc_easy", "--data", Data, "--dry"];
        var (_, output, error) = SmallWorld.Try([.. dry, "--limit", "2"]);
        output.Should().Be($"arc_easy\t1.0\t0\t2\t4\t{arc["requests_sha256"]!.GetValue<string>()}{Environment.NewLine}");
        error.Should().Contain("1 tasks, 2 documents, 4 requests");
        _world.Run(dry)[^66..].Should().NotBe(output[^66..], "other requests have another hash");
        _world.Run([.. dry, "--limit", "9"]).Should().Be(_world.Run(dry), "there are five");
    }

    /// <summary>HumanEval asks for 1024 new tokens, GSM8K for none in particular.</summary>
    [Fact]
    public void A_model_with_too_few_positions_for_prompt_and_response_is_refused_before_anything_is_written()
    {
        Problem();
        var model = WithPositions(64);
        string[] run = ["bench", "run", "--data", Data, "--model", model, "--num-fewshot", "0", "--out", _world.File("few")];
        Refused([.. run, "humaneval", "--dry"], "humaneval: 1024 new tokens leave the prompt no place in the model's 64 positions; "
            + "--max-gen-toks gives fewer");
        Refused([.. run, "arc_easy", "gsm8k"], "gsm8k: 256 new tokens leave the prompt no place in the model's 64 positions");
        Refused([.. run, "gsm8k", "--max-gen-toks", "64"], "gsm8k: 64 new tokens leave the prompt no place");
        Directory.Exists(_world.File("few")).Should().BeFalse("a choice has no new tokens and would have been ranked first");
        SmallWorld.Try([.. run, "humaneval", "--dry", "--max-gen-toks", "32"]).Error.Should().Contain("1 programs, at most 32 new tokens");
        SmallWorld.Try([.. run, "arc_easy", "gsm8k", "--max-gen-toks", "60"]).Error.Should()
            .Contain("note: gsm8k: of 4 documents the prompt lost its beginning: with what follows it is longer than the model's 64 ");
        var tasks = Results("few")["tasks"]!;
        tasks["gsm8k"]!["max_gen_toks"]!.GetValue<int>().Should().Be(60);
        tasks["arc_easy"]!["max_gen_toks"].Should().BeNull("nothing was written");
    }

    [Fact]
    public void Several_calls_into_one_folder_keep_the_tasks_of_all()
    {
        string[] run = ["bench", "run", "--data", Data, "--model", _world.Model, "--num-fewshot", "0", "--out", _world.File("kept")];
        _world.Run([.. run, "arc_easy"]);
        _world.Run([.. run, "gsm8k", "--max-gen-toks", "8"]);
        string[] copied = [.. run.Select(word => word == _world.Model ? Copy("moved") : word)];
        _world.Run([.. copied, "gsm8k_cot_zeroshot", "--max-gen-toks", "9"]);
        var results = Results("kept");
        results["tasks"]!.AsObject().Select(task => task.Key).Should().Equal("arc_easy", "gsm8k", "gsm8k_cot_zeroshot");
        var before = results["tasks"]!["arc_easy"]!.ToJsonString();
        _world.Run([.. run, "arc_easy"]);
        Results("kept")["tasks"]!["arc_easy"]!.ToJsonString().Should().Be(before);
        Results("kept")["tasks"]!.AsObject().Should().HaveCount(3);

        var samples = _world.File("kept/samples_arc_easy.jsonl");
        File.Delete(samples);
        var (_, _, error) = SmallWorld.Try([.. run, "gsm8k", "--max-gen-toks", "8"]);
        error.Should().Contain($"note: arc_easy: {_world.File("kept/results.json")} has its scores, but {samples} is not there; ");
        Results("kept")["tasks"]!["arc_easy"]!.ToJsonString().Should().Be(before);
    }

    [Theory]
    [InlineData("limit is not set there and 2 here", "arc_easy", "--limit", "2")]
    [InlineData("profile is lm-eval there and opencompass here", "ARC-e", "--profile", "opencompass")]
    [InlineData("dtype is float32 there and bfloat16 here", "gsm8k_cot_zeroshot", "--dtype", "bfloat16")]
    [InlineData("add_bos_token is false there and true here", "gsm8k_cot_zeroshot", "--add-bos-token")]
    [InlineData("gsm8k: max_gen_toks is 8 there and 9 here", "gsm8k", "--num-fewshot", "0", "--max-gen-toks", "9")]
    [InlineData("gsm8k: num_fewshot is 0 there and 2 here, gsm8k: requests_", "gsm8k", "--num-fewshot", "2", "--max-gen-toks", "8")]
    public void A_call_with_other_settings_than_those_of_the_folder_is_refused(string complaint, params string[] arguments)
    {
        string[] run = ["bench", "run", "--data", Data, "--model", _world.Model, "--out", _world.File("settled")];
        _world.Run([.. run, "gsm8k", "--num-fewshot", "0", "--max-gen-toks", "8"]);
        var before = File.ReadAllText(_world.File("settled/results.json"));
        var error = Refused([.. run, .. arguments], $"results.json: an earlier call had other settings: {complaint}");
        error.Should().NotContain("{").And.EndWith("; give another folder with --out." + Environment.NewLine);
        Refused([.. run, .. arguments, "--dry"], $"results.json: an earlier call had other settings: {complaint}");
        File.ReadAllText(_world.File("settled/results.json")).Should().Be(before);
    }

    [Fact]
    public void Another_model_or_damaged_results_in_the_folder_are_refused()
    {
        string[] run = ["bench", "run", "arc_easy", "--data", Data, "--model", _world.Model, "--out", _world.File("others")];
        _world.Run(run);
        var results = Results("others");
        results["generated_by"]!["weights"] = new string('0', 64);
        var path = _world.Write("others/results.json", results.ToJsonString());
        Refused(run, "results.json: an earlier call had other settings: generated_by.weights is 000000000000... there and ");
        File.WriteAllText(path, "{\n\"tasks\"");
        Refused(run, $"{path}:2: is not valid JSON, and results of benchmarks were expected: ").Should().NotContain("LineNumber");
        File.WriteAllText(path, """{"tasks": {"\ud83d": 1}}""");
        Refused(run, "results.json: cannot be read as results of benchmarks");
        File.WriteAllText(path, "[]");
        Refused(run, "results.json: cannot be read as results of benchmarks");
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_named_in_one_line()
    {
        string[] run = ["bench", "run", "arc_easy", "--data", Data, "--model", _world.Model];
        var file = _world.Write("taken", "a file");
        foreach (var folder in new[] { file, Path.Combine(file, "below") })
        {
            Refused([.. run, "--out", folder], "error: ").TrimEnd().Should().Contain(file).And.NotContain("\n");
        }
    }

    [Theory]
    [InlineData("arc_easi: no task of the profile lm-eval has this name; did you mean 'arc_easy'?\n", "arc_easi")]
    [InlineData("xyzzyxyzzy: no task of the profile lm-eval has this name.\n", "xyzzyxyzzy")]
    [InlineData("unknown option '--template'; '", "arc_easy", "--template", "chatml", "--dry")]
    [InlineData("unknown option '--limt'; did you mean '--limit'?\n", "arc_easy", "--limt", "2", "--dry")]
    [InlineData("profile lm_eval: unknown", "arc_easy", "--profile", "lm_eval")]
    [InlineData("hellaswag.jsonl", "hellaswag", "--profile", "opencompass", "--dry")]
    [InlineData("--temperature is for several programs of a problem; --samples says how many", "arc_easy", "--temperature", "0.5", "--dry")]
    [InlineData("--k 10 needs at least 10 programs for each problem, --samples is 4", "gsm8k", "--samples", "4", "--k", "1,10", "--dry")]
    [InlineData("--k 1,x: whole numbers above 0 such as 1,10,100 were expected", "gsm8k", "--samples", "4", "--k", "1,x", "--dry")]
    [InlineData("--samples: gsm8k takes one response", "gsm8k", "--samples", "4", "--dry")]
    [InlineData("--samples must be at least 1", "gsm8k", "--samples", "0", "--dry")]
    [InlineData("--top-p must be", "gsm8k", "--samples", "1", "--top-p", "0", "--dry")]
    [InlineData("--model is missing", "arc_easy")]
    [InlineData("ARC-Challenge-Test.jsonl", "arc_challenge", "--dry")]
    [InlineData("9 examples were asked for; its files have 4", "gsm8k", "--num-fewshot", "9", "--dry")]
    [InlineData("--limit must be", "arc_easy", "--limit", "0")]
    [InlineData("--max-gen-toks: arc_easy ranks given choices and writes nothing; leave it out", "arc_easy", "--max-gen-toks", "9")]
    public void What_cannot_be_run_is_named(string complaint, params string[] arguments)
    {
        Refused(["bench", "run", .. arguments, "--data", Data], complaint);
    }

    /// <summary>The second problem has two programs.</summary>
    [Fact]
    public void More_programs_handed_in_than_a_file_has_and_files_without_programs_are_refused()
    {
        var file = _world.Write("samples_humaneval.jsonl", Programs(0, "true, false, true, true, true"), Programs(1, "true, false"));
        _world.Run("bench", "score", file, "--k", "1,2").Should().Contain("pass@2,create_test");
        Refused(["bench", "score", file, "--k", "1,5"],
            "samples_humaneval.jsonl: doc_id 1: pass@5 needs at least 5 programs, found 2.\n");
        var logged = _world.Write("samples_humaneval.jsonl", Programs(0, string.Empty));
        Refused(["bench", "score", logged, "--k", "5"],
            "samples_humaneval.jsonl: doc_id 0: pass@5 is not logged, and the file does not say which programs passed.\n");
        _world.Run("bench", "run", "arc_easy", "--data", Data, "--model", _world.Model, "--out", _world.File("ranked"));
        Refused(["bench", "score", _world.File("ranked"), "--k", "5"], "--k is for tasks that run programs; these are of arc_easy\n");
    }

    [Fact]
    public void Samples_without_a_task_in_their_name_and_sides_without_a_common_task_are_refused()
    {
        var nameless = _world.Write("nameless.jsonl", "{}");
        SmallWorld.Try("bench", "score", nameless).Error.Should().Contain("which names the task");
        SmallWorld.Try("bench", "score", _world.File("nothing")).Error.Should().Contain("no such file or folder");
        var (a, b) = (_world.Write("samples_arc_easy.jsonl", "{}"), _world.Write("samples_gsm8k_2026-11-28T10-00-00.123.jsonl", "{}"));
        SmallWorld.Try("bench", "diff", a, b).Error.Should()
            .Contain("no task is on both sides").And.Contain("only one side has arc_easy, gsm8k");
    }

    [Fact]
    public void Programs_of_a_model_are_refused_without_a_sandbox()
    {
        var path = _world.Write("data/humaneval/HumanEval.jsonl",
            """{"task_id": "t/0", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "    return 1\n", """
            + """ "test": "def check(g):\n    assert g() == 1\n"}""");
        var task = BenchmarkTask.Load(BenchmarkLibrary.Find("humaneval").Settings, null, Data, data: [path]);
        using var model = LanguageModel.Load(_world.Model);
        FluentActions.Invoking(() => new BenchmarkRun(model, TokenizerLoader.Load(_world.Model), new()).Run(task))
            .Should().Throw<ReproException>().WithMessage("humaneval runs programs that the model wrote; it needs bubblewrap*");
    }

    [Fact]
    public void A_dry_run_of_programs_says_how_much_it_may_take()
    {
        Problem();
        string[] dry = ["bench", "run", "humaneval", "--data", Data, "--dry"];
        SmallWorld.Try(dry).Error.Should().Contain("note: humaneval: 1 programs, at most 1024 new tokens, and at most 0.00 h to run them");
        SmallWorld.Try([.. dry, "--samples", "1200"]).Error.Should()
            .Contain("note: humaneval: 1200 programs, at most 1228800 new tokens, and at most 1.00 h to run them");
    }

    /// <summary>Two of four documents of the first task are there; the second task is refused.</summary>
    [Fact]
    public void An_unfinished_run_goes_on_and_one_with_other_settings_is_refused()
    {
        string[] run = ["bench", "run", "gsm8k", "gsm8k_cot_zeroshot", "--data", Data, "--model", _world.Model, "--num-fewshot", "0",
            "--max-gen-toks", "8", "--batch", "2"];
        _world.Run([.. run, "--out", _world.File("whole")]);
        var whole = File.ReadAllText(_world.File("whole/samples_gsm8k.jsonl"));
        Directory.CreateDirectory(_world.File("unfinished"));
        _world.Write("unfinished/unfinished_gsm8k.jsonl", [Begun("whole", "gsm8k"), .. whole.Split('\n')[..4]]);
        var other = _world.Write("unfinished/unfinished_gsm8k_cot_zeroshot.jsonl", """{"seed": 1}""");
        var (code, _, error) = SmallWorld.Try([.. run, "--out", _world.File("unfinished")]);
        code.Should().Be(1);
        error.Should().Contain("note: gsm8k: goes on after 2 documents of an unfinished run")
            .And.Contain("unfinished_gsm8k_cot_zeroshot.jsonl: an unfinished run with other settings: ")
            .And.Contain("seed is 1 there and not set here").And.Contain("profile is not set there and lm-eval here").And.NotContain("{");
        File.WriteAllText(other, "{\n");
        SmallWorld.Try([.. run, "--out", _world.File("unfinished")]).Error.Should()
            .Contain($"{other}:1: is not valid JSON: ").And.NotContain("LineNumber");
        File.WriteAllText(other, """{"\ud83d": 1}""" + "\n");
        SmallWorld.Try([.. run, "--out", _world.File("unfinished")]).Error.Should()
            .Contain($"{other}:1: a key holds half of a surrogate pair");
        File.Delete(other);
        SmallWorld.Try([.. run, "--out", _world.File("unfinished")]).Error.Should().NotContain("goes on");
        Directory.GetFiles(_world.File("unfinished"), "unfinished_*").Should().BeEmpty();
        File.ReadAllText(_world.File("unfinished/samples_gsm8k.jsonl")).Should().Be(whole);
    }

    /// <summary>The second task is refused after the first is through; the same call then takes the first from the folder.</summary>
    [Fact]
    public void A_task_that_was_finished_before_a_call_was_broken_off_is_recorded_and_not_run_again()
    {
        string[] run = ["bench", "run", "arc_easy", "gsm8k", "--data", Data, "--model", _world.Model, "--num-fewshot", "0",
            "--max-gen-toks", "8", "--out", _world.File("broken")];
        Directory.CreateDirectory(_world.File("broken"));
        var other = _world.Write("broken/unfinished_gsm8k.jsonl", """{"seed": 1}""");
        SmallWorld.Try(run).Code.Should().Be(1);
        var before = Results("broken")["tasks"]!["arc_easy"]!.ToJsonString();
        var samples = _world.File("broken/samples_arc_easy.jsonl");
        var origin = SampleOrigin.Read(SampleFile.Parse(samples)!);
        (origin.Profile, origin.Shots ?? -1, origin.By is null).Should().Be(("lm-eval", 0, false));

        var old = new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(samples, old);
        File.Delete(other);
        var (code, output, error) = SmallWorld.Try(run);
        code.Should().Be(0, error);
        error.Should().Contain($"note: arc_easy: is taken from {samples}, where an earlier call with the same settings finished it")
            .And.Contain("arc_easy: 5 documents, ").And.NotContain("gsm8k: is taken");
        output.Should().Contain("arc_easy\t1.0\tacc_norm,none").And.Contain("exact_match,flexible-extract");
        File.GetLastWriteTimeUtc(samples).Should().Be(old);
        Results("broken")["tasks"]!.AsObject().Select(task => task.Key).Should().Equal("arc_easy", "gsm8k");
        Results("broken")["tasks"]!["arc_easy"]!.ToJsonString().Should().Be(before);
        _world.Run(run).Should().Be(output, "nothing is left to run");

        File.WriteAllLines(samples, File.ReadLines(samples).Take(4).ToList());
        Refused(run, "samples_arc_easy.jsonl: has samples of 4 documents, and results.json beside it says 5; without this file the task ");
        File.Delete(samples);
        SmallWorld.Try(run).Error.Should().NotContain("arc_easy: is taken").And.Contain("gsm8k: is taken");
        File.ReadLines(samples).Should().HaveCount(5);
    }

    [SandboxFact]
    public void Several_programs_are_drawn_run_and_scored()
    {
        Problem();
        string[] run = ["bench", "run", "humaneval", "--data", Data, "--model", _world.Model, "--samples", "4", "--temperature", "0.5",
            "--seed", "3", "--k", "1,2", "--max-gen-toks", "16", "--out", _world.File("pass")];
        var (code, output, error) = SmallWorld.Try(run);
        code.Should().Be(0, error);
        output.Should().Contain("pass@1,create_test").And.Contain("pass@2,create_test");
        var file = _world.File("pass/samples_humaneval.jsonl");
        var sample = BenchmarkSamples.Read(file).Should().ContainSingle().Subject;
        (sample.Responses.Count, sample.Filtered.Count, sample.Passed.Count).Should().Be((4, 4, 4));
        var humaneval = Results("pass")["tasks"]!["humaneval"]!;
        humaneval["max_gen_toks"]!.GetValue<int>().Should().Be(16, "this counts before the 1024 of the task");
        humaneval["sampling"]!.ToJsonString().Should().Be("""{"samples":4,"temperature":0.5,"top_p":0.95,"seed":3,"k":[1,2]}""");
        humaneval["pass@2,create_test"]!.GetValue<double>().Should().Be(0);
        Directory.GetFiles(_world.File("pass"), "unfinished_*").Should().BeEmpty();
        Refused([.. run.Select(word => word == "1,2" ? "1,4" : word)],
            "humaneval: sampling.k is [1,2] there and [1,4] here; bench score --k computes it from the samples that are there");
        _world.Run("bench", "score", file, "--k", "4").Should().Contain("pass@4,create_test");
        SmallWorld.Try("bench", "score", file, "--k", "9").Error.Should().Contain("doc_id 0: pass@9 needs at least 9 programs, found 4");
    }

    private static string Refused(string[] arguments, string complaint)
    {
        var (code, output, error) = SmallWorld.Try(arguments);
        code.Should().Be(1);
        output.Should().BeEmpty();
        error.Should().Contain(complaint.ReplaceLineEndings());
        return error;
    }

    private static string Programs(int document, string passed) =>
        Invariant($$"""{"doc_id": {{document}}, "doc": {}, "target": "check(f)", "arguments": [["def f():", {}]], "resps": [["a"]], """)
        + $$""" "filter": "create_test", "filtered_resps": ["f a"], "passed": [{{passed}}]}""";

    private JsonObject Results(string folder) =>
        JsonNode.Parse(File.ReadAllText(_world.File(Path.Combine(folder, "results.json"))))!.AsObject();

    // The first line of an unfinished run of a task that another folder has: what results.json says of all tasks and of this one, without
    // where the model lies and what came out.
    private string Begun(string folder, string task)
    {
        var all = Results(folder);
        var own = all["tasks"]![task]!.DeepClone().AsObject();
        Array.ForEach(["model", "adapter", "tasks"], key => all.Remove(key));
        Array.ForEach(["model", "tokenizer"], key => all["generated_by"]!.AsObject().Remove(key));
        foreach (var key in new[] { "version", "num_fewshot", "max_gen_toks", "sampling", "requests_sha256" })
        {
            all[key] = own[key]?.DeepClone();
        }

        return all.ToJsonString();
    }

    private string Copy(string name)
    {
        Directory.CreateDirectory(_world.File(name));
        foreach (var file in Directory.GetFiles(_world.Model))
        {
            File.Copy(file, Path.Combine(_world.File(name), Path.GetFileName(file)), overwrite: true);
        }

        return _world.File(name);
    }

    private string WithPositions(int positions)
    {
        var path = Path.Combine(Copy(Invariant($"positions-{positions}")), "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!;
        config["max_position_embeddings"] = positions;
        File.WriteAllText(path, config.ToJsonString());
        return Path.GetDirectoryName(path)!;
    }

    private void Problem()
    {
        using var file = new GZipStream(File.Create(_world.File("data/humaneval/HumanEval.jsonl.gz")), CompressionLevel.Fastest);
        file.Write("""{"task_id": "t/0", "prompt": "def f():\n", "entry_point": "f", "canonical_solution": "", """u8);
        file.Write(""" "test": "def check(g):\n    assert g() == 1\n"}"""u8);
    }

    private static string Question(int i) =>
        Invariant($$"""{"id": "q{{i}}", "question": {"stem": "What is {{i}} plus {{i}}?", "choices": [""")
        + Invariant($$"""{"text": "It is {{2 * i}}.", "label": "A"}, {"text": "no {{i}}", "label": "B"}]}, """)
        + Invariant($$""" "answerKey": "{{(i % 2 == 0 ? "A" : "B")}}"}""");
}
