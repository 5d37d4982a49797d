using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Repro.Core;
using Repro.Experiments.Claims;
using YamlDotNet.RepresentationModel;

namespace Repro.Experiments.Reporting;

/// <summary>The part of the errata that an entry belongs to, in the order of the page.</summary>
internal enum ErrataGroup
{
    /// <summary>What an author should read first.</summary>
    Top,

    /// <summary>A printed value beside the right one.</summary>
    Printed,

    /// <summary>The text says one thing, the released code another.</summary>
    Code,

    /// <summary>Neither confirmed nor contradicted.</summary>
    Undecided,
}

/// <summary>A statement with the claims that it rests on.</summary>
/// <param name="Text">One sentence.</param>
/// <param name="Claims">Ids of claims, at least one.</param>
internal sealed record ErrataRemark(string Text, IReadOnlyList<string> Claims)
{
    /// <summary>The command that repeats the check.</summary>
    public string Command => $"repro verify --claim {string.Join(',', Claims)}";
}

/// <summary>What is said about one cause, in our own words.</summary>
/// <param name="Name">The cause, as claims name it.</param>
/// <param name="Group">Part of the page.</param>
/// <param name="Place">Where the printed sentence is.</param>
/// <param name="Printed">What it says, shortened.</param>
/// <param name="Data">What the data say.</param>
/// <param name="Conclusion">Whether a conclusion of the paper changes.</param>
/// <param name="Certainty">How sure we are.</param>
/// <param name="Replacement">A sentence that could stand in its place.</param>
internal sealed record ErrataCause(
    string Name, ErrataGroup Group, string Place, string Printed, string Data, string Conclusion, string Certainty, string Replacement);

/// <summary>The texts of the errata, read from <c>fixtures/errata/causes.yaml</c> and checked against their schema.</summary>
/// <param name="Holds">What holds.</param>
/// <param name="Causes">One for each cause, in the order of the page.</param>
/// <param name="Findings">Findings of ours.</param>
/// <param name="Assumptions">What we assumed.</param>
/// <param name="Reply">Where to reply.</param>
/// <param name="Source">The file.</param>
internal sealed record ErrataCauses(
    IReadOnlyList<ErrataRemark> Holds,
    IReadOnlyList<ErrataCause> Causes,
    IReadOnlyList<ErrataRemark> Findings,
    IReadOnlyList<string> Assumptions,
    string Reply,
    string Source)
{
    private static readonly string[] EntryKeys = ["cause", "group", "place", "printed", "data", "conclusion", "certainty", "replacement"];

    /// <summary>Reads the texts.</summary>
    /// <param name="path">Usually <c>fixtures/errata/causes.yaml</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed, a key unknown, missing or empty, a cause given twice.</exception>
    public static ErrataCauses Load(string path)
    {
        var root = YamlFile.ReadMapping(path);
        string[] keys = ["holds", "entries", "findings", "assumptions", "reply"];
        YamlFile.AllowOnly(path, root, "the errata", keys);
        YamlSequenceNode List(string key) => YamlFile.Sequence(path, Needed(path, root, "the errata", key), key);
        var causes = List("entries").Children.Select(entry => Entry(path, YamlFile.Mapping(path, entry, "an entry"))).ToList();
        var twice = causes.GroupBy(c => c.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is not null
            ? throw new ReproException($"{path}: the cause '{twice.Key}' has {twice.Count()} entries, expected one")
            : new ErrataCauses(
                [.. List("holds").Children.Select(item => Remark(path, item))],
                causes,
                [.. List("findings").Children.Select(item => Remark(path, item))],
                [.. List("assumptions").Children.Select(item => YamlFile.Text(path, item, "an assumption"))],
                Text(path, root, "the errata", "reply"),
                path);
    }

    private static ErrataCause Entry(string path, YamlMappingNode entry)
    {
        YamlFile.AllowOnly(path, entry, "an entry", EntryKeys);
        var texts = EntryKeys.ToDictionary(key => key, key => Text(path, entry, "an entry", key), StringComparer.Ordinal);
        return Enum.TryParse<ErrataGroup>(texts["group"], ignoreCase: true, out var group) && Enum.IsDefined(group)
            ? new ErrataCause(
                texts["cause"], group, texts["place"], texts["printed"], texts["data"], texts["conclusion"], texts["certainty"],
                texts["replacement"])
            : throw new ReproException($"{YamlFile.At(path, entry)}: group '{texts["group"]}' is not one of "
                + $"{string.Join(", ", Enum.GetNames<ErrataGroup>()).ToLowerInvariant()}");
    }

    private static ErrataRemark Remark(string path, YamlNode node)
    {
        var remark = YamlFile.Mapping(path, node, "a remark");
        YamlFile.AllowOnly(path, remark, "a remark", ["text", "claims"]);
        var claims = YamlFile.Sequence(path, Needed(path, remark, "a remark", "claims"), "claims");
        return claims.Children.Count > 0
            ? new ErrataRemark(
                Text(path, remark, "a remark", "text"), [.. claims.Children.Select(c => YamlFile.Text(path, c, "a claim id"))])
            : throw new ReproException($"{YamlFile.At(path, claims)}: 'claims' is empty, expected at least one claim id");
    }

    private static string Text(string path, YamlMappingNode node, string what, string key) =>
        YamlFile.Text(path, Needed(path, node, what, key), key) is { } text && !string.IsNullOrWhiteSpace(text)
            ? text
            : throw new ReproException($"{YamlFile.At(path, node)}: '{key}' of {what} is empty, expected a text");

    private static YamlNode Needed(string path, YamlMappingNode node, string what, string key) =>
        node.Children.TryGetValue(key, out var value)
            ? value
            : throw new ReproException($"{YamlFile.At(path, node)}: {what} lacks the key '{key}'");
}

/// <summary>An entry of the errata: the texts of a cause with the claims that share it.</summary>
/// <param name="Text">The texts.</param>
/// <param name="Claims">Their results, in the order of their ids.</param>
internal sealed record ErrataEntry(ErrataCause Text, IReadOnlyList<ClaimResult> Claims)
{
    /// <summary>The cause.</summary>
    public string Cause => Text.Name;

    /// <summary>What the data say.</summary>
    public string Data => Text.Data;

    /// <summary>A sentence that could replace the printed one.</summary>
    public string Replacement => Text.Replacement;

    /// <summary>The command that repeats the check.</summary>
    public string Command => $"repro verify --cause {Cause}";
}

/// <summary>The errata for the authors of the papers: <c>ERRATA.md</c> and the same as <c>errata.json</c>.</summary>
internal sealed class ErrataPage
{
    private static readonly JsonSerializerOptions Form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
        NewLine = "\n",
    };

    private readonly IReadOnlyList<ClaimResult> _results;

    /// <summary>Joins texts and results.</summary>
    /// <param name="causes">The texts.</param>
    /// <param name="results">Results of both papers; those that can be no slip of print are left out.</param>
    /// <exception cref="ReproException">A claim that does not hold has no cause, a cause no entry, an entry or remark no claim.</exception>
    public ErrataPage(ErrataCauses causes, IReadOnlyList<ClaimResult> results)
    {
        ArgumentNullException.ThrowIfNull(causes);
        ArgumentNullException.ThrowIfNull(results);
        results = [.. results.Where(result => ErrataList.Concerns(result.Claim))];
        (Causes, _results) = (causes, results);
        var wrong = results.Where(DoesNotHold).ToList();
        if (wrong.FirstOrDefault(r => r.Claim.Cause is null) is { } nameless)
        {
            throw new ReproException($"{nameless.Claim.Source}: claim {nameless.Claim.Id} is {nameless.Verdict} and lacks the key 'cause'");
        }

        var names = causes.Causes.Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        if (wrong.FirstOrDefault(r => !names.Contains(r.Claim.Cause!)) is { } unknown)
        {
            throw new ReproException($"{unknown.Claim.Source}: cause '{unknown.Claim.Cause}' has no entry in {causes.Source}"
                + $"{Suggestion.For(unknown.Claim.Cause!, names)}");
        }

        var byCause = wrong.OrderBy(r => r.Claim.Id, StringComparer.Ordinal).ToLookup(r => r.Claim.Cause, StringComparer.Ordinal);
        Entries = [.. causes.Causes.OrderBy(c => c.Group).Select(c => new ErrataEntry(c, [.. byCause[c.Name]]))];
        if (Entries.FirstOrDefault(e => e.Claims.Count == 0) is { } empty)
        {
            throw new ReproException($"{causes.Source}: no published claim that does not hold has the cause '{empty.Cause}'");
        }

        var ids = results.Select(r => r.Claim.Id).ToHashSet(StringComparer.Ordinal);
        if (causes.Holds.Concat(causes.Findings).SelectMany(h => h.Claims).FirstOrDefault(id => !ids.Contains(id)) is { } missing)
        {
            throw new ReproException($"{causes.Source}: unknown claim id '{missing}'{Suggestion.For(missing, ids)}");
        }
    }

    /// <summary>The texts.</summary>
    public ErrataCauses Causes { get; }

    /// <summary>The entries, in the order of the page.</summary>
    public IReadOnlyList<ErrataEntry> Entries { get; }

    /// <summary>The page.</summary>
    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append(
            """
            # Errata

            Generated by `make report` from `fixtures/errata/causes.yaml`; do not edit. `errata.json` has the same for programs.

            For the authors of the two papers, CRS (the thesis on combined rewards) and ADR (adaptive dense reward), with thanks:
            one of them released all raw evaluation data. An entry is one cause; `repro verify --cause NAME`, with the name that
            ends it, repeats the check.


            """);
        var published = VerdictCounts.Count(_results).Published;
        text.Append("## What holds\n\n")
            .Append(Invariant($"Of {published.Values.Sum()} published claims: {VerdictCounts.Describe(published)}.\n\n"));
        Remarks(text, Causes.Holds);
        text.Append("\n## Top findings\n\n");
        foreach (var (place, entry) in Entries.Where(e => e.Text.Group == ErrataGroup.Top).Index())
        {
            text.Append(Invariant($"{place + 1}. ")).Append(Paragraph(entry));
        }

        Table(text, "Printed and correct", ErrataGroup.Printed);
        Table(text, "Text against released code", ErrataGroup.Code);
        text.Append("\n## Findings of ours\n\n");
        Remarks(text, Causes.Findings);
        Table(text, "Undecided", ErrataGroup.Undecided);
        text.Append("\n## Our assumptions, and where to reply\n\n");
        foreach (var assumption in Causes.Assumptions)
        {
            text.Append("- ").Append(Escape(assumption)).Append('\n');
        }

        return text.Append('\n').Append(Escape(Causes.Reply)).Append('\n').ToString();
    }

    /// <summary>The same for programs.</summary>
    public string Json() => JsonSerializer.Serialize(
        new { Holds = Causes.Holds.Select(Members), Entries = Entries.Select(Members), Findings = Causes.Findings.Select(Members) },
        Form) + "\n";

    /// <summary>A text as the page has it.</summary>
    /// <param name="text">Plain text.</param>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Replace("*", "\\*", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    private static bool DoesNotHold(ClaimResult result) =>
        result.Claim.Class == ClaimClass.Published && result.Verdict is not (null or Verdict.Holds or Verdict.HoldsWithinRounding);

    private static void Remarks(StringBuilder text, IReadOnlyList<ErrataRemark> remarks)
    {
        foreach (var remark in remarks)
        {
            text.Append("- ").Append(Escape(remark.Text)).Append(" (`").Append(remark.Claims[0]).Append("`)\n");
        }
    }

    private static string Paragraph(ErrataEntry entry)
    {
        var t = entry.Text;
        return $"**{Escape(t.Place)}.** Printed: {Escape(t.Printed)}. {Escape(t.Data)} Changes a conclusion: {Escape(t.Conclusion)}. "
            + $"Sure: {Escape(t.Certainty)}. Better: *{Escape(t.Replacement)}* `{entry.Command}`\n";
    }

    private void Table(StringBuilder text, string title, ErrataGroup group)
    {
        text.Append("\n## ").Append(title)
            .Append("\n\n| where | printed | data, and *a sentence instead* | conclusion changes | sure | name |\n")
            .Append("| --- | --- | --- | --- | --- | --- |\n");
        foreach (var entry in Entries.Where(e => e.Text.Group == group))
        {
            var t = entry.Text;
            text.Append(Invariant($"| {Escape(t.Place)} | {Escape(t.Printed)} | {Escape(t.Data)} *{Escape(t.Replacement)}* | ")
                + Invariant($"{Escape(t.Conclusion)} | {Escape(t.Certainty)} | `{entry.Cause}` |\n"));
        }
    }

    private static object Members(ErrataRemark remark) => new { remark.Text, remark.Command, remark.Claims };

    private static object Members(ErrataEntry entry) => new
    {
        entry.Cause,
        entry.Text.Group,
        entry.Text.Place,
        entry.Text.Printed,
        entry.Data,
        entry.Text.Conclusion,
        entry.Text.Certainty,
        entry.Replacement,
        entry.Command,
        Claims = entry.Claims.Select(result => new { result.Claim.Id, result.Claim.Locator, Verdict = $"{result.Verdict}" }),
    };
}
