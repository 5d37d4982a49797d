using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Samples;

/// <summary>Each program under <c>samples/</c> is run as a reader would run it, and prints what its comments promise.</summary>
public sealed class SampleTests
{
    [Fact]
    public async Task Sft_learns_its_three_answers()
    {
        var lines = await Run("Sft");
        Number(lines[^4], "loss").Should().BeLessThan(0.1).And.BeLessThan(Number(lines[0], "loss"));
        lines[^3..].Should().Equal(
            "Who keeps the lighthouse? Ada keeps it.", "Give a name for a boat. Heron.", "What is two plus three? Five.");
    }

    [Fact]
    public async Task Dpo_starts_at_the_loss_of_a_coin_and_widens_the_margin()
    {
        var lines = await Run("Dpo");
        Number(lines[0], "loss").Should().BeApproximately(Math.Log(2), 5e-4, "policy and reference are the same before the first step");
        Number(lines[^2], "loss").Should().BeLessThan(0.4);
        Number(lines[^1], "accuracy").Should().Be(1);
        Number(lines[^1], "margin").Should().BePositive();
    }

    [Fact]
    public async Task RewardModel_orders_the_prompt_that_was_held_out()
    {
        var lines = await Run("RewardModel");
        Number(lines[^2], "loss").Should().BeLessThan(0.5 * Number(lines[0], "loss"));
        lines[^1].Should().StartWith("held out: 3 pairs, ");
        Number(lines[^1], "accuracy").Should().BeGreaterThan(0.5);
    }

    [Fact]
    public async Task Ppo_raises_the_reward()
    {
        var lines = await Run("Ppo");
        Number(lines[0], "reference").Should().Be(0);
        Number(lines[^1], "reward").Should().BeGreaterThan(Number(lines[0], "reward") + 0.3);
        Number(lines[^1], "reference").Should().BePositive();
    }

    [Fact]
    public async Task VerifyOneClaim_prints_verdict_and_evidence()
    {
        var lines = await Run("VerifyOneClaim");
        lines.Should().Contain("verdict: Holds").And.Contain(line => line.StartsWith("  interval: ", StringComparison.Ordinal));
        lines.Should().Contain("  file: artifacts/alpaca_eval/final_gpt4_result/final_rank002_vs_abs002.json");
        (await Run("VerifyOneClaim", "CRS-ABS-63")).Should().Contain("verdict: Contradicted");
    }

    [Fact]
    public async Task VerifyOneClaim_refuses_an_unknown_id_in_one_line()
    {
        var (code, _, error) = await Start("VerifyOneClaim", "CRS-T16-nothing");
        code.Should().Be(1);
        error.Trim().Should().StartWith("error: there is no claim 'CRS-T16-nothing'").And.NotContain("\n");
    }

    [Fact]
    public async Task AddAClaim_gives_the_new_claim_its_verdict() =>
        (await Run("AddAClaim")).Should().Contain("verdict: Contradicted").And.Contain("The mean of the 12 printed scores is 0.8080.");

    [Fact]
    public void Every_sample_has_a_test_and_fits_on_a_screen()
    {
        var samples = Directory.GetFiles(Path.Combine(RepositoryRoot.Find(), "samples"), "Program.cs", SearchOption.AllDirectories);
        samples.Should().HaveCount(6);
        var tests = typeof(SampleTests).GetMethods().Select(test => test.Name).ToList();
        samples.Select(file => Path.GetFileName(Path.GetDirectoryName(file)) + "_")
            .Where(name => !tests.Exists(test => test.StartsWith(name, StringComparison.Ordinal))).Should().BeEmpty();
        samples.Where(file => File.ReadLines(file).Count() > 70).Should().BeEmpty();
    }

    private static async Task<string[]> Run(string sample, params string[] arguments)
    {
        var (code, output, error) = await Start(sample, arguments);
        code.Should().Be(0, "{0} said {1}{2}", sample, output, error);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd()).ToArray();
    }

    private static async Task<(int Code, string Output, string Error)> Start(string sample, params string[] arguments)
    {
        var framework = Invariant($"net{Environment.Version.Major}.0");
        var output = Path.Combine(RepositoryRoot.Find(), "samples", sample, "bin", Configuration, framework);
        var program = Path.Combine(output, sample + ".dll");
        File.Exists(program).Should().BeTrue("{0} is built with the tests", program);
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (printed, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await printed, await errors);
    }

    // The samples are built in the configuration of these tests.
    private static string Configuration => typeof(SampleTests).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;

    // The number after a word: "loss 0.010" or "KL to the reference 1.20 nats".
    private static double Number(string line, string word)
    {
        var match = Regex.Match(line, word + @" (-?\d+(\.\d+)?)");
        match.Success.Should().BeTrue("'{0}' should have a number after '{1}'", line, word);
        return double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
    }
}
