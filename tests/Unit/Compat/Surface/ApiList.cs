using System.Text.RegularExpressions;

namespace Repro.Tests.Unit.Compat.Surface;

/// <summary>A signature list, one type or member per line.</summary>
internal sealed partial class ApiList
{
    private readonly ILookup<string, ApiEntry> _bySignature;

    private ApiList(IReadOnlyList<(string Line, ApiEntry Entry)> lines)
    {
        Lines = lines;
        _bySignature = lines.ToLookup(line => line.Entry.Signature, line => line.Entry, StringComparer.Ordinal);
    }

    /// <summary>Every line of the list and what it says, in the list's order.</summary>
    public IReadOnlyList<(string Line, ApiEntry Entry)> Lines { get; }

    public static ApiList Read(string path, ApiPackage package) => Read(File.ReadLines(path).Where(package.Covers));

    public static ApiList Read(IEnumerable<string> text)
    {
        var lines = text.Where(line => line.Length > 0 && line[0] != '#').ToArray();
        var nullability = new ListedNullability(lines);
        return new ApiList([.. lines.Select(line => (line, Parse(line, nullability)))]);
    }

    /// <summary>What is wrong with <paramref name="entry"/>, or null when the list has it.</summary>
    public string? Violation(ApiEntry entry)
    {
        var candidates = _bySignature[entry.Signature].Concat(_bySignature[WithoutEnumValue(entry.Signature)]).ToArray();
        if (candidates.Any(listed => entry.HasModifiersOf(listed) && entry.Bases.All(super => IsListedBase(super, listed))))
        {
            return null;
        }

        if (entry.OverridesForeign || IsOverrideOfListed(entry))
        {
            return null;
        }

        var near = candidates.Length > 0
            ? candidates
            : Lines.Select(line => line.Entry).Where(listed => NameOf(listed) == NameOf(entry)).Take(4).ToArray();
        return $"{entry}{string.Concat(near.Select(listed => $"\n      listed: {listed}"))}";
    }

    // An override adds nothing that can be called: the member it overrides has to be listed, and is checked where it is declared.
    private static bool IsOverrideOfListed(ApiEntry entry) => entry.Modifiers.Contains("override") && !entry.Modifiers.Contains("sealed");

    // Lists that name no bases at all are silent about enum types, too.
    private static bool IsListedBase(string super, ApiEntry listed) =>
        listed.Bases.Contains(super) || (listed.Bases.Count == 0 && listed.Modifiers.Contains("enum") && super == "int");

    private static string NameOf(ApiEntry entry)
    {
        var rest = entry.Signature.Length > entry.Owner.Length ? entry.Signature[entry.Owner.Length..] : string.Empty;
        return entry.Owner + NamePattern().Match(rest).Value;
    }

    private static string WithoutEnumValue(string signature) => EnumValuePattern().Replace(signature, string.Empty);

    private static ApiEntry Parse(string line, ListedNullability nullability)
    {
        var text = VersionPattern().Replace(line, string.Empty).TrimEnd();
        var type = TypePattern().Match(text);
        if (type.Success)
        {
            return ParseType(type, nullability);
        }

        var modifiers = new HashSet<string>(StringComparer.Ordinal);
        for (var match = ModifierPattern().Match(text); match.Success; match = ModifierPattern().Match(text))
        {
            modifiers.UnionWith(match.Groups[1].Value.Split(' '));
            text = text[..match.Index];
        }

        text = text.Replace("? []", "?[]", StringComparison.Ordinal);
        text = ConversionPattern().Replace(text, match => $".op_Implicit({match.Groups[2].Value}) -> {match.Groups[1].Value}");
        text = NotNullPattern().Replace(text, string.Empty);
        text = SpacesPattern().Replace(nullability.StripReferenceMarks(text), " ").Trim();
        return new ApiEntry(text, modifiers, OwnerOf(text), []);
    }

    private static ApiEntry ParseType(Match match, ListedNullability nullability)
    {
        var modifiers = match.Groups["kind"].Value.Split(' ').ToHashSet(StringComparer.Ordinal);
        var rest = match.Groups["rest"].Value;
        for (var more = ModifierPattern().Match(rest); more.Success; more = ModifierPattern().Match(rest))
        {
            modifiers.UnionWith(more.Groups[1].Value.Split(' '));
            rest = rest[..more.Index];
        }

        var where = rest.IndexOf(" where ", StringComparison.Ordinal);
        var constraints = where < 0 ? string.Empty : NotNullPattern().Replace(rest[where..], string.Empty);
        var bases = (where < 0 ? rest : rest[..where]).Trim().TrimStart(':').Trim();
        var name = SpacesPattern().Replace(nullability.StripReferenceMarks(match.Groups["name"].Value), " ").Trim();
        return new ApiEntry(name + constraints.TrimEnd(), modifiers, name, bases.Length == 0 ? [] : SplitTopLevel(bases));
    }

    private static List<string> SplitTopLevel(string text)
    {
        var parts = new List<string>();
        var (depth, start) = (0, 0);
        for (var index = 0; index < text.Length; index++)
        {
            depth += text[index] is '<' or '(' ? 1 : text[index] is '>' or ')' ? -1 : 0;
            if (text[index] == ',' && depth == 0)
            {
                parts.Add(text[start..index].Trim());
                start = index + 1;
            }
        }

        parts.Add(text[start..].Trim());
        return parts;
    }

    // The last dot outside brackets before the member's name; "this[" and "(" end the name.
    private static string OwnerOf(string text)
    {
        var (depth, dot) = (0, -1);
        for (var index = 0; index < text.Length; index++)
        {
            var character = text[index];
            if (depth == 0 && (character is '(' or '[' or ' '))
            {
                break;
            }

            depth += character == '<' ? 1 : character == '>' ? -1 : 0;
            dot = character == '.' && depth == 0 ? index : dot;
        }

        return dot < 0 ? text : text[..dot];
    }

    [GeneratedRegex(@"\s*\{[0-9.]+ only\}")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^(?<name>\S.*?)  \[(?<kind>(?:[a-z]+ )*(?:class|struct|interface|enum))\](?<rest>.*)$")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"\s+\[([a-z ]+)\]\s*$")]
    private static partial Regex ModifierPattern();

    [GeneratedRegex(@"\.implicit operator (.+?)\((.*)\)$")]
    private static partial Regex ConversionPattern();

    [GeneratedRegex(@" where \w+ : notnull(?=$| )")]
    private static partial Regex NotNullPattern();

    [GeneratedRegex(" {2,}")]
    private static partial Regex SpacesPattern();

    [GeneratedRegex(@"^\.[\w]+")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@" = -?\d+$")]
    private static partial Regex EnumValuePattern();
}
