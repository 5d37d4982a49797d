using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Repro.Experiments.Claims;

/// <summary>The machine-readable form of results: an array with one object for each claim.</summary>
internal static class ResultsJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>The array as JSON text, ended by a newline.</summary>
    /// <param name="results">The results.</param>
    /// <param name="environment">Where they were computed.</param>
    public static string Write(IEnumerable<ClaimResult> results, RunEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(results);
        return new JsonArray([.. results.Select(r => ToJson(r, environment))]).ToJsonString(Options) + "\n";
    }

    private static JsonObject ToJson(ClaimResult result, RunEnvironment environment)
    {
        var evidence = result.Evidence is null ? null : JsonSerializer.SerializeToNode(result.Evidence, Options)!.AsObject();
        var recomputed = evidence?["recomputed"]?.DeepClone();
        evidence?.Remove("recomputed");
        evidence?.Remove("explanation");
        evidence?.Add("environment", JsonSerializer.SerializeToNode(environment, Options));
        return new JsonObject
        {
            ["id"] = result.Claim.Id,
            ["paper"] = result.Claim.Paper.ToString().ToUpperInvariant(),
            ["kind"] = result.Claim.Kind.ToString().ToLowerInvariant(),
            ["class"] = result.Claim.Class.ToString().ToLowerInvariant(),
            ["mode"] = result.Claim.Mode.ToString().ToLowerInvariant(),
            ["family"] = result.Claim.Family,
            ["cause"] = result.Claim.Cause,
            ["tier"] = result.Claim.Tier.ToString().ToLowerInvariant(),
            ["locator"] = result.Claim.Locator,
            ["statement"] = result.Claim.Statement,
            ["verdict"] = result.Verdict?.ToString(),
            ["published"] = result.Claim.Published,
            ["recomputed"] = recomputed,
            ["explanation"] = result.Evidence?.Explanation,
            ["error"] = result.Error,
            ["evidence"] = evidence,
            ["seconds"] = Math.Round(result.Seconds, 6),
        };
    }
}

/// <summary>Where results were computed.</summary>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="System">Operating system and processor architecture.</param>
/// <param name="Processors">Logical processors.</param>
/// <param name="Artifacts">Where the released files came from.</param>
/// <param name="LibTorch">Version of LibTorch, or null when no tensor took part.</param>
internal sealed record RunEnvironment(string Runtime, string System, int Processors, string Artifacts, string? LibTorch)
{
    /// <summary>The environment of this process.</summary>
    /// <param name="artifacts">Where the released files came from.</param>
    /// <param name="libTorch">Version of LibTorch, or null when no tensor took part.</param>
    public static RunEnvironment Current(string artifacts, string? libTorch = null) => new(
        RuntimeInformation.FrameworkDescription,
        $"{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}",
        Environment.ProcessorCount,
        artifacts,
        libTorch);
}
