using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Experiments.Runs;

namespace Repro.Tests.Unit.Runs;

/// <summary><c>verify --tier full --runs</c> as a user calls it.</summary>
public sealed class VerifyRunsTests : IDisposable
{
    private readonly SyntheticRuns _runs = new SyntheticRuns().AddRewardModels();

    public void Dispose() => _runs.Dispose();

    [Fact]
    public void Every_claim_of_tier_full_has_a_spec_on_runs_and_none_without()
    {
        var catalog = ClaimCatalog.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "claims"));
        var full = catalog.Claims.Where(claim => claim.Tier == Tier.Full).Select(claim => claim.Id).ToList();
        full.Should().HaveCount(26);
        SpecRegistry.From(FullTier.Groups(_runs.Read())).ClaimIds.Should().BeEquivalentTo(full);
        SpecRegistry.Load().ClaimIds.Should().NotContain(full);
    }

    [Fact]
    public async Task An_empty_folder_leaves_all_26_without_a_verdict_and_says_what_makes_them()
    {
        var json = _runs.File("out.json");
        var (code, output, error) = await Verify("--runs", _runs.Folder, "--json", json);
        code.Should().Be(0, error);
        output.Should().Contain("26 published (26 NotRun)").And.Contain("run a: rm-preference, seed 90, 5 steps");
        (await File.ReadAllTextAsync(json)).Should().Contain("repro train configs/adr/appo.yaml").And.Contain("repro judge run")
            .And.Contain("repro bench run");
    }

    [Fact]
    public async Task What_is_not_used_is_said()
    {
        Directory.CreateDirectory(_runs.File("ae"));
        await File.WriteAllTextAsync(_runs.File("ae/annotations.json"),
            """[{"instruction":"q","output_1":"a","output_2":"b","generator_1":"gpt","generator_2":"mine","preference":1}]""");
        await File.WriteAllTextAsync(_runs.File("ae/scores.jsonl"), """{"prompt":"q","response":"a","score":1}""");
        Directory.CreateDirectory(_runs.File("base-evaluation"));
        File.Copy(_runs.File("ae/scores.jsonl"), _runs.File("base-evaluation/scores.jsonl"));
        (await Verify("--runs", _runs.Folder)).Output.Should()
            .Contain("file ae/annotations.json: not used; gpt and mine belong to no run here")
            .And.Contain("file ae/scores.jsonl: not used").And.Contain("file base-evaluation/scores.jsonl: not used");
        Directory.CreateDirectory(_runs.File("empty"));
        (await Verify("--runs", _runs.File("empty"))).Output.Should().Contain("holds no run and no file that is evidence");
    }

    [Fact]
    public void Answers_of_other_weights_are_not_used_and_both_are_named()
    {
        Write("b-evaluation/answers.jsonl", Row("b"));
        Remarks().Should().BeEmpty();
        var before = Weights("b");
        File.WriteAllText(_runs.File("b/final/model.safetensors"), "trained on");
        Remarks().Should().ContainSingle().Which.Should()
            .StartWith($"file b-evaluation/answers.jsonl: not used; lies with the run b, but weights {before} (b) made it")
            .And.Contain($"that run's are {Weights("b")}");

        // As the remark says, roles.yaml can tell whose they are.
        Write(RunRoles.FileName, "generators: {b-evaluation: sft}");
        Remarks().Should().BeEmpty();
    }

    [Theory]
    [InlineData("x{", "answers.jsonl:2: ")]
    [InlineData("""{"prompt":"q","response":"a"}""", "answers.jsonl:2: is of another model than the rows before it")]
    public void Answers_are_read_to_their_end(string second, string remark)
    {
        Write("b-evaluation/answers.jsonl", $"{Row("b")}\n{second}");
        Remarks().Should().ContainSingle().Which.Should().Contain("file b-evaluation/answers.jsonl: not used; ")
            .And.Contain(remark);
    }

    [Fact]
    public void What_counts_for_another_run_than_it_lies_with_is_said()
    {
        Write("responses/a/scores.jsonl", Row("b"));
        Write("a-evaluation/answers.jsonl", Row("b"));
        Write("a-evaluation/samples_gsm8k.jsonl", "{}");
        Write("a-evaluation/results.json", $$"""{"n-shot":{"gsm8k":0},"generated_by":{{_runs.Made("b").ToJsonString()}}}""");
        Write("x/annotations.json", $$"""
            [{"instruction":"q","output_1":"a","output_2":"b","preference":1,"generator_1":"{{_runs.File("a-evaluation/answers.jsonl")}}",
              "generator_2":"{{_runs.File("a-evaluation/answers.jsonl")}}","generated_by_1":{{_runs.Made("a").ToJsonString()}},
              "generated_by_2":{{_runs.Made("b").ToJsonString()}}}]
            """);
        string[] files =
            ["a-evaluation/answers.jsonl", "a-evaluation/samples_gsm8k.jsonl", "responses/a/scores.jsonl", "x/annotations.json"];
        Remarks().Should().Equal(files.Select(file => $"file {file}: counts for b, whose weights made it, and not for a"));
        Write(RunRoles.FileName, "runs: {b: none}");
        Remarks().Where(line => !line.Contains("annotations", StringComparison.Ordinal)).Should()
            .Equal(files.SkipLast(1).Select(file => $"file {file}: not used; b, whose weights made it, plays no part"));
    }

    [Theory]
    [InlineData("responses/a/scores.json: a", "'responses/a/scores.json' is no file of scores here; did you mean '*/a/scores.jsonl'")]
    [InlineData("responses/a/scores.jsonl: aa", "'responses/a/scores.jsonl': 'aa' is no run here; did you mean 'a'")]
    public void Scores_that_are_given_to_a_run_must_be_there_and_so_must_the_run(string entry, string message)
    {
        Write("responses/a/scores.jsonl", Row("a"));
        Write(RunRoles.FileName, $"scores: {{{entry}}}");
        FluentActions.Invoking(_runs.Read).Should().Throw<ReproException>()
            .WithMessage($"{_runs.File(RunRoles.FileName)}: scores: {message}*");
    }

    [Fact]
    public void A_generator_that_made_no_file_is_said()
    {
        Write("x/annotations.json",
            """[{"instruction":"q","output_1":"a","output_2":"b","generator_1":"gpt","generator_2":"mine","preference":1}]""");
        Write(RunRoles.FileName, "generators: {mine: sft, gqt: base}");
        Remarks().Should().Contain("roles.yaml: generators: 'gqt' made no file here, so that it changes nothing; did you mean 'gpt'?")
            .And.NotContain(line => line.Contains("'mine' made", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/gpu/work/b", "b")]
    [InlineData("/gpu/work/b/final", "b/final")]
    [InlineData("/models/elsewhere", "/models/elsewhere")]
    [InlineData("gpt-4", "gpt-4")]
    public void A_path_of_another_machine_is_shown_from_the_folder_of_the_runs(string recorded, string shown)
    {
        _runs.Read().Shown(recorded).Should().Be(shown);
        _runs.Read().Shown(_runs.File("gone/model")).Should().Be("gone/model");
    }

    [Fact]
    public async Task What_is_verified_is_said_before_it_is()
    {
        var (_, output, error) = await Verify("--runs", _runs.Folder);
        error.Should().StartWith("verifying 26 claims: --tier full" + Environment.NewLine);
        output.Should().NotContain("verifying", "in a pipe a line is a claim");
        (await Verify("--runs", _runs.Folder, "--quiet")).Error.Should().NotContain("verifying");
    }

    [Theory]
    [InlineData("--tier study: no claim matches; the study judges claims of tier fixture again, on seeds of its own", "--tier", "study")]
    [InlineData("--paper adr --claim CRS-T16: no claim matches", "--paper", "adr", "--claim", "CRS-T16")]
    public async Task Nothing_to_verify_is_an_error_that_says_why(string message, params string[] asked)
    {
        foreach (var verb in new[] { "verify", "list" })
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            var code = await CommandLine.RunAsync([verb, .. asked, "--artifacts", "fixtures"], output, error);
            (code, output.ToString()).Should().Be((CommandLine.Failure, string.Empty));
            error.ToString().Should().StartWith($"error: {message}");
        }
    }

    [Fact]
    public async Task Without_runs_the_claims_have_no_verdict()
    {
        var (code, output, error) = await Verify();
        code.Should().Be(0, error);
        output.Should().Contain("26 more claims that match: evidence from runs of your own is needed; give their folder with --runs");
    }

    [Fact]
    public async Task A_missing_folder_and_a_damaged_file_are_one_message()
    {
        (await Verify("--runs", _runs.File("none"))).Should().Match<(int Code, string Output, string Error)>(
            result => result.Code == 1 && result.Error.Contains("no such folder", StringComparison.Ordinal));
        var metrics = _runs.File("a/metrics.jsonl");
        await File.WriteAllLinesAsync(metrics, ["{}", .. await File.ReadAllLinesAsync(metrics)]);
        (await Verify("--runs", _runs.Folder)).Should().Match<(int Code, string Output, string Error)>(
            result => result.Code == 1 && result.Error.Contains($"{metrics}:1:", StringComparison.Ordinal));
    }

    [Fact]
    public void The_log_of_trl_takes_the_part_that_is_given_and_cannot_contradict()
    {
        foreach (var (name, level) in new[] { ("x", 3), ("y", 1) })
        {
            Directory.CreateDirectory(_runs.File(name));
            var entries = Enumerable.Range(1, 200).Select(step =>
                Invariant($"{{\"step\":{step},\"objective/kl\":{(level * step / 200.0) + (SyntheticRuns.Noise(step, level) * 0.1)}}}"));
            File.WriteAllText(_runs.File($"{name}/trainer_state.json"), $"{{\"log_history\":[{string.Join(',', entries)}]}}");
        }

        File.WriteAllText(_runs.File(RunRoles.FileName), "runs: {x: preference@0.01, y: preference@0.02}\n");
        _runs.Verify("CRS-F20-kl-lower-coef").Verdict.Should().Be(Verdict.Qualified);
        File.WriteAllText(_runs.File(RunRoles.FileName), "runs: {y: preference@0.01, x: preference@0.02}\n");
        _runs.Verify("CRS-F20-kl-lower-coef").Verdict.Should().Be(Verdict.Inconclusive);
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_runs.File(name))!);
        File.WriteAllText(_runs.File(name), text);
    }

    // An answer with its score, by the model of a run.
    private string Row(string run) => new JsonObject
    {
        ["prompt"] = "q",
        ["response"] = "a",
        ["score"] = 1,
        ["scored_by"] = _runs.Made(run),
        ["generated_by"] = _runs.Made(run),
    }.ToJsonString();

    private string Weights(string run) => ((string)_runs.Made(run)["weights"]!)[..12];

    // What is said of files.
    private List<string> Remarks() =>
        [.. _runs.Read().Describe().Where(line => !line.StartsWith("run ", StringComparison.Ordinal))];

    private static async Task<(int Code, string Output, string Error)> Verify(params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["verify", "--tier", "full", "--artifacts", "fixtures", .. more], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
