using System.Globalization;
using Repro.Core;
using YamlDotNet.RepresentationModel;

namespace Repro.Experiments.Claims;

/// <summary>All claims of both papers, read from <c>fixtures/claims/**/*.yaml</c> and checked against their schema.</summary>
public sealed class ClaimCatalog
{
    private static readonly string[] Keys =
        ["id", "locator", "kind", "class", "mode", "family", "cause", "statement", "published", "values", "procedure", "inputs", "note"];
    private static readonly string[] Required = ["id", "locator", "kind", "class", "mode", "statement"];

    private readonly Dictionary<string, Claim> _byId;

    private ClaimCatalog(IReadOnlyList<Claim> claims)
    {
        Claims = claims;
        _byId = claims.ToDictionary(c => c.Id, StringComparer.Ordinal);
    }

    /// <summary>All claims, in the order of their files and entries.</summary>
    public IReadOnlyList<Claim> Claims { get; }

    /// <summary>Reads every claim file under a folder.</summary>
    /// <param name="folder">The folder, usually <c>fixtures/claims</c>.</param>
    /// <exception cref="ReproException">A file is malformed, a key unknown or missing, an id used twice.</exception>
    public static ClaimCatalog Load(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ReproException($"{folder}: no such folder; expected the claim files");
        }

        var claims = new List<Claim>();
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            foreach (var claim in ReadFile(path))
            {
                if (!seen.TryAdd(claim.Id, claim.Source))
                {
                    throw new ReproException($"{claim.Source}: claim id '{claim.Id}' is already used at {seen[claim.Id]}");
                }

                claims.Add(claim);
            }
        }

        return new ClaimCatalog(claims);
    }

    /// <summary>The claim of an id.</summary>
    /// <param name="id">A claim id.</param>
    /// <exception cref="ReproException">There is no such claim.</exception>
    public Claim Get(string id) => _byId.TryGetValue(id, out var claim)
        ? claim
        : throw new ReproException($"unknown claim id '{id}'{Suggestion.For(id, _byId.Keys)}");

    /// <summary>Whether an id is known.</summary>
    /// <param name="id">A claim id.</param>
    public bool Contains(string id) => _byId.ContainsKey(id);

    private static IEnumerable<Claim> ReadFile(string path)
    {
        var root = YamlFile.ReadMapping(path);
        YamlFile.AllowOnly(path, root, "a claim file", ["paper", "claims"]);
        var paper = root.Children.TryGetValue("paper", out var node)
            ? ParseEnum<Paper>(path, node, "paper")
            : throw new ReproException($"{path}:1: key 'paper' is missing (crs or adr)");
        var list = root.Children.TryGetValue("claims", out var entries)
            ? YamlFile.Sequence(path, entries, "claims")
            : throw new ReproException($"{path}:1: key 'claims' is missing");
        foreach (var entry in list.Children)
        {
            yield return ReadClaim(path, paper, YamlFile.Mapping(path, entry, "a claim"));
        }
    }

    private static Claim ReadClaim(string path, Paper paper, YamlMappingNode entry)
    {
        YamlFile.AllowOnly(path, entry, "a claim", Keys);
        foreach (var key in Required)
        {
            if (!entry.Children.ContainsKey(key))
            {
                throw new ReproException($"{YamlFile.At(path, entry)}: claim lacks the key '{key}'");
            }
        }

        string? Optional(string key) => entry.Children.TryGetValue(key, out var node) ? YamlFile.Text(path, node, key) : null;
        var id = Optional("id")!;
        if (!id.StartsWith($"{paper.ToString().ToUpperInvariant()}-", StringComparison.Ordinal))
        {
            throw new ReproException($"{YamlFile.At(path, entry)}: claim id '{id}' must start with {paper.ToString().ToUpperInvariant()}-");
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        if (entry.Children.TryGetValue("values", out var valueNode))
        {
            foreach (var (key, value) in YamlFile.Mapping(path, valueNode, "values").Children)
            {
                values.Add(YamlFile.Text(path, key, "a value name"), YamlFile.Text(path, value, "a value"));
            }
        }

        var mode = ParseEnum<ClaimMode>(path, entry.Children["mode"], "mode");
        if (mode == ClaimMode.Descriptive && entry.Children.TryGetValue("family", out var family))
        {
            throw new ReproException($"{YamlFile.At(path, family)}: claim '{id}' has a family of tests, but its mode is descriptive "
                + $"(expected inferential)");
        }

        return new Claim(
            id,
            paper,
            Optional("locator")!,
            ParseEnum<ClaimKind>(path, entry.Children["kind"], "kind"),
            ParseEnum<ClaimClass>(path, entry.Children["class"], "class"),
            mode,
            Optional("statement")!,
            Optional("published"),
            values,
            Optional("procedure"),
            Optional("inputs"),
            Optional("note"),
            Optional("family"),
            Optional("cause"),
            YamlFile.At(path, entry));
    }

    private static T ParseEnum<T>(string path, YamlNode node, string what)
        where T : struct, Enum
    {
        var text = YamlFile.Text(path, node, what);
        return Enum.TryParse<T>(text, ignoreCase: true, out var value) && !int.TryParse(text, CultureInfo.InvariantCulture, out _)
            ? value
            : throw new ReproException(
                $"{YamlFile.At(path, node)}: {what} '{text}' is not one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");
    }
}
