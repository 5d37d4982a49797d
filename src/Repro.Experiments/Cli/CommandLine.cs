using System.CommandLine;
using System.CommandLine.Invocation;
using Repro.Experiments.Claims;
using Repro.Core;

namespace Repro.Experiments.Cli;

/// <summary>The verbs of the program. Machine output goes to files or standard output, progress and messages to standard error.</summary>
internal static class CommandLine
{
    /// <summary>Everything ran.</summary>
    public const int Success = 0;

    /// <summary>Bad input, or something failed to run.</summary>
    public const int Failure = 1;

    /// <summary>With <c>--strict</c>: a verdict or anything of the evidence differs from the golden file.</summary>
    public const int GoldenMismatch = 3;

    /// <summary>The user interrupted the run.</summary>
    public const int Interrupted = 130;

    /// <summary>Parses the arguments and runs a verb.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        var root = new RootCommand("Verifies the published claims of two RLHF papers by running them.")
        {
            ListVerb.Create(),
            VerifyVerb.Create(),
            ExtractVerb.Create(),
            ReportVerb.Create(),
            PrepareVerb.Create(),
            ExtendVerb.Create(),
            InitVerb.Create(),
            TrainVerb.Create(),
            GenerateVerb.Create(),
            ScoreVerb.Create(),
            MergeVerb.Create(),
        };
        Workplace.AddTo(root);
        try
        {
            var arguments = root.Parse(args);
            if (arguments.Action is ParseErrorAction mistake)
            {
                // Standard output is for results: a mistake says what is wrong, not everything there is.
                mistake.ShowHelp = false;
            }

            Workplace.UseLibTorch(arguments);
            return await arguments.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancellation);
        }
        catch (Exception e) when (e is InputException or ReproException)
        {
            await error.WriteLineAsync($"error: {e.Message}");
            return Failure;
        }
        catch (TypeInitializationException e) when (SpecRunner.LibTorchIsMissing(e))
        {
            await error.WriteLineAsync($"error: {SpecRunner.MissingLibTorch}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("interrupted");
            return Interrupted;
        }
    }
}
