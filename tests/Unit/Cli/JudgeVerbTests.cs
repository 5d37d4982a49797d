using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Repro.Experiments.Cli;
using Repro.Tests.Shared;
using Repro.Tests.Unit.Evaluation.Judges;

namespace Repro.Tests.Unit.Cli;

/// <summary><c>repro judge</c> against a scripted service.</summary>
public sealed class JudgeVerbTests : IDisposable
{
    private const string Key = "REPRO_TEST_JUDGE_KEY";
    private readonly TemporaryFolder _folder = new();

    public JudgeVerbTests()
    {
        Environment.SetEnvironmentVariable(Key, "key");
        var rows = Enumerable.Range(0, 6).Select(i => new JsonObject
        {
            ["instruction"] = Invariant($"question {i}"),
            ["output_1"] = "one",
            ["output_2"] = i == 0 ? "one" : Invariant($"two {i}"),
        });
        _folder.Write("pairs.jsonl", string.Join('\n', rows.Select(row => row.ToJsonString())));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_run_is_recorded_reported_and_replayed_without_the_service()
    {
        var server = await JudgeServer.StartAsync(
            (_, _) => (Fault.None, JudgeServer.Text("""{"judge": "[A]", "tag": [], "reason": "first"}""")));
        var endpoint = server.Endpoint;
        var (code, output, error) = await Run([.. Ask(endpoint), "--out", At("judged.json"), "--max-usd", "5"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("10 requests to gpt-4-0613 about 6 pairs")
            .And.Contain("0 answers from the record, 10 requests sent, 10 answered; 0.3006 USD spent")
            .And.Contain("win rate of output_2: 50.00%").And.Contain("the answer shown first won 10 of 10 (100.0%");
        await server.DisposeAsync();

        (code, output, error) = await Run([.. Ask(endpoint), "--mode", "replay"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("10 answers from the record, 0 requests sent");
        (code, output, error) = await Run(["judge", "report", At("judged.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("win rate of output_2: 50.00%").And.Contain("judged by gpt-4-0613 (fp_test): 10")
            .And.Contain("output_2 wins 100.00% shown first and 0.00% shown second; adjusted for the order 50.00%");
    }

    /// <summary>A kill cannot wait for what is under way: of that alone something may be paid twice, and the next run says how
    /// much.</summary>
    [Fact]
    public async Task A_killed_run_pays_twice_at_most_for_what_was_under_way()
    {
        var rows = Enumerable.Range(0, 300).Select(i => new JsonObject
        {
            ["instruction"] = Invariant($"question {i}"),
            ["output_1"] = "one",
            ["output_2"] = "two",
        });
        _folder.Write("pairs.jsonl", string.Join('\n', rows.Select(row => row.ToJsonString())));
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.None, JudgeServer.Text("""{"judge": "A"}""")));
        using var process = Start([.. Ask(server.Endpoint), "--order", "given", "--concurrency", "8"]);
        server.OnPaid = paid =>
        {
            if (paid == 120)
            {
                process.Kill();
            }
        };
        await process.WaitForExitAsync();
        process.ExitCode.Should().NotBe(0);
        server.OnPaid = _ => { };
        server.Paid.Count.Should().BeInRange(120, 130);

        var (code, output, error) = await Run([.. Ask(server.Endpoint), "--order", "given"]);
        code.Should().Be(CommandLine.Success, error);
        var said = Regex.Match(output, "note: ([0-9]+) requests were under way") is { Success: true } note
            ? int.Parse(note.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 0;
        said.Should().BeLessThanOrEqualTo(8);
        server.Paid.Values.Sum(times => times - 1).Should().BeLessThanOrEqualTo(said);
        server.Paid.Should().HaveCount(300);
        (code, output, error) = await Run([.. Ask(server.Endpoint), "--order", "given"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("300 answers from the record, 0 requests sent").And.NotContain("under way");
    }

    [Fact]
    public async Task What_it_may_cost_is_said_before_and_nothing_is_asked()
    {
        var (code, output, error) = await Run([.. Ask(new Uri("http://127.0.0.1:9/v1")), "--dry", "--set", "request.model=gpt-4"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("10 requests to gpt-4 about 6 pairs, no price of the model is listed").And.Contain("names no date");
        (code, output, _) = await Run([.. Ask(new Uri("http://127.0.0.1:9/v1")), "--dry", "--order", "alpaca"]);
        (code, output.Contains("5 requests to gpt-4-0613", StringComparison.Ordinal)).Should().Be((CommandLine.Success, true), output);
        output.Should().MatchRegex(@"at most about 0\.\d\d USD").And.MatchRegex("sha256 [0-9a-f]{64}");
        Directory.Exists(At("record")).Should().BeFalse();
    }

    [Fact]
    public async Task A_request_that_is_tried_again_is_said_on_the_error_output()
    {
        await using var server = await JudgeServer.StartAsync(
            (_, time) => (time == 1 ? Fault.TooManyRetryAfter : Fault.None, JudgeServer.Text("""{"judge": "A"}""")));
        var (code, output, error) = await Run(Ask(server.Endpoint));
        code.Should().Be(CommandLine.Success, error);
        error.Trim().Split(Environment.NewLine).Should().HaveCount(10)
            .And.OnlyContain(line => line == "note: status 429; try 2 of 10 in 0.0 s");
        output.Should().Contain("20 requests sent, 10 answered").And.NotContain("status 429");
    }

    [Fact]
    public async Task A_spent_budget_has_an_exit_code_of_its_own_and_the_same_command_goes_on()
    {
        await using var server = await JudgeServer.StartAsync((_, _) => (Fault.None, JudgeServer.Text("""{"judge": "B"}""")));
        var (code, _, error) = await Run([.. Ask(server.Endpoint), "--max-usd", "0.1", "--concurrency", "1", "--out", At("judged.json")]);
        code.Should().Be(CommandLine.LimitReached).And.Be(4);
        error.Should().MatchRegex(@"--max-usd 0\.1 is spent: \d of 11 judgements are missing; .*\(exit code 4\)").And.NotContain("error:");
        File.Exists(At("judged.json")).Should().BeTrue("what was judged is kept");
        (code, _, error) = await Run([.. Ask(server.Endpoint), "--max-usd", "5"]);
        code.Should().Be(CommandLine.Success, error);
        server.Paid.Values.Should().OnlyContain(times => times == 1).And.HaveCount(10);
    }

    [Theory]
    [InlineData("--order both or one", "--order", "twice")]
    [InlineData("--mode replay, record-missing or live", "--mode", "offline")]
    [InlineData("--endpoint address", "--endpoint", "localhost")]
    [InlineData("conventions adr-vote", "--convention", "adr")]
    [InlineData("--max-usd no price", "--set", "request.model=mine")]
    public async Task Bad_input_is_one_line(string words, string option, string value)
    {
        var arguments = Ask(new Uri("http://127.0.0.1:9/v1")).Append("--max-usd").Append("1").ToList();
        var given = arguments.IndexOf(option);
        if (given >= 0)
        {
            arguments.RemoveRange(given, 2);
        }

        var (code, _, error) = await Run([.. arguments, option, value]);
        code.Should().Be(CommandLine.Failure);
        error.Trim().Should().NotContain("\n").And.NotContain(" at Repro");
        words.Split(' ').Should().OnlyContain(word =>
            error.Contains(word.TrimEnd(','), StringComparison.Ordinal) || word == "one" || word == "or", error);
    }

    [Theory]
    [InlineData("--max-usd", "1")]
    [InlineData("--order", "both")]
    public async Task A_reward_model_takes_no_settings_of_a_service(string option, string value)
    {
        string[] reward = ["judge", "run", "--data", At("pairs.jsonl"), "--judge", "reward-model", At("nowhere")];
        var (code, _, error) = await Run([.. reward, option, value]);
        (code, error.Trim()).Should().Be(
            (CommandLine.Failure, $"error: {option} is for a service; with --judge reward-model none is asked"));
        (code, _, error) = await Run(reward);
        code.Should().Be(CommandLine.Failure);
        error.Should().Contain($"--judge reward-model {At("nowhere")}").And.NotContain(" at Repro");
    }

    [Fact]
    public async Task A_judge_that_is_no_model_takes_no_settings_of_one_and_a_missing_file_is_named()
    {
        var (code, _, error) = await Run(["judge", "run", "--data", At("pairs.jsonl"), "--judge", "gold", "1", "--template", "chatml"]);
        (code, error.Trim()).Should().Be(
            (CommandLine.Failure, "error: --template needs --judge reward-model FOLDER; no other judge is a model here"));
        foreach (var verb in new[] { "judge run --judge gold 1 --data", "judge panel --votes", "compare pairs.jsonl" })
        {
            (code, _, error) = await Run([.. verb.Split(' ').Select(word => word == "pairs.jsonl" ? At(word) : word), At("gone.jsonl")]);
            (code, error.Trim()).Should().Be((CommandLine.Failure, $"error: {At("gone.jsonl")}: cannot be read: no such file or folder."));
        }
    }

    [Theory]
    [InlineData("reward runs/a", "--judge reward runs/a: service, reward-model FOLDER or gold SEED was expected")]
    [InlineData("reward-model", "--judge reward-model: service, reward-model FOLDER or gold SEED was expected")]
    [InlineData("gold", "--judge gold: service, reward-model FOLDER or gold SEED was expected")]
    [InlineData("gold x", "--judge gold x: the seed of a world was expected")]
    [InlineData("gold 1", "pairs.jsonl:2: instruction: 'question' is no token id; ids from 0 to")]
    public async Task A_judge_that_is_none_or_cannot_read_the_pairs_is_one_line(string judge, string message)
    {
        var (code, _, error) = await Run(["judge", "run", "--data", At("pairs.jsonl"), "--judge", .. judge.Split(' ')]);
        code.Should().Be(CommandLine.Failure);
        error.Trim().Should().StartWith("error: ").And.Contain(message).And.NotContain("\n").And.NotContain("did you mean");
    }

    [Theory]
    [InlineData("3 5 7 2", "30 1", "30 x", "ppo.jsonl:1: output_2: 'x' is no token id")]
    [InlineData("3 5 7 2", "92 1", "30 1", "sft.jsonl:1: output_1: '92' is no token id; ids from 0 to 91")]
    [InlineData("3 7 2", "30 1", "31 1", "sft.jsonl:1: instruction: '3 7 2' is no prompt of a world")]
    public async Task What_the_gold_judge_cannot_read_is_named_with_its_file_and_line(
        string instruction, string first, string second, string message)
    {
        foreach (var (name, answer) in new[] { ("sft.jsonl", first), ("ppo.jsonl", second) })
        {
            _folder.Write(name, new JsonObject { ["prompt"] = instruction, ["response"] = answer }.ToJsonString());
        }

        var (code, _, error) = await Run(
            ["judge", "run", "--outputs", At("ppo.jsonl"), "--baseline", At("sft.jsonl"), "--judge", "gold", "7"]);
        (code, error.Contains(message, StringComparison.Ordinal)).Should().Be((CommandLine.Failure, true), error);
    }

    [Fact]
    public async Task A_replay_of_nothing_names_the_first_request_that_is_missing()
    {
        var (code, _, error) = await Run([.. Ask(new Uri("http://127.0.0.1:9/v1")), "--mode", "replay", "--concurrency", "1"]);
        code.Should().Be(CommandLine.Failure);
        error.Should().MatchRegex("exchanges.jsonl: request [0-9a-f]{64} is not in the record; record it with --mode record-missing");
        Directory.Exists(At("record")).Should().BeFalse("a replay writes nothing");
    }

    /// <summary>Both orders of ten pairs: the judge takes the longer answer, which is the second of the even ones, but of each fourth pair
    /// the one that is shown first. Its rate is FastChat's: same winner twice wins.</summary>
    [Fact]
    public async Task MT_bench_is_asked_in_both_orders_and_counted_as_FastChat_counts()
    {
        var rows = Enumerable.Range(0, 10).Select(i => new JsonObject
        {
            ["instruction"] = Invariant($"question {i}"),
            ["output_1"] = i % 2 == 0 ? "one" : "one longer",
            ["output_2"] = i % 2 == 0 ? "two longer" : "two",
        });
        _folder.Write("pairs.jsonl", string.Join('\n', rows.Select(row => row.ToJsonString())));
        var template = _folder.Write("pair-v2.txt", """
            <|im_start|>system
            Compare.
            <|im_end|>
            <|im_start|>user
            {question}
            A: {answer_a}
            B: {answer_b}
            <|im_end|>
            """);
        await using var server = await JudgeServer.StartAsync((body, _) => (Fault.None, JudgeServer.Text(Longer(body))));
        string[] ask = [.. Ask(server.Endpoint).Select(word => word == "adr-vote" ? "mt-bench-pair" : word), "--prompt-template", template];
        var (code, output, error) = await Run([.. ask, "--out", At("judged.json")]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("20 requests to gpt-4-0613 about 10 pairs").And.Contain("2 won, 5 lost, 3 draws")
            .And.Contain("as FastChat counts: win_rate 20.00%, win_rate_adjusted 35.00%");
        (code, output, error) = await Run(["judge", "report", At("judged.json"), "--convention", "mt-bench-pair"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("as FastChat counts: win_rate 20.00%, win_rate_adjusted 35.00%");
        (_, output, _) = await Run(["judge", "report", At("judged.json")]);
        output.Should().NotContain("FastChat");

        static string Longer(JsonObject body)
        {
            var lines = ((string)body["messages"]!.AsArray().Last()!["content"]!).Split('\n');
            var number = lines[0][^1] - '0';
            return number % 4 == 0 || lines[1].Length > lines[2].Length ? "[[A]]" : "[[B]]";
        }
    }

    [Fact]
    public async Task A_dry_run_names_bad_addresses_and_what_the_pairs_lack()
    {
        var (code, output, error) = await Run([.. Ask(new Uri("http://127.0.0.1:9/v1")), "--dry"]);
        code.Should().Be(CommandLine.Success, error);
        output.Should().Contain("6 of 6 pairs have no 'reference'").And.Contain("from memory");
        var named = Ask(new Uri("http://127.0.0.1:9/v1")).Select(word => word.StartsWith("http", StringComparison.Ordinal) ? "mine" : word);
        (code, _, error) = await Run([.. named, "--dry"]);
        (code, error.Contains("--endpoint mine", StringComparison.Ordinal)).Should().Be((CommandLine.Failure, true), error);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_written()
    {
        var other = Ask(new Uri("http://127.0.0.1:9/v1")).Select(word => word == Key ? Key + "_NONE" : word);
        var (code, _, error) = await Run([.. other]);
        (code, error.Contains(Key + "_NONE holds no key", StringComparison.Ordinal)).Should().Be((CommandLine.Failure, true), error);
        Directory.Exists(At("record")).Should().BeFalse();
    }

    private static Process Start(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[Key] = "key";
        // The tests' folder leaves out what the ASP.NET Core of the tests brings along: the program is started with theirs.
        var tests = Path.ChangeExtension(typeof(JudgeVerbTests).Assembly.Location, null);
        string[] host = ["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json"];
        foreach (var argument in host.Append(typeof(CommandLine).Assembly.Location).Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private string At(string name) => Path.Combine(_folder.Path, name);

    private string[] Ask(Uri endpoint) =>
    [
        "judge", "run", "--data", At("pairs.jsonl"), "--convention", "adr-vote", "--endpoint", endpoint.ToString(), "--key-variable", Key,
        "--record", At("record"),
    ];

    private static async Task<(int Code, string Output, string Error)> Run(string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
