using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Repro.Experiments.Cli;

namespace Repro.Tests.Golden.Program;

/// <summary>What the program says about itself.</summary>
public sealed class ProgramTests
{
    private static readonly string[] Verbs =
    [
        "list", "verify", "extract", "report", "prepare", "extend", "tokenize", "init", "train", "generate", "score", "chat",
        "compare", "merge", "study", "study serve", "study export", "study import",
    ];

    [Fact]
    public async Task Help()
    {
        var text = new StringBuilder();
        foreach (var verb in Verbs.Prepend(string.Empty))
        {
            string[] arguments = [.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
            text.Append("$ repro ").AppendJoin(' ', arguments).Append('\n').Append(await Run(arguments)).Append('\n');
        }

        // The usage line names the running program, which is the test runner here.
        await Verify(Clean(text.ToString().Replace(RootCommand.ExecutableName, "repro", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List() => await Verify(Clean(await Run("list", "--artifacts", "fixtures")));

    /// <summary>Only what computes loads TorchSharp, and LibTorch with it.</summary>
    [Theory]
    [InlineData("--version", "", false)]
    [InlineData("init", "sft", true)]
    public async Task The_program_starts_without_TorchSharp(string verb, string argument, bool loads)
    {
        var tests = Path.ChangeExtension(typeof(ProgramTests).Assembly.Location, null);
        string[] host = ["exec", "--runtimeconfig", tests + ".runtimeconfig.json", "--depsfile", tests + ".deps.json"];
        string[] program = [typeof(Experiments.Cli.CommandLine).Assembly.Location, verb];
        var start = new ProcessStartInfo("dotnet", [.. host, .. program, .. argument.Length > 0 ? [argument] : Array.Empty<string>()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        using var process = Process.Start(start)!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        texts[1].Trim().Should().Be(loads ? StartupHook.Loaded : string.Empty);
        process.ExitCode.Should().Be(0);
    }

    /// <summary>The text without blanks at the ends of lines and with one kind of line break.</summary>
    internal static string Clean(string text) =>
        string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');

    internal static async Task<string> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await Experiments.Cli.CommandLine.RunAsync(arguments, output, error)).Should().Be(0, error.ToString());
        return output.ToString();
    }
}
