using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Repro.Experiments.Claims;

/// <summary>The machine-readable form of results: an array with one object for each claim.</summary>
public static class ResultsJson
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
