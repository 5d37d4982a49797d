using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;
using Repro.Core.Tokenization;

namespace Repro.Experiments.Cli;

/// <summary><c>generate</c>: responses of a model as JSON lines.</summary>
internal static class GenerateVerb
{
    internal static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Command Create()
    {
        var (model, sampling) = (new ModelOptions(), new SamplingOptions());
        var prompt = new Option<string?>("--prompt") { Description = "A prompt." };
        var prompts = new Option<string?>("--prompts") { Description = "JSON lines with 'prompt' or 'messages'; a 'reference' is kept." };
        var sequences = new Option<int>("--sequences") { Description = "Responses to each prompt.", DefaultValueFactory = _ => 1 }
            .Limit(new WithinAttribute(1, 10_000));
        var command = new Command("generate", "Answers prompts; writes JSON lines.") { prompt, prompts };
        sampling.AddTo(command);
        command.Add(sequences);
        model.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                model.RefuseOutOf(arguments, "--prompts", arguments.GetValue(prompts));
                var rows = Rows(arguments.GetValue(prompt), arguments.GetValue(prompts));
                Run(arguments, model, sampling, rows, arguments.GetValue(sequences), cancellation);
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static void Run(ParseResult arguments, ModelOptions model, SamplingOptions sampling, List<Question> rows,
        int sequences,
        CancellationToken cancellation)
    {
        var tokenizer = model.Tokenizer(arguments);
        var template = model.Template(arguments, tokenizer);
        using var language = model.Language(arguments);
        model.NoteTokenizer(arguments, tokenizer);
        var asked = sampling.Settings(arguments, tokenizer, language.Config) with { SequencesPerPrompt = sequences };
        // Of all prompts before any is answered: one that is too long must not end the work in the middle.
        var prompts = rows.ConvertAll(row => (Row: row, Ids: Ids(row, template, tokenizer, language.Config)));
        var identity = model.Identity(arguments, template, cancellation);
        model.Write(arguments, output =>
        {
            var streams = sampling.Streams(arguments);
            var first = 0L;
            foreach (var part in prompts.Chunk(model.Batch(arguments)))
            {
                var ids = Array.ConvertAll(part, prompt => prompt.Ids);
                var seeds = Enumerable.Range(0, part.Length * sequences)
                    .Select(row => streams.For(RandomStreams.Sampling, 0, first + row)).ToList();
                var responses = new long[seeds.Count][];
                // A prompt that leaves little room shortens its own responses alone.
                foreach (var alike in Enumerable.Range(0, part.Length)
                    .GroupBy(row => SamplingOptions.Room(language.Config, asked, ids[row].Length)))
                {
                    var longest = alike.Max(row => ids[row].Length);
                    var settings = sampling.Within(language.Config, asked, longest, arguments.InvocationConfiguration.Error);
                    model.CheckMemory(arguments, language.Config, (long)alike.Count() * sequences, longest + settings.MaxNewTokens);
                    var places = alike.SelectMany(row => Enumerable.Range(row * sequences, sequences)).ToList();
                    var made = TextGenerator.Generate(
                        language, [.. alike.Select(row => ids[row])], settings with { Seeds = places.ConvertAll(place => seeds[place]) },
                        cancellation);
                    foreach (var (place, response) in places.Zip(made.Responses))
                    {
                        responses[place] = response;
                    }
                }

                first += responses.Length;
                for (var i = 0; i < responses.Length; i++)
                {
                    var text = tokenizer.DecodeText(responses[i].Select(id => (int)id));
                    var row = Row(part[i / sequences].Row, text, responses[i], asked.StopTokens);
                    (row["sampling"], row["generated_by"]) = (sampling.Record(arguments), identity.ToJson());
                    output.WriteLine(row.ToJsonString(Plain));
                }
            }
        });
    }

    /// <exception cref="ReproException">The prompt has more tokens than the model has positions.</exception>
    private static long[] Ids(Question row, ChatTemplate template, TextTokenizer tokenizer, ModelConfig config)
    {
        long[] ids = [.. ChatForms.PromptIds(template, tokenizer, row.Prompt).Select(id => (long)id)];
        return ids.Length <= config.LongestText ? ids : throw new ReproException(
            Invariant($"{row.Where}: the prompt has {ids.Length:N0} tokens, the model {config.LongestText:N0} positions"));
    }

    // A conversation is written whole, so that score and compare see what the model saw; a reference goes along for the judge.
    private static JsonObject Row(Question question, string text, long[] ids, IReadOnlyList<int> stops)
    {
        var row = ChatRows.Prompt(question.Prompt);
        if (question.Reference is { } reference)
        {
            row["reference"] = reference;
        }

        row["response"] = text;
        row["tokens"] = ids.Length;
        row["ended"] = stops.Contains((int)ids[^1]);
        return row;
    }

    private static List<Question> Rows(string? prompt, string? file) => (prompt, file) switch
    {
        ({ } text, null) => [new("--prompt", [new ChatMessage(ChatRole.User, text)], null)],
        (null, { } path) => ChatRows.Prompts(path).Select(Asked).ToList() is { Count: > 0 } rows ? rows
            : throw new ReproException($"{path}: no prompt was found"),
        _ => throw new ReproException("give either --prompt TEXT or --prompts FILE.jsonl"),
    };

    private static Question Asked((JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where) row) =>
        new(row.Where, row.Prompt, row.Row["reference"] is null ? null : ChatRows.Text(row.Row, "reference", row.Where));

    private sealed record Question(string Where, IReadOnlyList<ChatMessage> Prompt, string? Reference);
}
