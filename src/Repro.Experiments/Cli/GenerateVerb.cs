using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Chat;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Models;
using Repro.Core.Randomness;

namespace Repro.Experiments.Cli;

/// <summary><c>generate</c>: responses of a model as JSON lines.</summary>
internal static class GenerateVerb
{
    internal static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Command Create()
    {
        var model = new ModelOptions();
        var prompt = new Option<string?>("--prompt") { Description = "A prompt." };
        var prompts = new Option<string?>("--prompts") { Description = "JSON lines with 'prompt' or 'messages'." };
        var tokens = new Option<int>("--max-new-tokens") { Description = "Most new tokens.", DefaultValueFactory = _ => 256 }.Limit(new AtLeastAttribute(1));
        var temperature = new Option<double>("--temperature")
        {
            Description = "Divides the logits; 0 takes the best token.",
            DefaultValueFactory = _ => 1,
            CustomParser = a => DecimalOption.Read(a) ?? 0,
        }.Limit(new AtLeastAttribute(0));
        const string KeepAll = "leave the option out to keep all tokens";
        var topP = new Option<double?>("--top-p")
        {
            Description = "Keeps the smallest set of tokens that reaches this probability.",
            CustomParser = DecimalOption.Read,
        }.Limit(new WithinAttribute(0, 1) { AboveMinimum = true, Instead = KeepAll });
        var topK = new Option<int?>("--top-k") { Description = "Keeps the k best tokens." }.Limit(new AtLeastAttribute(1) { Instead = KeepAll });
        var sequences = new Option<int>("--sequences") { Description = "Responses to each prompt.", DefaultValueFactory = _ => 1 }
            .Limit(new AtLeastAttribute(1));
        var seed = new Option<long>("--seed") { Description = "Seed of the draws.", DefaultValueFactory = _ => 0 };
        var stop = new Option<string[]>("--stop") { Description =
            "Token that ends a response; may be repeated. Default: those of the model." };
        var command = new Command("generate", "Answers prompts; writes JSON lines.") { prompt, prompts, tokens, temperature, topP, topK, sequences, seed, stop };
        model.AddTo(command);
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                var rows = Rows(arguments.GetValue(prompt), arguments.GetValue(prompts));
                var tokenizer = model.Tokenizer(arguments);
                var template = model.Template(arguments, tokenizer);
                using var language = LanguageModel.Load(model.Model(arguments), model.Dtype(arguments), model.Device(arguments));
                if (model.Adapter(arguments) is { } adapter)
                {
                    language.Adapters.Load("policy", adapter);
                }

                IReadOnlyList<int> stops = arguments.GetValue(stop) is { Length: > 0 } named
                    ? [.. named.Select(token => tokenizer.IdOf(token)
                        ?? throw new InputException($"--stop {token}: the tokenizer has no such token"))]
                    : language.Config.EndTokens;
                var heat = arguments.GetValue(temperature);
                var settings = new GenerationSettings
                {
                    MaxNewTokens = arguments.GetValue(tokens),
                    Sample = heat > 0,
                    Temperature = heat > 0 ? heat : 1,
                    TopP = arguments.GetValue(topP),
                    TopK = arguments.GetValue(topK),
                    SequencesPerPrompt = arguments.GetValue(sequences),
                    StopTokens = stops,
                    PadToken = tokenizer.Specials.Pad ?? language.Config.PadToken ?? 0,
                };
                model.Write(arguments, output =>
                {
                    var streams = new RandomStreams(arguments.GetValue(seed));
                    var first = 0L;
                    foreach (var part in rows.Chunk(model.Batch(arguments)))
                    {
                        var ids = part.Select(row => (IReadOnlyList<long>)[.. ChatForms.PromptIds(template, tokenizer, row).Select(id => (long)id)]).ToList();
                        var seeds = Enumerable.Range(0, part.Length * settings.SequencesPerPrompt).Select(row => streams.For(RandomStreams.Sampling, 0, first + row)).ToList();
                        var made = TextGenerator.Generate(language, ids, settings with { Seeds = seeds }, cancellation);
                        first += seeds.Count;
                        for (var i = 0; i < made.Responses.Count; i++)
                        {
                            Write(output, part[i / settings.SequencesPerPrompt],
                                tokenizer.DecodeText(made.Responses[i].Select(id => (int)id)), made.Responses[i], stops);
                        }
                    }
                });
                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    private static void Write(TextWriter output, IReadOnlyList<ChatMessage> prompt, string text, long[] ids, IReadOnlyList<int> stops) =>
        output.WriteLine(new JsonObject
        {
            ["prompt"] = prompt[^1].Content,
            ["response"] = text,
            ["tokens"] = ids.Length,
            ["ended"] = stops.Contains((int)ids[^1]),
        }.ToJsonString(Plain));

    private static List<IReadOnlyList<ChatMessage>> Rows(string? prompt, string? file) => (prompt, file) switch
    {
        ({ } text, null) => [[new ChatMessage(ChatRole.User, text)]],
        (null, { } path) => [.. ChatRows.Read(path).Select(row => row.Prompt)],
        _ => throw new InputException("give either --prompt TEXT or --prompts FILE.jsonl"),
    };
}
