using System.Text.Json.Nodes;
using Repro.Core;
using Repro.Core.Data;

namespace Repro.Experiments;

/// <summary>Rows with a <c>prompt</c> (a text or messages) or <c>messages</c> (role and content of each).</summary>
internal static class ChatRows
{
    internal static IEnumerable<(JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where)> Read(string path) =>
        PromptFile.Read(path);

    /// <summary>The same where a model is to answer. After an answer it would begin another one.</summary>
    /// <exception cref="ReproException">While rows are read: a row is not valid, or ends with an answer.</exception>
    internal static IEnumerable<(JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where)> Prompts(string path) =>
        Read(path).Select(row => row.Prompt[^1].Role != ChatRole.Assistant ? row : throw new ReproException(
            $"{row.Where}: the messages end with the assistant's; a prompt ends with the user's, and answers are not continued: "
                + "leave the last message out"));

    internal static string Text(JsonObject row, string key, string where) =>
        row[key] is JsonValue value && value.TryGetValue(out string? text) ? text
            : throw new ReproException(row.ContainsKey(key)
                ? $"{where}: '{key}' must be a text, found {row[key]?.ToJsonString() ?? "null"}"
                : $"{where}: '{key}' must be a text, but it is not there");

    /// <summary>A row that <see cref="Read"/> reads as this prompt: <c>prompt</c> for one message of the user, else
    /// <c>messages</c>.</summary>
    internal static JsonObject Prompt(IReadOnlyList<ChatMessage> prompt) => prompt is [{ Role: ChatRole.User } only]
        ? new JsonObject { ["prompt"] = only.Content }
        : new JsonObject
        {
            ["messages"] = new JsonArray([.. prompt.Select(message =>
                new JsonObject { ["role"] = message.Role.ToString().ToLowerInvariant(), ["content"] = message.Content })]),
        };

    /// <summary>What is equal for equal prompts.</summary>
    internal static string Key(IReadOnlyList<ChatMessage> prompt) => Prompt(prompt).ToJsonString();
}
