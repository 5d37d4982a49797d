using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Repro.Core;

namespace Repro.Experiments.Claims;

/// <summary>
/// The accepted evidence, one file <c>GROUP.verified.json</c> for each group of claims: what each claim says, and its verdict, values,
/// findings, sample sizes, intervals, p-values and seeds; of a claim of tier full only what it says. The tests compare these files through
/// Verify, <c>verify --strict</c> compares them here; both take what is today from <see cref="Text"/>.
/// </summary>
/// <param name="folder">The folder of the files.</param>
internal sealed class GoldenStore(string folder)
{
    // Seven digits are more than any claim is judged by, and leave room for what exp, log and sums differ in between processors and
    // systems.
    private const int Digits = 7;

    // A number near the border between two roundings could be written in two ways. So an accepted number stays as it is
    // as long as the number of today lies within this many units of its last digit: half a unit is the rounding, the rest the room.
    private const double UnitsOfRoom = 0.6;

    private const int LineWidth = 140;
    private const string Ending = ".verified.json";

    private static readonly JsonDocumentOptions EachKeyOnce = new() { AllowDuplicateProperties = false };
    private static readonly JsonSerializerOptions Inline = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The file of a group.</summary>
    /// <param name="group">The group, such as <c>CRS-T16</c>.</param>
    public string PathOf(string group) => Path.Combine(folder, group + Ending);

    /// <summary>The accepted verdict of a claim, or null when there is none.</summary>
    /// <param name="claim">The claim.</param>
    /// <exception cref="ReproException">The file is malformed.</exception>
    public Verdict? Verdict(Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        if (claim.Tier == Tier.Full || Read(claim.Group)[claim.Id] is not { } entry)
        {
            return null;
        }

        return entry is JsonObject && entry["verdict"] is JsonValue text && Enum.TryParse<Verdict>(text.ToString(), out var verdict)
            ? verdict
            : throw new ReproException($"{PathOf(claim.Group)}: key '{claim.Id}' has no verdict, or one that does not exist");
    }

    /// <summary>The differences between a result and what was accepted; empty when they agree.</summary>
    /// <param name="result">A result that did not fail.</param>
    /// <exception cref="ReproException">The file is malformed.</exception>
    public IReadOnlyList<string> Compare(ClaimResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var accepted = Read(result.Claim.Group)[result.Claim.Id];
        return accepted is null
            ? [$"not accepted yet; the tests of tests/Golden write {result.Claim.Group}.received.json, "
                + $"which is accepted by renaming it to {result.Claim.Group}.verified.json"]
            : [.. Differences(string.Empty, accepted, Settle(accepted, Entry(result)))];
    }

    /// <summary>A sentence for each accepted entry that no claim has, such as the old id of a renamed one: nothing else would compare
    /// it.</summary>
    /// <param name="catalog">All claims.</param>
    /// <param name="concerns">Whether the entry of an id is asked for.</param>
    /// <exception cref="ReproException">A file is malformed.</exception>
    public IReadOnlyList<string> WithoutClaim(ClaimCatalog catalog, Func<string, bool> concerns)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder, $"*{Ending}") : [];
        return
        [
            .. files.Order(StringComparer.Ordinal).Select(path => Path.GetFileName(path)[..^Ending.Length]).SelectMany(group =>
                Read(group).Select(entry => entry.Key)
                    .Where(id => concerns(id) && !(catalog.Contains(id) && Claim.GroupOf(id) == group))
                    .Select(id => $"{PathOf(group)}: no claim of the group has the id '{id}'")),
        ];
    }

    /// <summary>What the file of a group would hold today.</summary>
    /// <param name="group">The group.</param>
    /// <param name="results">Results of all claims of the group; <see cref="ClaimResult.Unchecked"/> for those without a spec.</param>
    /// <returns>JSON without a final line break; numbers that agree with the accepted ones are written as those are.</returns>
    /// <exception cref="ArgumentException">A result failed to run.</exception>
    /// <exception cref="ReproException">The file of the group is malformed.</exception>
    public string Text(string group, IEnumerable<ClaimResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var today = new JsonObject();
        foreach (var result in results.OrderBy(r => r.Claim.Id, StringComparer.Ordinal))
        {
            today[result.Claim.Id] = result.Error is not null
                ? throw new ArgumentException($"{result.Claim.Id} failed to run: {result.Error}", nameof(results))
                : Entry(result);
        }

        return Layout(Settle(Read(group), today)!, string.Empty);
    }

    private JsonObject Read(string group)
    {
        var path = PathOf(group);
        try
        {
            return !File.Exists(path)
                ? []
                : JsonNode.Parse(File.ReadAllText(path), documentOptions: EachKeyOnce) as JsonObject
                    ?? throw new ReproException($"{path}:1: expected a JSON object");
        }
        catch (JsonException e)
        {
            // A key that stands twice, such as after two branches were joined, is told with its name alone.
            var place = e.LineNumber is { } line ? Invariant($"{path}:{line + 1}") : path;
            throw new ReproException($"{place}: malformed JSON: {e.Message}", e);
        }
    }

    private static JsonObject Entry(ClaimResult result)
    {
        var entry = new JsonObject { ["claim"] = Words(result.Claim) };

        // A verdict on runs of a user's own is the user's, and nothing that could be accepted for all.
        if (result.Evidence is not { } evidence || result.Claim.Tier == Tier.Full)
        {
            return entry;
        }

        entry["verdict"] = result.Verdict.ToString();
        AddUnlessEmpty(entry, "values", Named(evidence.Recomputed.Select(v => (v.Key, Scalar(v.Value)))));
        AddUnlessEmpty(entry, "findings", new JsonArray([.. evidence.Findings.Select(FindingEntry)]));
        AddUnlessEmpty(entry, "sampleSizes", Named(evidence.SampleSizes.Select(n => (n.Key, Scalar(n.Value)))));
        AddUnlessEmpty(entry, "intervals", new JsonArray([.. evidence.Intervals.Select(IntervalEntry)]));
        AddUnlessEmpty(entry, "pValues", Named(evidence.PValues.Select(p => (p.Key, Scalar(p.Value)))));
        AddUnlessEmpty(entry, "seeds", new JsonArray([.. evidence.Seeds.Select(seed => JsonValue.Create(seed))]));
        return entry;
    }

    // All that the file of claims says, under its own keys: a word that nothing computes is safe only where it stands twice.
    private static JsonObject Words(Claim claim)
    {
        var words = new JsonObject();
        foreach (var (key, text) in new[]
        {
            ("locator", claim.Locator), ("kind", Lower(claim.Kind)), ("class", Lower(claim.Class)), ("mode", Lower(claim.Mode)),
            ("family", claim.Family), ("cause", claim.Cause), ("statement", claim.Statement), ("published", claim.Published),
            ("procedure", claim.Procedure), ("inputs", claim.Inputs), ("note", claim.Note),
        })
        {
            if (text is not null)
            {
                words[key] = text;
            }
        }

        AddUnlessEmpty(words, "values", Named(claim.Values.Select(value => (value.Key, JsonValue.Create(value.Value)))));
        return words;
    }

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();

    // A rounding error is accepted by its outcome and its tolerance; its digits are not the same on every processor.
    private static JsonObject FindingEntry(Finding finding)
    {
        var entry = new JsonObject { ["name"] = finding.Name, ["outcome"] = finding.Outcome.ToString() };
        if (finding.Published is { } published)
        {
            entry["published"] = published;
        }

        if (finding.Tolerance is { } tolerance)
        {
            entry["tolerance"] = Scalar(tolerance);
            return entry;
        }

        if (finding.Recomputed is { } recomputed)
        {
            entry["recomputed"] = Scalar(recomputed);
        }

        if (finding.Detail.Length > 0)
        {
            entry["detail"] = finding.Detail;
        }

        return entry;
    }

    private static JsonObject IntervalEntry(NamedInterval interval)
    {
        var entry = new JsonObject { ["name"] = interval.Name, ["lower"] = Scalar(interval.Lower), ["upper"] = Scalar(interval.Upper) };
        if (interval.Estimate is { } estimate)
        {
            entry["estimate"] = Scalar(estimate);
        }

        entry["level"] = Scalar(interval.Level);
        entry["method"] = interval.Method;
        return entry;
    }

    private static JsonObject Named(IEnumerable<(string Name, JsonValue Value)> values) =>
        new(values.OrderBy(v => v.Name, StringComparer.Ordinal).Select(v => KeyValuePair.Create(v.Name, (JsonNode?)v.Value)));

    private static void AddUnlessEmpty(JsonObject entry, string name, JsonNode part)
    {
        if (part is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            entry[name] = part;
        }
    }

    // Floating numbers keep their digits until Settle rounds them. What JSON has no number for is written as text.
    private static JsonValue Scalar(object value) => value switch
    {
        double d when double.IsFinite(d) => JsonValue.Create(d),
        int i => JsonValue.Create((long)i),
        long l => JsonValue.Create(l),
        bool b => JsonValue.Create(b),
        _ => JsonValue.Create(Convert.ToString(value, CultureInfo.InvariantCulture))!,
    };

    /// <summary>What is written for today: accepted numbers where today's agree with them, rounded ones elsewhere.</summary>
    private static JsonNode? Settle(JsonNode? accepted, JsonNode? today) => today switch
    {
        JsonObject entry =>
            new JsonObject(entry.Select(p => KeyValuePair.Create(p.Key, Settle((accepted as JsonObject)?[p.Key], p.Value)))),
        JsonArray list =>
            new JsonArray([.. list.Select((item, i) => Settle(accepted is JsonArray old && i < old.Count ? old[i] : null, item))]),
        JsonValue value when value.TryGetValue<double>(out var number) => SettleNumber(accepted, number),
        _ => today?.DeepClone(),
    };

    private static JsonNode SettleNumber(JsonNode? accepted, double number)
    {
        if (number == 0)
        {
            return JsonValue.Create(0.0);
        }

        var unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(number))) - Digits + 1);
        return accepted?.GetValueKind() == JsonValueKind.Number && Math.Abs(accepted.GetValue<double>() - number) <= UnitsOfRoom * unit
            ? accepted.DeepClone()
            : JsonValue.Create(double.Parse(number.ToString($"G{Digits}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
    }

    private static IEnumerable<string> Differences(string place, JsonNode? accepted, JsonNode? today) => (accepted, today) switch
    {
        (JsonObject was, JsonObject now) =>
            was.Select(p => p.Key).Union(now.Select(p => p.Key)).SelectMany(key => Differences(Inside(place, key), was[key], now[key])),
        (JsonArray was, JsonArray now) =>
            Enumerable.Range(0, Math.Max(was.Count, now.Count))
                .SelectMany(i => Differences(Inside(place, NameOf(was, now, i)), At(was, i), At(now, i))),
        _ when Flat(accepted) == Flat(today) => [],
        // A number and its text look alike without the marks of a text.
        _ when Shown(accepted) == Shown(today) => [$"{place}: golden {Flat(accepted)}, today {Flat(today)}"],
        _ => [$"{place}: golden {Shown(accepted)}, today {Shown(today)}"],
    };

    private static string Inside(string place, string key) => place.Length == 0 ? key : $"{place} / {key}";

    // Findings and intervals are told by their names.
    private static string NameOf(JsonArray was, JsonArray now, int i) =>
        ((At(now, i) ?? At(was, i)) as JsonObject)?["name"]?.ToString() ?? Invariant($"{i}");

    private static JsonNode? At(JsonArray list, int i) => i < list.Count ? list[i] : null;

    private static string Shown(JsonNode? node) =>
        node is JsonValue && node.GetValueKind() == JsonValueKind.String ? node.ToString() : node is null ? "absent" : Flat(node);

    /// <summary>The JSON text of a node over lines: what holds only scalars stands on one line where it fits.</summary>
    private static string Layout(JsonNode node, string indent)
    {
        var parts = node is JsonObject entry
            ? entry.Select(p => (Key: $"{Flat(p.Key)}: ", p.Value))
            : ((JsonArray)node).Select(item => (Key: string.Empty, Value: item));
        var inner = indent + "  ";
        var lines = parts.Select(part =>
        {
            var flat = Flat(part.Value);
            var stays = part.Value is JsonValue
                || (Children(part.Value!).All(child => child is JsonValue) && inner.Length + part.Key.Length + flat.Length < LineWidth);
            return inner + part.Key + (stays ? flat : Layout(part.Value!, inner));
        });
        var (open, close) = node is JsonObject ? ('{', '}') : ('[', ']');
        return $"{open}\n{string.Join(",\n", lines)}\n{indent}{close}";
    }

    private static IEnumerable<JsonNode?> Children(JsonNode node) =>
        node is JsonObject entry ? entry.Select(p => p.Value) : ((JsonArray)node);

    private static string Flat(JsonNode? node) => node switch
    {
        null => "null",
        JsonObject entry => $"{{ {string.Join(", ", entry.Select(p => $"{Flat(p.Key)}: {Flat(p.Value)}"))} }}",
        JsonArray list => $"[{string.Join(", ", list.Select(Flat))}]",
        _ => node.ToJsonString(Inline),
    };
}
