using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Repro.Core;
using Repro.Experiments.Claims;
using Repro.Experiments.Crs.Facts;

namespace Repro.Tests.Golden;

/// <summary>docs/equations.md says where each equation lives. It is written from the documentation of the code, so that it cannot go
/// stale.</summary>
public sealed partial class EquationIndexTests
{
    private readonly string _root = RepositoryRoot.Find();

    [Fact]
    public Task The_index_of_equations_is_what_the_documentation_of_the_code_says() =>
        CommittedDocument.VerifyAsync("docs/equations.md", Write());

    private string Write()
    {
        var sources = Files("src/Repro.Core").ToLookup(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);
        var evidence = Files("src/Repro.Experiments/Adr").Concat(Files("src/Repro.Experiments/Mechanisms"))
            .Concat(Files("tests/Property")).Select(file => (File: file, Text: File.ReadAllText(Path.Combine(_root, file)))).ToList();
        var claims = ExperimentInputs.Load(_root, "fixtures").Catalog.Claims.Select(claim => claim.Id).ToHashSet(StringComparer.Ordinal);
        var text = new StringBuilder(
            "# Where each equation lives\n\nWritten from the documentation of the code by a test of `tests/Golden`; ADR is the paper "
                + "on adaptive dense rewards, CRS the thesis on combined reward signals.\n\n"
            + "| equation | code | claim | its spec and property test |\n| --- | --- | --- | --- |\n");
        foreach (var group in Citations().GroupBy(entry => entry.Equation).OrderBy(group => group.Key, EquationOrder))
        {
            var types = group.Select(entry => entry.Type).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Where(sources.Contains).ToList();
            var code = types.Select(type => $"[`{string.Join("`, `", Members(group, type))}`](../{sources[type].First()})");
            var claim = group.Key.Replace("CRS Eq. ", "CRS-E", StringComparison.Ordinal).Replace(" Eq. ", "-EQ", StringComparison.Ordinal);
            var covering = evidence.Where(entry => entry.Text.Contains($"\"{claim}\"", StringComparison.Ordinal))
                .Select(entry => entry.File);
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {group.Key} | {string.Join(", ", code)} | {(claims.Contains(claim) ? $"`{claim}`" : string.Empty)} | ")
                .AppendJoin(", ", covering.Select(file => $"[{Path.GetFileNameWithoutExtension(file)}](../{file})")).Append(" |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Members(IEnumerable<(string Equation, string Type, string? Member)> entries, string type)
    {
        var members = entries.Where(entry => entry.Type == type).Select(entry => entry.Member).Distinct(StringComparer.Ordinal).ToList();
        return members.All(member => member is null)
            ? [type]
            : members.OfType<string>().Order(StringComparer.Ordinal).Select(member => $"{type}.{member}");
    }

    private static IEnumerable<(string Equation, string Type, string? Member)> Citations()
    {
        var document = XDocument.Load(Path.ChangeExtension(typeof(ReproException).Assembly.Location, ".xml"));
        foreach (var member in document.Descendants("member"))
        {
            var id = member.Attribute("name")!.Value;
            var name = id[2..].Split('(')[0];
            var parts = name.Split('.');
            var (type, own) = id[0] == 'T' ? (parts[^1], null) : (parts[^2], parts[^1] is "#ctor" ? null : parts[^1]);
            foreach (Match match in Citation().Matches(member.Value))
            {
                foreach (var equation in Numbers(match))
                {
                    yield return (equation, type, own);
                }
            }
        }
    }

    // "ADR Eq. 14 to 16" cites three equations, "ADR Eq. 9 and 10" two.
    private static IEnumerable<string> Numbers(Match match)
    {
        var (paper, first, last) = (match.Groups["paper"].Value, match.Groups["first"].Value, match.Groups["last"].Value);
        if (match.Groups["word"].Value == "to")
        {
            var (from, to) = (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture));
            return Enumerable.Range(from, to - from + 1).Select(number => Invariant($"{paper} Eq. {number}"));
        }

        return last.Length == 0 ? [$"{paper} Eq. {first}"] : [$"{paper} Eq. {first}", $"{paper} Eq. {last}"];
    }

    private static readonly IComparer<string> EquationOrder = Comparer<string>.Create((a, b) =>
        string.CompareOrdinal(a[..3], b[..3]) is var paper and not 0
            ? paper
            : Version.Parse(Padded(a)).CompareTo(Version.Parse(Padded(b))));

    private static string Padded(string equation) =>
        equation[(equation.LastIndexOf(' ') + 1)..] is var number && number.Contains('.', StringComparison.Ordinal)
            ? number
            : number + ".0";

    private IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(Path.Combine(_root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/'))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"(?<paper>ADR|CRS) Eq\. (?<first>\d+(\.\d+)?)( (?<word>to|and) (?<last>\d+(\.\d+)?))?")]
    private static partial Regex Citation();
}
