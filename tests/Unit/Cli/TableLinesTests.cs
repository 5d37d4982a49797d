using Repro.Experiments.Cli;
using Spectre.Console;

namespace Repro.Tests.Unit.Cli;

/// <summary>Rows of benchmarks in a wide terminal, in a narrow one and in a pipe.</summary>
public sealed class TableLinesTests
{
    [Fact]
    public void A_pipe_gets_the_names_and_a_line_a_row() =>
        Rendered(60, plain: true).Should().Be("Task\tMetric\tScore\narc_easy\tacc,none\t0.2500\nmmlu_anatomy\tacc,none\t[0.5]\n");

    [Fact]
    public void A_terminal_with_room_gets_a_table()
    {
        var lines = Rendered(36, plain: false).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(6).And.OnlyContain(line => line.Length == 36);
        lines[^2].Should().Be("│ mmlu_anatomy │ acc,none │ [0.5]  │", "brackets are text");
    }

    [Fact]
    public void A_narrow_one_gets_a_block_for_each_row() => Rendered(35, plain: false).Should().Be(
        "arc_easy\n  Metric acc,none; Score 0.2500\nmmlu_anatomy\n  Metric acc,none; Score [0.5]\n");

    private static string Rendered(int width, bool plain)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(text),
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
        });
        console.Profile.Width = width;
        var table = new TableLines("Task", "Metric", "Score");
        table.Add("arc_easy", "acc,none", "0.2500");
        table.Add("mmlu_anatomy", "acc,none", "[0.5]");
        table.Write(console, plain);
        return string.Join('\n', text.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
    }
}
