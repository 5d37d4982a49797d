using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Typed access to JSON members, with messages that name file and entry.</summary>
internal static class JsonFields
{
    internal static string Text(this JsonElement element, string name, string where) => Member(element, name, where) is { ValueKind: JsonValueKind.String } value
        ? value.GetString()!
        : throw new InputException($"{where}: '{name}' must be a string");

    internal static double Number(this JsonElement element, string name, string where) => Member(element, name, where) is { ValueKind: JsonValueKind.Number } value
        ? value.GetDouble()
        : throw new InputException($"{where}: '{name}' must be a number");

    internal static JsonElement Member(this JsonElement element, string name, string where) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value
            : throw new InputException($"{where}: '{name}' is missing");
}
