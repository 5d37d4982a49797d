using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core.Data;

namespace Repro.Experiments.Cli;

/// <summary>Rows of JSON lines with a <c>prompt</c> (text) or <c>messages</c> (role and content of each).</summary>
internal static class ChatRows
{
    private static readonly JsonDocumentOptions _once = new() { AllowDuplicateProperties = false };

    internal static IEnumerable<(JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where)> Read(string path)
    {
        var line = 0;
        foreach (var text in Lines(path))
        {
            line++;
            if (text.Length > 0)
            {
                var where = Invariant($"{path}:{line}");
                var row = Parse(text, where);
                yield return (row, Prompt(row, where), where);
            }
        }
    }

    internal static string Text(JsonObject row, string key, string where) =>
        row[key] is JsonValue value && value.TryGetValue(out string? text) ? text : throw new InputException($"{where}: '{key}' must be a text");

    private static IReadOnlyList<ChatMessage> Prompt(JsonObject row, string where)
    {
        if (row["prompt"] is not null)
        {
            return [new ChatMessage(ChatRole.User, Text(row, "prompt", where))];
        }

        var messages = row["messages"] as JsonArray ?? throw new InputException($"{where}: 'prompt' or 'messages' was expected");
        return
        [
            .. messages.Select((node, index) => node is JsonObject message
                ? new ChatMessage(Role(Text(message, "role", Invariant($"{where}: message {index}")), where), Text(message, "content", Invariant($"{where}: message {index}")))
                : throw new InputException(Invariant($"{where}: message {index} must be an object with 'role' and 'content'"))),
        ];
    }

    private static ChatRole Role(string name, string where) => name switch
    {
        "system" => ChatRole.System,
        "user" => ChatRole.User,
        "assistant" => ChatRole.Assistant,
        _ => throw new InputException($"{where}: role '{name}' is not one of system, user, assistant"),
    };

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message})", e);
        }
    }

    private static JsonObject Parse(string text, string where)
    {
        try
        {
            var row = JsonNode.Parse(text, documentOptions: _once) as JsonObject
                ?? throw new InputException($"{where}: an object was expected");
            Decode(row);
            return row;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{where}: not valid JSON: {e.Message}", e);
        }
    }

    // Nodes decode their texts when they are asked for them; half of a surrogate pair would be found only where a row is used.
    private static void Decode(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (_, member) in members)
                {
                    Decode(member);
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Decode(item);
                }

                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                value.GetValue<string>();
                break;
        }
    }
}
