using System.Text.Json;
using Repro.Experiments.Claims;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;

namespace Repro.Tests.Unit.Cli;

/// <summary>The verbs, through the command line, on a copy of the checkout's fixtures.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _checkout = new();

    public CommandLineTests()
    {
        _checkout.Write("Repro.sln", string.Empty);
        _checkout.CopyFrom(Path.Combine(RepositoryRoot.Find(), "fixtures"), "fixtures");
    }

    public void Dispose() => _checkout.Dispose();

    [Fact]
    public async Task Verify_prints_a_table_writes_json_and_agrees_with_the_golden_verdicts()
    {
        var json = Path.Combine(_checkout.Path, "out", "results.json");
        var (code, output, error) = await Run("verify", "--claim", "CRS-T16", "--strict", "--json", json);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("CRS-T16-abs_vs_pref").And.Contain("Holds").And.Contain("8 claims in");
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        document.RootElement.GetArrayLength().Should().Be(8);
        var first = document.RootElement[0];
        first.EnumerateObject().Select(p => p.Name).Should().Contain(
            ["id", "paper", "kind", "tier", "locator", "verdict", "published", "recomputed", "explanation", "evidence", "seconds"]);
        first.GetProperty("recomputed").GetProperty("win_rate").GetDouble().Should().Be(66);
        first.GetProperty("evidence").GetProperty("files")[0].GetProperty("sha256").GetString().Should().HaveLength(64);
    }

    [Fact]
    public async Task List_shows_locator_tier_and_golden_verdict()
    {
        var (code, output, _) = await Run("list", "--claim", "CRS-T16");
        code.Should().Be(CommandLine.Success);
        output.Should().Contain("CRS-T16-sft-best").And.Contain("static").And.Contain("Inconclusive").And.Contain("8 claims");
    }

    [Fact]
    public async Task Strict_exits_with_3_when_a_printed_cell_changes()
    {
        Edit("published/crs/table-16.yaml", "66%", "67%");
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16", "--strict");
        code.Should().Be(CommandLine.GoldenMismatch);
        error.Should().Contain("CRS-T16-abs_vs_pref: verdict: golden Holds, today Contradicted");
    }

    // What a reader sees of a claim beside its evidence; the last one needs runs of the reader's own and has no verdict here.
    [Theory]
    [InlineData("T16", "'66% (reverse 34%)'", "'67% (reverse 34%)'", "CRS-T16-abs_vs_pref", "published: golden 66% (reverse 34%), "
        + "today 67% (reverse 34%)")]
    [InlineData("T16", "GPT-4 prefers abs_rlhf over sft", "GPT-4 prefers sft over abs_rlhf", "CRS-T16-abs_vs_sft", "statement: golden "
        + "GPT-4 prefers abs_rlhf over sft in the stated share of the 100 final prompts., today GPT-4 prefers sft over abs_rlhf in")]
    [InlineData("T16", "locator: Table 16\n", "locator: Table 17\n", "CRS-T16-complement", "locator: golden Table 16, today Table 17")]
    [InlineData("T16", "all must exceed 50", "all must exceed 40", "CRS-T16-sft-best", "procedure: golden SFT share of wins in the three "
        + "SFT comparisons; all must exceed 50., today SFT share of wins in the three SFT comparisons; all must exceed 40.")]
    [InlineData("F23a", "0.02 to 0.15", "0.02 to 0.16", "CRS-F23a-reward", "published: golden 0.02 to 0.15, today 0.02 to 0.16")]
    public async Task Strict_exits_with_3_when_a_claim_says_something_else(string file, string from, string to, string id, string message)
    {
        Edit($"claims/crs/{file}.yaml", from, to);
        var (code, _, error) = await Run("verify", "--claim", id, "--strict");
        code.Should().Be(CommandLine.GoldenMismatch);
        error.Should().Contain($"{id}: claim / {message}");
    }

    [Theory]
    [InlineData(CommandLine.GoldenMismatch)]
    [InlineData(CommandLine.GoldenMismatch, "--claim", "T16")]
    [InlineData(CommandLine.GoldenMismatch, "--paper", "crs", "--tier", "full")]
    [InlineData(CommandLine.Success, "--claim", "T17")]
    [InlineData(CommandLine.Success, "--paper", "adr", "--tier", "full")]
    public async Task Strict_names_both_ids_of_a_renamed_claim(int expected, params string[] filter)
    {
        // Without a filter the whole catalogue would run, so that only this group is left in it.
        if (filter.Length == 0)
        {
            KeepOnly("T16");
        }

        Edit("claims/crs/T16.yaml", "CRS-T16-abs_vs_pref", "CRS-T16-abs_vs_prefX");
        var (code, output, error) = await Run(["verify", "--strict", .. filter]);
        code.Should().Be(expected, error);
        error.Contains("CRS-T16.verified.json: no claim of the group has the id 'CRS-T16-abs_vs_pref'", StringComparison.Ordinal)
            .Should().Be(expected == CommandLine.GoldenMismatch);
        if (!filter.Contains("--tier"))
        {
            error.Contains("CRS-T16-abs_vs_prefX: not accepted yet", StringComparison.Ordinal)
                .Should().Be(expected == CommandLine.GoldenMismatch);
            output.Should().NotContain("--runs");
            output.Contains("without a spec: CRS-T16-abs_vs_prefX", StringComparison.Ordinal)
                .Should().Be(expected == CommandLine.GoldenMismatch);
        }
    }

    [Fact]
    public async Task Strict_names_a_value_that_the_spec_does_not_read()
    {
        Edit("claims/crs/T16.yaml", "'66% (reverse 34%)'", "'66% (reverse 34%)'\n  values:\n    spare: '1'");
        var (code, _, error) = await Run("verify", "--claim", "T16", "--strict");
        code.Should().Be(CommandLine.GoldenMismatch);
        error.Should().MatchRegex(@"T16\.yaml:3: claim CRS-T16-abs_vs_pref has a value 'spare' that its spec does not read");
    }

    [Fact]
    public async Task A_cell_that_is_no_number_is_named_with_file_line_row_and_column()
    {
        Edit("published/crs/table-16.yaml", "66%", "66 %%");
        var (code, output, error) = await Run("verify", "--claim", "CRS-T16-abs_vs_pref");
        code.Should().Be(CommandLine.Failure);
        error.Should().MatchRegex(@"error: CRS-T16-abs_vs_pref: .*table-16\.yaml:7: cell \(abs_rlhf, preference_rlhf\): '66 %%' is not a ");
        output.Should().Contain("failed to run").And.NotContain("66 %%", "the error output has the message");
    }

    [Theory]
    [InlineData("\"win_rate\": 66", "\"win_rate\": 67", "values / win_rate: golden 67, today 66")]
    [InlineData("\"lower\": 55.84667", "\"lower\": 55.8", "intervals / judgements / lower: golden 55.8, today 55.84667")]
    [InlineData("\"binomial, judgements\": 0.00178993", "\"binomial, judgements\": 0.002", "pValues / binomial, judgements: "
        + "golden 0.002, today 0.00178993")]
    public async Task Strict_exits_with_3_when_an_accepted_number_is_another(string accepted, string other, string message)
    {
        Edit("golden/CRS-T16.verified.json", accepted, other);
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16", "--strict");
        code.Should().Be(CommandLine.GoldenMismatch);
        error.Should().Contain($"CRS-T16-abs_vs_pref: {message}");
    }

    [Fact]
    public async Task An_unknown_claim_is_named_with_a_proposal()
    {
        var (code, _, error) = await Run("verify", "--claim", "CRS-T166");
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain("--claim CRS-T166: no claim id matches; did you mean 'CRS-T16'?");
    }

    [Fact]
    public async Task Malformed_claims_are_named_with_line()
    {
        Edit("claims/crs/T16.yaml", "paper: crs", "paper: [crs");
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16");
        code.Should().Be(CommandLine.Failure);
        error.Should().Match("error: *T16.yaml:*not valid YAML*");
    }

    [Fact]
    public async Task A_duplicate_id_is_named()
    {
        Edit("claims/crs/T16.yaml", "CRS-T16-abs_vs_crs", "CRS-T16-abs_vs_pref");
        var (code, _, error) = await Run("list");
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain("claim id 'CRS-T16-abs_vs_pref' is already used at");
    }

    [Fact]
    public async Task A_truncated_facts_file_fails_its_claims_alone_and_exits_with_1()
    {
        var path = Path.Combine(
            _checkout.Path, "fixtures", "artifacts", "alpaca_eval", "final_gpt4_result", "final_rank002_vs_abs002.json.facts.json");
        var bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        var (code, output, error) = await Run("verify", "--claim", "CRS-T16");
        code.Should().Be(CommandLine.Failure);
        error.Should().Match($"verifying 8 claims: --claim CRS-T16{Environment.NewLine}"
            + "error: *final_rank002_vs_abs002.json.facts.json:1: truncated or malformed facts*");
        output.Should().Contain("8 claims").And.Contain("2 failed to run").And.Contain("CRS-T16-abs_vs_crs")
            .And.NotContain("truncated", "the error output says it once for each claim");
    }

    [Theory]
    [InlineData("error: unknown verb 'verifyy'; did you mean 'verify'?", "verifyy")]
    [InlineData("error: unknown option '--clam'; did you mean '--claim'?", "verify", "--clam=CRS-T16")]
    [InlineData("error: --paper must be one of crs, adr, found 'crz'; did you mean 'crs'?", "verify", "--paper", "crz")]
    [InlineData("error: --only foo: no verdict has this name", "verify", "--only", "foo")]
    [InlineData("error: Required argument missing for command: 'train'.", "train")]
    [InlineData("error: --claim foo: no claim id matches; the verb list shows all ids", "list", "--claim", "foo")]
    [InlineData("error: --claim CRS-T61: no claim id matches; did you mean 'CRS-T16'?", "verify", "--claim", "CRS-T61")]
    public async Task A_mistake_is_one_line_of_the_error_output(string message, params string[] arguments)
    {
        var (code, output, error) = await Run(arguments);
        code.Should().Be(CommandLine.Failure);
        output.Should().BeEmpty("standard output is for results");
        error.TrimEnd().Should().StartWith(message).And.NotContain("\n").And.NotContain("?.");
    }

    [Fact]
    public async Task One_claim_is_not_1_claims()
    {
        var (_, output, _) = await Run("list", "--claim", "CRS-T16-abs_vs_pref");
        output.Should().Contain("1 claim").And.NotContain("1 claims");
    }

    [Fact]
    public async Task A_truncated_annotation_file_is_named_with_line()
    {
        _checkout.Write(
            "raw/alpaca_eval/final_gpt4_result/final_rank002_vs_abs002.json", "[\n {\"instruction\": \"x\",\n \"output_1\": \"y");
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16-abs_vs_pref", "--artifacts", Path.Combine(_checkout.Path, "raw"));
        code.Should().Be(CommandLine.Failure);
        error.Should().Match($"verifying 1 claim: --claim CRS-T16-abs_vs_pref{Environment.NewLine}"
            + "error: *final_rank002_vs_abs002.json:3: truncated or malformed JSON*");
    }

    [Fact]
    public async Task A_missing_annotation_file_is_named()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_checkout.Path, "empty")).FullName;
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16-abs_vs_pref", "--artifacts", folder);
        code.Should().Be(CommandLine.Failure);
        error.Should().Match($"verifying 1 claim: --claim CRS-T16-abs_vs_pref{Environment.NewLine}"
            + "error: *final_rank002_vs_abs002.json: released file is missing*");
    }

    [Theory]
    [InlineData("--artifacts", "no such folder")]
    [InlineData("--root", "no Repro.sln there")]
    public async Task A_wrong_folder_is_named(string option, string message)
    {
        var (code, _, error) = await RunAt(null, "verify", "--claim", "CRS-T16", option, Path.Combine(_checkout.Path, "nowhere"));
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain("nowhere").And.Contain(message);
    }

    [Fact]
    public async Task An_unwritable_json_file_is_named()
    {
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16", "--json", Path.Combine(_checkout.Path, "Repro.sln", "x.json"));
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain("--json").And.Contain("cannot be written");
    }

    [Fact]
    public async Task A_json_file_that_cannot_be_written_whole_stays_as_it_was()
    {
        var json = _checkout.Write("results.json", "older results");
        Directory.CreateDirectory(json + ".partial");
        var (code, _, error) = await Run("verify", "--claim", "CRS-T16", "--json", json);
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain("--json").And.Contain("cannot be written");
        (await File.ReadAllTextAsync(json)).Should().Be("older results");
    }

    [Fact]
    public async Task Altered_facts_give_no_verdict_and_fail_with_the_file()
    {
        Edit("artifacts/alpaca_eval/final_gpt4_result/final_abs002_vs_sft.json.facts.json", "\"facts\":", " \"facts\":");
        var (code, output, error) = await Run("verify", "--claim", "CRS-T16");
        code.Should().Be(CommandLine.Failure);
        error.Should().MatchRegex(
            @"error: alpaca_eval/final_gpt4_result/final_abs002_vs_sft\.json is not the released file: "
            + @"SHA-256 .* \(\d+ claims without a verdict\)");
        output.Should().Contain("NotRun");
    }

    [Theory]
    [InlineData(true, "mechanisms")]
    [InlineData(true, "score", "--model", "m", "--data", "d")]
    [InlineData(false, "score", "--help")]
    [InlineData(false, "bench", "score", "samples_arc_easy.jsonl")]
    [InlineData(false, "judge", "report", "judged.json")]
    public void Only_verbs_that_make_tensors_need_LibTorch(bool expected, params string[] arguments) =>
        CommonOptions.Computes(CommandLine.Root().Parse(arguments)).Should().Be(expected);

    [Fact]
    public async Task An_unknown_option_is_refused()
    {
        var (code, _, error) = await Run("verify", "--klaim", "CRS-T16");
        code.Should().NotBe(CommandLine.Success);
        error.Should().Contain("--klaim");
    }

    private Task<(int Code, string Output, string Error)> Run(params string[] args) => RunAt(_checkout.Path, args);

    private static async Task<(int Code, string Output, string Error)> RunAt(string? root, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] place = root is null ? [] : ["--root", root];
        string[] facts = args.Contains("--artifacts") ? [] : ["--artifacts", "fixtures"];
        var code = await CommandLine.RunAsync([.. args, .. place, .. facts], output, error);
        return (code, output.ToString(), error.ToString());
    }

    // Leaves one file of claims, with the golden of its group.
    private void KeepOnly(string group)
    {
        foreach (var (folder, kept) in new[] { ("claims", $"{group}.yaml"), ("golden", $"CRS-{group}.verified.json") })
        {
            Directory.EnumerateFiles(Path.Combine(_checkout.Path, "fixtures", folder), "*", SearchOption.AllDirectories)
                .Where(path => Path.GetFileName(path) != kept).ToList().ForEach(File.Delete);
        }
    }

    private void Edit(string fixture, string from, string to)
    {
        var path = Path.Combine(_checkout.Path, "fixtures", fixture);
        var text = File.ReadAllText(path);
        text.Should().Contain(from);
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
    }
}
