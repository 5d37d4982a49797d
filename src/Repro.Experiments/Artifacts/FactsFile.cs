using System.Text.Json;
using System.Text.Json.Serialization;

namespace Repro.Experiments.Artifacts;

/// <summary>The form in which facts are stored: where they come from, the hash of the original, the facts.</summary>
/// <typeparam name="TFacts">The facts.</typeparam>
/// <param name="Source">Path of the original, relative to the release.</param>
/// <param name="Sha256">SHA-256 of the original, lower-case hexadecimal.</param>
/// <param name="Facts">The facts.</param>
internal sealed record FactsFile<TFacts>(string Source, string Sha256, TFacts Facts);

/// <summary>JSON settings of stored facts: compact lines, doubles that round-trip.</summary>
internal static class FactsJson
{
    internal static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
