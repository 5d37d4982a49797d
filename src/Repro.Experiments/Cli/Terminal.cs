using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary>Consoles over the writers that a verb was given.</summary>
internal static class Terminal
{
    private const int WidthWhenRedirected = 160;

    internal static IAnsiConsole For(TextWriter writer)
    {
        var redirected = Console.IsOutputRedirected || !ReferenceEquals(writer, Console.Out);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = redirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (redirected)
        {
            console.Profile.Width = WidthWhenRedirected;
        }

        return console;
    }
}
