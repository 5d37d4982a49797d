using System.CommandLine;
using System.Text;
using Repro.Experiments.Cli;

namespace Repro.Tests.Golden.Program;

/// <summary>What the program says about itself.</summary>
public sealed class ProgramTests
{
    private static readonly string[] Verbs =
    [
        "list", "verify", "extract", "report", "prepare", "extend", "init", "train", "generate", "score", "chat",
        "compare", "merge",
    ];

    [Fact]
    public async Task Help()
    {
        var text = new StringBuilder();
        foreach (var verb in Verbs.Prepend(string.Empty))
        {
            string[] arguments = verb.Length == 0 ? ["--help"] : [verb, "--help"];
            text.Append("$ repro ").AppendJoin(' ', arguments).Append('\n').Append(await Run(arguments)).Append('\n');
        }

        // The usage line names the running program, which is the test runner here.
        await Verify(Clean(text.ToString().Replace(RootCommand.ExecutableName, "repro", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task List() => await Verify(Clean(await Run("list", "--artifacts", "fixtures")));

    /// <summary>The text without blanks at the ends of lines and with one kind of line break.</summary>
    internal static string Clean(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())).Trim('\n');

    internal static async Task<string> Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await Experiments.Cli.CommandLine.RunAsync(arguments, output, error)).Should().Be(0, error.ToString());
        return output.ToString();
    }
}
