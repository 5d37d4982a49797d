using System.Diagnostics;
using System.Text.RegularExpressions;
using Repro.Core.Evaluation.Statistics;
using Repro.Experiments.Claims;

namespace Repro.Tests.Unit.Cli;

/// <summary>Every target can be asked for, and leads to stages whose files are there.</summary>
public sealed class MakefileTests
{
    [MakeTheory]
    [InlineData("setup")]
    [InlineData("build")]
    [InlineData("verify")]
    [InlineData("test")]
    [InlineData("bench")]
    [InlineData("bench-chart")]
    [InlineData("report")]
    [InlineData("pack")]
    [InlineData("format")]
    [InlineData("format-check")]
    [InlineData("small")]
    [InlineData("gpu-crs-sft")]
    [InlineData("gpu-crs-rm-preference")]
    [InlineData("gpu-crs-rm-absolute")]
    [InlineData("gpu-crs-ppo-abs")]
    [InlineData("gpu-crs-ppo-preference")]
    [InlineData("gpu-crs-ppo-crs")]
    [InlineData("gpu-adr-orm")]
    [InlineData("gpu-adr-prm")]
    [InlineData("gpu-adr-dpo")]
    [InlineData("gpu-adr-adpo")]
    [InlineData("gpu-adr-ppo")]
    [InlineData("gpu-adr-appo")]
    [InlineData("gpu-adr-rs")]
    [InlineData("gpu-adr-ars")]
    public async Task A_target_is_there_and_so_are_its_files(string target)
    {
        var (root, output) = await DryRun(target);
        var stages = output.Split('\n').Where(line => line.StartsWith("build/gpu.sh ", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ')[1..]).ToList();
        (stages.Count > 0).Should().Be(target.StartsWith("gpu-", StringComparison.Ordinal));
        stages.Where(stage => !File.Exists(Path.Combine(root, "configs", stage + ".yaml"))).Should().BeEmpty();
    }

    [MakeTheory]
    [InlineData("crs")]
    [InlineData("adr")]
    public async Task A_whole_paper_has_a_target_and_its_stages_have_files(string paper)
    {
        var (root, output) = await DryRun($"gpu-{paper}");
        output.Should().Contain($"build/chain.sh {paper}");
        var chain = File.ReadAllText(Path.Combine(root, "build", "chain.sh"));
        var named = Regex.Matches(chain, $"chain_stage ({paper}/[a-z-]+)").Select(match => match.Groups[1].Value).ToList();
        var methods = Regex.Match(chain, "for method in ([a-z ]+);").Groups[1].Value.Split(' ').Select(method => $"adr/{method}");
        var stages = paper == "adr" ? [.. named, .. methods] : named;
        stages.Should().HaveCountGreaterThanOrEqualTo(8);
        stages.Where(stage => !File.Exists(Path.Combine(root, "configs", stage + ".yaml"))).Should().BeEmpty();
    }

    private static async Task<(string Root, string Output)> DryRun(string target)
    {
        var root = RepositoryRoot.Find();
        using var process = Process.Start(new ProcessStartInfo("make", ["--dry-run", target])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0, await error);
        return (root, await output);
    }
}

/// <summary>A theory about the Makefile, a convenience for systems that have make; skipped on Windows.</summary>
internal sealed class MakeTheoryAttribute : TheoryAttribute
{
    public MakeTheoryAttribute() => Skip = OperatingSystem.IsWindows() ? "Windows has no make." : null!;
}
