using System.Text.Json.Nodes;
using Repro.Core.Data;

namespace Repro.Experiments.Cli;

/// <summary>Rows with a <c>prompt</c> (a text or messages) or <c>messages</c> (role and content of each).</summary>
internal static class ChatRows
{
    internal static IEnumerable<(JsonObject Row, IReadOnlyList<ChatMessage> Prompt, string Where)> Read(string path) =>
        PromptFile.Read(path);

    internal static string Text(JsonObject row, string key, string where) =>
        row[key] is JsonValue value && value.TryGetValue(out string? text) ? text : throw new InputException($"{where}: '{key}' must be a text");
}
