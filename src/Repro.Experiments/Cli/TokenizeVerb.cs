using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Chat;
using Repro.Core.Tokenization;

namespace Repro.Experiments.Cli;

/// <summary><c>tokenize</c>: ids and tokens of texts and of prompts as a model reads them, and texts of ids.</summary>
internal static class TokenizeVerb
{
    internal static Command Create()
    {
        var folder = new Argument<string>("tokenizer") { Description = "Folder of a tokenizer, model or run, or a tokenizer's file." };
        var text = new Option<string?>("--text")
        {
            Description = "A text; what the tokenizer adds, such as a begin token, is added. Added tokens in it are read as such, those of "
                + "a file beside tokenizer.model (added_tokens.json, tokenizer_config.json) too; control tokens that stand in "
                + "tokenizer.model alone are read as text.",
        };
        var prompts = new Option<string?>("--prompts")
        {
            Description = "JSON lines with 'prompt' or 'messages': ids as generate gives them to a model.",
        };
        var ids = new Option<string[]>("--ids")
        {
            Description = "Ids, with spaces or commas between them, whose text is written.",
            AllowMultipleArgumentsPerToken = true,
        };
        var template = new Option<string?>("--template")
        {
            Description = "Of --prompts: one of the names or a file with Jinja; default: the folder's own.",
        };
        var command = new Command("tokenize", "Writes token ids and tokens of texts or prompts as JSON lines, or the text of ids.")
        {
            folder, text, prompts, ids, template,
        };
        command.SetAction((arguments, cancellation) => Task.Run(
            () =>
            {
                if (arguments.GetValue(template) is not null && arguments.GetValue(prompts) is null)
                {
                    throw new ReproException("--template needs --prompts");
                }

                var tokenizer = TokenizerLoader.Load(arguments.GetValue(folder)!);
                var output = arguments.InvocationConfiguration.Output;
                switch (arguments.GetValue(text), arguments.GetValue(prompts), arguments.GetValue(ids))
                {
                    case ({ } one, null, [] or null):
                        output.WriteLine(Line(tokenizer, tokenizer.EncodeIds(one)));
                        break;
                    case (null, { } file, [] or null):
                        var rows = ChatRows.Prompts(file).ToList();
                        var found = ChatForms.Find(arguments.GetValue(template), tokenizer, arguments.GetValue(folder));
                        arguments.InvocationConfiguration.Error.WriteLine($"template: {found.Origin}");
                        foreach (var (_, prompt, _) in rows)
                        {
                            cancellation.ThrowIfCancellationRequested();
                            output.WriteLine(Line(tokenizer, ChatForms.PromptIds(found.Template, tokenizer, prompt)));
                        }

                        break;
                    case (null, null, { Length: > 0 } some):
                        output.WriteLine(new JsonObject { ["text"] = tokenizer.DecodeIds(Ids(some)) }.ToJsonString(GenerateVerb.Plain));
                        break;
                    default:
                        throw new ReproException("give one of --text TEXT, --prompts FILE.jsonl and --ids 1 2 3");
                }

                return CommandLine.Success;
            },
            cancellation));
        return command;
    }

    // A comma stands between two ids, also where spaces part the words as in 1, 2; where nothing is, an id was lost.
    private static IEnumerable<int> Ids(IEnumerable<string> words)
    {
        var text = string.Join(' ', words);
        var parts = text.Split(',').Select(part => part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToList();
        return parts.Exists(part => part.Length == 0)
            ? throw new ReproException($"--ids: an id is missing beside a comma in '{text}'; whole numbers were expected, such as 1,2,3")
            : parts.SelectMany(part => part).Select(word =>
                int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
                    : throw new ReproException($"--ids: '{word}' is no id; whole numbers were expected, such as 1 2 3"));
    }

    private static string Line(TextTokenizer tokenizer, int[] ids) => new JsonObject
    {
        ["ids"] = new JsonArray([.. ids.Select(id => JsonValue.Create(id))]),
        ["tokens"] = new JsonArray([.. ids.Select(id => JsonValue.Create(tokenizer.TokenOf(id)))]),
    }.ToJsonString(GenerateVerb.Plain);
}
