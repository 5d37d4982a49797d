using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Repro.Core;
using Repro.Experiments.Claims;

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

    /// <summary>A limit of time or money ended the work before it was done. What is done is kept; the same command goes on.</summary>
    public const int LimitReached = 4;

    /// <summary>The user interrupted the run.</summary>
    public const int Interrupted = 130;

    /// <summary>All verbs with their options.</summary>
    /// <param name="input">Standard input; null for that of the process.</param>
    internal static RootCommand Root(TextReader? input = null)
    {
        var root = new RootCommand("Verifies the published claims of two RLHF papers by running them.")
        {
            ListVerb.Create(),
            VerifyVerb.Create(),
            ExtractVerb.Create(),
            ReportVerb.Create(),
            PrepareVerb.Create(),
            ExtendVerb.Create(),
            TokenizeVerb.Create(),
            InitVerb.Create(),
            TrainVerb.Create(),
            RunsVerb.Create(),
            GenerateVerb.Create(),
            ScoreVerb.Create(),
            ChatVerb.Create(input),
            CompareVerb.Create(),
            JudgeVerb.Create(),
            MergeVerb.Create(),
            StudyVerb.Create(),
            BenchVerb.Create(),
            MechanismsVerb.Create(),
        };
        CommonOptions.AddTo(root);
        EmptyValues.Refuse(root);
        return root;
    }

    /// <summary>Parses the arguments and runs a verb.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cancellation">Cancelled by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default) =>
        RunAsync(args, null, output, error, cancellation);

    /// <summary>As the other, with other lines than those of standard input; null for these.</summary>
    internal static async Task<int> RunAsync(
        string[] args, TextReader? input, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        try
        {
            var arguments = Root(input).Parse(args);
            if (arguments.Errors.Count > 0)
            {
                foreach (var mistake in Mistakes.Describe(arguments))
                {
                    await error.WriteLineAsync($"error: {mistake}");
                }

                return Failure;
            }

            CommonOptions.UseLibTorch(arguments);
            return await arguments.InvokeAsync(new InvocationConfiguration
            {
                Output = output,
                Error = error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null
            }, cancellation);
        }
        catch (ReproException e)
        {
            await error.WriteLineAsync($"error: {e.Message}");
            return Failure;
        }
        catch (TypeInitializationException e) when (SpecRunner.LibTorchIsMissing(e))
        {
            await error.WriteLineAsync($"error: {SpecRunner.MissingLibTorch}");
            return Failure;
        }
        catch (Exception e) when (e is ExternalException or OutOfMemoryException)
        {
            // LibTorch adds the places in its sources; the first line has the reason.
            await error.WriteLineAsync($"error: LibTorch: {e.Message.Split('\n')[0].Trim()}");
            return Failure;
        }
        catch (FileNotFoundException e) when (e.FileName is not null)
        {
            await error.WriteLineAsync($"error: {ReproException.Unreadable(e.FileName!, e).Message}");
            return Failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a file where a folder should be: the message names the path.
            await error.WriteLineAsync($"error: {e.Message}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            await error.WriteLineAsync("interrupted");
            return Interrupted;
        }
    }
}

/// <summary>What is wrong with the words of a command line, one sentence each.</summary>
internal static class Mistakes
{
    internal static IEnumerable<string> Describe(ParseResult arguments)
    {
        // A word that is no verb is the reason why the verb is missing.
        var unknown = arguments.UnmatchedTokens;
        var others = arguments.Errors.Where(
            mistake => !unknown.Any(word => mistake.Message.Contains($"'{word}'", StringComparison.Ordinal)))
            .Where(mistake => unknown.Count == 0 || mistake.SymbolResult is not CommandResult { Command.Subcommands.Count: > 0 })
            .Select(mistake => mistake.Message);
        return unknown.Select(word => Unknown(word, arguments.CommandResult.Command)).Concat(others).Distinct(StringComparer.Ordinal);
    }

    /// <summary>Refuses a word of an argument that is meant as an option.</summary>
    internal static void RefuseOption(SymbolResult argument, Command command)
    {
        if (argument.Tokens.FirstOrDefault(token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } option)
        {
            argument.AddError(Unknown(option.Value, command));
        }
    }

    private static string Unknown(string word, Command command)
    {
        var isOption = word.StartsWith('-');
        word = isOption ? word.Split('=')[0] : word;
        var known = isOption ? command.Options.Select(option => option.Name) : command.Subcommands.Select(verb => verb.Name);
        var near = Suggestion.For(word, known);
        var what = isOption ? "option" : command.Subcommands.Count > 0 ? "verb" : "argument";
        return $"unknown {what} '{word}'{(near.Length > 0 ? near : $"; '{Path(command)} --help' shows what there is.")}";
    }

    private static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : command.Name;
}

/// <summary>Refuses options and arguments that are given without anything in them, as by a variable of the shell that is not set, and
/// unknown options, which an argument that takes any text would swallow.</summary>
internal static class EmptyValues
{
    // An empty message is one, and so is an empty text.
    private static readonly string[] Allowed = ["--prompt", "--system", "--text"];

    internal static void Refuse(Command command)
    {
        foreach (var option in command.Options.Where(option => IsText(option.ValueType) && !Allowed.Contains(option.Name)))
        {
            option.Validators.Add(result => Check(result, option.Name));
        }

        foreach (var argument in command.Arguments.Where(argument => IsText(argument.ValueType)))
        {
            argument.Validators.Add(result => Check(result, argument.Name));
            argument.Validators.Add(result => Mistakes.RefuseOption(result, command));
        }

        foreach (var verb in command.Subcommands)
        {
            Refuse(verb);
        }
    }

    private static bool IsText(Type type) => type == typeof(string) || type == typeof(string[]);

    private static void Check(SymbolResult result, string name)
    {
        if (result.Tokens.FirstOrDefault(token => string.IsNullOrWhiteSpace(token.Value)) is { } empty)
        {
            result.AddError($"{name}: something was expected, found '{empty.Value}'.");
        }
    }
}
