using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Repro.Experiments.Claims;

/// <summary>
/// The committed verdicts and numbers, one file for each group of claims under <c>fixtures/golden</c>. The header of a file lists why it
/// changed, each sentence with the hash of the content it stands for, so that content cannot change without a sentence.
/// </summary>
/// <param name="folder">The folder of golden files.</param>
public sealed class GoldenStore(string folder)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The golden verdict of a claim, or null when there is none.</summary>
    /// <param name="claim">The claim.</param>
    /// <exception cref="InputException">The golden file is malformed, or was changed without a sentence in its header.</exception>
    public Verdict? Verdict(Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        return Entry(claim)?["verdict"] is { } text ? Enum.Parse<Verdict>(text.GetValue<string>()) : null;
    }

    /// <summary>The differences between a result and its golden; empty when they agree.</summary>
    /// <param name="result">A result with evidence.</param>
    /// <exception cref="InputException">The golden file is malformed, or was changed without a sentence in its header.</exception>
    public IReadOnlyList<string> Compare(ClaimResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var golden = Entry(result.Claim);
        if (golden is null)
        {
            return [$"{result.Claim.Id}: no golden verdict; `repro golden --claim {result.Claim.Group}* --because \"...\"` writes one"];
        }

        var today = Body(result);
        var differences = new List<string>();
        if (golden["verdict"]!.GetValue<string>() != today["verdict"]!.GetValue<string>())
        {
            differences.Add($"verdict: golden {golden["verdict"]}, today {today["verdict"]}");
        }

        var (was, now) = (golden["recomputed"]!.AsObject(), today["recomputed"]!.AsObject());
        foreach (var name in was.Select(p => p.Key).Union(now.Select(p => p.Key)))
        {
            if (!was.ContainsKey(name) || !now.ContainsKey(name) || !Same(was[name]!, now[name]!))
            {
                differences.Add($"{name}: golden {was[name]?.ToJsonString() ?? "absent"}, today {now[name]?.ToJsonString() ?? "absent"}");
            }
        }

        return differences;
    }

    /// <summary>Writes the golden file of one group where its content changed.</summary>
    /// <param name="group">The group, such as <c>CRS-T16</c>.</param>
    /// <param name="results">Results of all claims of the group that have a spec.</param>
    /// <param name="because">One sentence that says why the content is new.</param>
    /// <returns>Whether the file was written.</returns>
    /// <exception cref="ArgumentException">The sentence is empty or a result failed to run.</exception>
    public bool Accept(string group, IEnumerable<ClaimResult> results, string because)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(because);
        ArgumentNullException.ThrowIfNull(results);
        var claims = new JsonObject();
        foreach (var result in results.OrderBy(r => r.Claim.Id, StringComparer.Ordinal))
        {
            claims[result.Claim.Id] = result.Evidence is null ? throw new ArgumentException($"{result.Claim.Id} failed to run: {result.Error}", nameof(results)) : Body(result);
        }

        var path = PathOf(group);
        var old = File.Exists(path) ? Read(path) : null;
        var hash = HashOf(claims);
        if (old is not null && HashOf(old["claims"]!.AsObject()) == hash)
        {
            return false;
        }

        var history = old?["because"]?.DeepClone().AsArray() ?? [];
        history.Add(new JsonObject { ["reason"] = because, ["content"] = hash });
        Directory.CreateDirectory(folder);
        var temporary = path + ".tmp";
        File.WriteAllText(temporary, new JsonObject { ["because"] = history, ["claims"] = claims }.ToJsonString(Indented) + "\n");
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    private static JsonObject Body(ClaimResult result)
    {
        var recomputed = new JsonObject();
        foreach (var (name, value) in result.Evidence!.Recomputed.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            recomputed[name] = value switch
            {
                double d => JsonValue.Create(Round(d)),
                long l => JsonValue.Create(l),
                bool b => JsonValue.Create(b),
                _ => JsonValue.Create(value.ToString()),
            };
        }

        return new JsonObject { ["verdict"] = result.Verdict!.Value.ToString(), ["recomputed"] = recomputed };
    }

    // Nine digits hold on every x86-64 processor; the comparison below allows one unit in the last of them.
    private static double Round(double value) => double.Parse(value.ToString("G9"));

    private static bool Same(JsonNode a, JsonNode b)
    {
        if (a.GetValueKind() == JsonValueKind.Number && b.GetValueKind() == JsonValueKind.Number)
        {
            var (x, y) = (double.Parse(a.ToJsonString()), double.Parse(b.ToJsonString()));
            return Math.Abs(x - y) <= 2e-8 * Math.Max(Math.Abs(x), Math.Abs(y));
        }

        return a.ToJsonString() == b.ToJsonString();
    }

    private static string HashOf(JsonObject claims) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(claims.ToJsonString()))[..8]);

    private string PathOf(string group) => Path.Combine(folder, $"{group}.json");

    private JsonNode? Entry(Claim claim)
    {
        var path = PathOf(claim.Group);
        if (!File.Exists(path))
        {
            return null;
        }

        var root = Read(path);
        var claims = root["claims"]?.AsObject() ?? throw new InputException($"{path}: key 'claims' is missing");
        var last = root["because"]?.AsArray().LastOrDefault();
        if (last?["content"]?.GetValue<string>() != HashOf(claims))
        {
            throw new InputException($"{path}: content was changed without a sentence in 'because'; use `repro golden --because \"...\"`");
        }

        return claims[claim.Id];
    }

    private static JsonObject Read(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new InputException($"{path}:1: expected a JSON object");
        }
        catch (JsonException e)
        {
            throw new InputException($"{path}:{e.LineNumber + 1}: malformed JSON: {e.Message}", e);
        }
    }
}
