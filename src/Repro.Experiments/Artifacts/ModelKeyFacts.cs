using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>Which model wrote which of the shuffled responses of the human study.</summary>
/// <param name="Groups">Groups in file order.</param>
public sealed record ModelKeyFacts(IReadOnlyList<ModelKeyFacts.Group> Groups) : IFacts<ModelKeyFacts>
{
    /// <summary>One group.</summary>
    /// <param name="Name">Name in the file.</param>
    /// <param name="Prompts">Prompts in file order.</param>
    public sealed record Group(string Name, IReadOnlyList<Prompt> Prompts);

    /// <summary>The models of one prompt.</summary>
    /// <param name="Key">Key of the prompt.</param>
    /// <param name="Models">Model of each response by its position.</param>
    public sealed record Prompt(string Key, IReadOnlyList<string> Models);

    /// <inheritdoc/>
    public static ModelKeyFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new ModelKeyFacts(
        [
            .. Members(file.Json(), $"{file.Path}:1").Select(group => new Group(
                group.Name,
                [.. Members(group.Value, $"{file.Path}: {group.Name}").Select((prompt, i) => ParsePrompt(prompt, Invariant($"{file.Path}: {group.Name}: entry {i}")))])),
        ]);
    }

    private static Prompt ParsePrompt(JsonProperty prompt, string where)
    {
        var positions = Members(prompt.Value, where).ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);
        return new Prompt(
            PromptKey.Of(prompt.Name),
            [.. Enumerable.Range(0, positions.Count).Select(i => positions.TryGetValue(Invariant($"{i}"), out var model) && model.ValueKind == JsonValueKind.String
                ? model.GetString()!
                : throw new InputException(Invariant($"{where}: expected a model name at position {i}")))]);
    }

    private static List<JsonProperty> Members(JsonElement element, string where) => element.ValueKind == JsonValueKind.Object
        ? [.. element.EnumerateObject()]
        : throw new InputException($"{where}: expected an object");
}
