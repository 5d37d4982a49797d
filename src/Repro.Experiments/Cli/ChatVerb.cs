using System.CommandLine;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;

namespace Repro.Experiments.Cli;

/// <summary><c>chat</c>: a conversation with a model, line by line.</summary>
internal static class ChatVerb
{
    /// <param name="input">Where lines come from; null for standard input.</param>
    internal static Command Create(TextReader? input)
    {
        var (model, sampling) = (new ModelOptions(), new SamplingOptions());
        var system = new Option<string?>("--system") { Description = "A system message." };
        var command = new Command("chat",
            "Talks with a model. /reset forgets what was said, /exit ends; a pipe may give the lines.") { system };
        sampling.AddTo(command);
        model.AddTo(command, rows: false);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var tokenizer = model.Tokenizer(arguments);
                var template = model.Template(arguments, tokenizer);
                using var language = model.Language(arguments);
                model.NoteTokenizer(arguments, tokenizer);
                var settings = sampling.Settings(arguments, tokenizer, language.Config);
                var session = new ChatSession(language, tokenizer, template, arguments.GetValue(system))
                {
                    Settings = longest => sampling.Within(language.Config, settings, longest, arguments.InvocationConfiguration.Error),
                    Streams = sampling.Streams(arguments),
                };
                var isTerminal = input is null && !Console.IsInputRedirected;
                return session.Run(input ?? Console.In, arguments.InvocationConfiguration, isTerminal, cancellation);
            },
            cancellation));
        return command;
    }
}

/// <summary>What was said so far, and the loop that asks and answers.</summary>
internal sealed class ChatSession(LanguageModel model, TextTokenizer tokenizer, ChatTemplate template, string? system)
{
    private const string Exit = "/exit";
    private const string Reset = "/reset";

    private readonly List<ChatMessage> _messages = [];
    private long _turn;

    /// <summary>How to choose tokens after a prompt of so many.</summary>
    internal required Func<int, GenerationSettings> Settings { get; init; }

    /// <summary>Where the draws come from; every turn has its own.</summary>
    internal required RandomStreams Streams { get; init; }

    /// <summary>Answers line after line, as they are made, until <c>/exit</c> or the end of the input.</summary>
    /// <param name="input">The lines.</param>
    /// <param name="console">Where answers and complaints go.</param>
    /// <param name="isTerminal">Whether somebody types, who sees a mark to type after.</param>
    /// <param name="cancellation">Ends the conversation between two tokens.</param>
    /// <returns>The exit code: a failure where a turn had no answer.</returns>
    internal int Run(TextReader input, InvocationConfiguration console, bool isTerminal, CancellationToken cancellation)
    {
        var code = CommandLine.Success;
        Begin();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            console.Output.Write(isTerminal ? "> " : string.Empty);
            console.Output.Flush();
            var line = input.ReadLine()?.Trim();
            switch (line)
            {
                case null or Exit:
                    return code;
                case "":
                    break;
                case Reset:
                    Begin();
                    console.Error.WriteLine("begun anew");
                    break;
                case ['/', ..] when !line.Contains(' ', StringComparison.Ordinal):
                    console.Error.WriteLine($"{line} is no command; {Reset} forgets what was said, {Exit} ends");
                    break;
                default:
                    code = TryAnswer(line, console, cancellation) ? code : CommandLine.Failure;
                    break;
            }
        }
    }

    private void Begin()
    {
        _messages.Clear();
        if (system is not null)
        {
            _messages.Add(new ChatMessage(ChatRole.System, system));
        }
    }

    // A turn without an answer, such as one that is too long for the model, is taken back: the conversation can go on.
    private bool TryAnswer(string line, InvocationConfiguration console, CancellationToken cancellation)
    {
        _messages.Add(new ChatMessage(ChatRole.User, line));
        try
        {
            _messages.Add(new ChatMessage(ChatRole.Assistant, Answer(console.Output, cancellation)));
            return true;
        }
        catch (ReproException failure)
        {
            _messages.RemoveAt(_messages.Count - 1);
            console.Output.WriteLine();
            console.Error.WriteLine($"error: {failure.Message} Your message was taken back; {Reset} forgets what was said.");
            return false;
        }
    }

    private string Answer(TextWriter output, CancellationToken cancellation)
    {
        var ids = ChatForms.PromptIds(template, tokenizer, _messages).Select(id => (long)id).ToArray();
        var decoder = tokenizer.CreateStreamingDecoder(skipSpecialTokens: true, ignoreUnknownIds: true);
        var settings = Settings(ids.Length) with { Seeds = [Streams.For(RandomStreams.Sampling, _turn++)], Chosen = Show };
        var made = TextGenerator.Generate(model, [ids], settings, cancellation);
        output.WriteLine(decoder.Finish());
        return tokenizer.DecodeText(made.Responses[0].Select(id => (int)id));

        void Show(int row, long id)
        {
            output.Write(decoder.Add((int)id));
            output.Flush();
        }
    }
}
