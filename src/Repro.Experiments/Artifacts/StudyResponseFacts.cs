using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Artifacts;

/// <summary>The responses that one group of the human study saw.</summary>
/// <param name="Rows">Prompts in file order.</param>
public sealed record StudyResponseFacts(IReadOnlyList<StudyResponseFacts.Row> Rows) : IFacts<StudyResponseFacts>
{
    private const string Prefix = "response-";

    /// <summary>One prompt.</summary>
    /// <param name="Prompt">Key of the prompt.</param>
    /// <param name="Responses">Its responses by position.</param>
    public sealed record Row(string Prompt, IReadOnlyList<Response> Responses);

    /// <summary>One response.</summary>
    /// <param name="Key">First 16 hexadecimal digits of the SHA-256 of the text.</param>
    /// <param name="Words">White-space separated words.</param>
    /// <param name="Characters">Code points.</param>
    public sealed record Response(string Key, int Words, int Characters);

    /// <inheritdoc/>
    public static StudyResponseFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return new StudyResponseFacts([.. file.JsonList().Select((entry, i) => ParseRow(entry, Invariant($"{file.Path}: entry {i}")))]);
    }

    private static Row ParseRow(JsonElement entry, string where)
    {
        var prompt = PromptKey.Of(entry.Text("instruction", where));
        var count = entry.EnumerateObject().Count(p => p.Name.StartsWith(Prefix, StringComparison.Ordinal));
        return count > 0
            ? new Row(prompt, [.. Enumerable.Range(1, count).Select(i => ParseResponse(entry.Text(Invariant($"{Prefix}{i}"), where)))])
            : throw new InputException($"{where}: '{Prefix}1' is missing");
    }

    private static Response ParseResponse(string text) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..8]), TextLength.Words(text), TextLength.Characters(text));
}
