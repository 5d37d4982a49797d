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
        SpecRegistry.Of(FullTier.Groups(_runs.Read())).ClaimIds.Should().BeEquivalentTo(full);
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
        (await Verify("--runs", _runs.Folder)).Output.Should()
            .Contain("file ae/annotations.json: not used; gpt and mine belong to no run here")
            .And.Contain("file ae/scores.jsonl: not used");
        Directory.CreateDirectory(_runs.File("empty"));
        (await Verify("--runs", _runs.File("empty"))).Output.Should().Contain("holds no run and no file that is evidence");
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

    private static async Task<(int Code, string Output, string Error)> Verify(params string[] more)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(["verify", "--tier", "full", "--artifacts", "fixtures", .. more], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
