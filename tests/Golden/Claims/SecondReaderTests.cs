using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;
using Xunit.Abstractions;
using YamlDotNet.RepresentationModel;

namespace Repro.Tests.Golden.Claims;

/// <summary>
/// A second reader recomputed a part of the claims by hand. Each of their numbers must be found in our evidence at the precision
/// they gave, or be listed by itself in <c>second-reader.yaml</c> with the reason why it is not there; the other numbers of such a claim
/// stay compared.
/// </summary>
public sealed partial class SecondReaderTests(ITestOutputHelper output)
{
    private readonly string _root = RepositoryRoot.Find();

    [SecondReaderFact]
    public void Every_number_of_the_second_reader_is_met_or_argued_against()
    {
        var argued = Argued();
        var unmet = new List<string>();
        var needless = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var compared = 0;
        foreach (var (id, text) in Recomputed(SecondReaderFactAttribute.Folder))
        {
            var claim = TodaysResults.OnFacts.Inputs.Catalog.Get(id);
            if (claim.Tier != Tier.Static || claim.Kind is ClaimKind.Identity or ClaimKind.Config)
            {
                continue;
            }

            compared++;
            known.Add(id);
            var missing = Missing(text, TodaysResults.OnFacts.Of(id));
            var exempt = argued.GetValueOrDefault(id, []);
            if (missing.Except(exempt, StringComparer.Ordinal).Any())
            {
                unmet.Add($"{id}: {string.Join(", ", missing.Except(exempt, StringComparer.Ordinal))} of '{text}'");
            }

            needless.AddRange(exempt.Except(missing, StringComparer.Ordinal).Select(number => $"{id}: {number}"));
        }

        output.WriteLine(
            Invariant(
                $"{compared} claims compared, {argued.Values.Sum(numbers => numbers.Count)} numbers of {argued.Count} claims argued."));
        compared.Should().BeGreaterThan(200);
        unmet.Should().BeEmpty();
        needless.Should().BeEmpty("these numbers are met and need no argument");
        argued.Keys.Except(known).Should().BeEmpty("each entry belongs to a claim that is compared");
    }

    private static List<string> Missing(string text, ClaimResult result)
    {
        var evidence = result.Evidence!;
        var known = evidence.Recomputed.Values.SelectMany(v =>
            v is double or long ? [Convert.ToDouble(v, CultureInfo.InvariantCulture)] : Numbers(Invariant($"{v}")).Select(n => n.Value))
            .Concat(
                evidence.Findings.SelectMany(f =>
                    Numbers($"{f.Name} {f.Detail}").Select(n => n.Value).Concat(f.Recomputed is { } r ? [r] : Array.Empty<double>())))
            .Concat(evidence.Intervals.SelectMany(i => new[] { i.Lower, i.Upper }))
            .Concat(evidence.PValues.Values)
            .Concat(evidence.SampleSizes.Values.Select(n => (double)n))
            .Concat(Numbers(evidence.Explanation).Select(n => n.Value))
            .Concat(Numbers(result.Claim.Published ?? string.Empty).Select(n => n.Value))
            .ToList();
        return [.. Numbers(text).Where(n => !known.Any(k => Meets(k, n))).Select(n => n.Text).Distinct(StringComparer.Ordinal)];
    }

    // A share may stand as a fraction on one side and in percent on the other; signs are a matter of direction.
    private static bool Meets(double known, (string Text, double Value, double HalfUnit) wanted) =>
        new[] { 1.0, 100.0, 0.01 }
            .Any(scale => Math.Abs(Math.Abs(known * scale) - Math.Abs(wanted.Value)) <= wanted.HalfUnit + (1e-9 * Math.Abs(wanted.Value)));

    private static IEnumerable<(string Text, double Value, double HalfUnit)> Numbers(string text) => Number().Matches(text).Select(m =>
    {
        var point = m.Value.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : m.Value[(point + 1)..].TakeWhile(char.IsAsciiDigit).Count();
        return (
            m.Value, double.Parse(m.Value, CultureInfo.InvariantCulture),
            m.Value.Contains('e', StringComparison.Ordinal) ? 0 : 0.5 * Math.Pow(10, -decimals));
    });

    private static IEnumerable<(string Id, string Text)> Recomputed(string folder)
    {
        foreach (var file in new[] { "crs.yaml", "adr.yaml" })
        {
            var stream = new YamlStream();
            using var reader = File.OpenText(Path.Combine(folder, file));
            stream.Load(reader);
            foreach (var claim in ((YamlSequenceNode)stream.Documents[0].RootNode["claims"]).Children.Cast<YamlMappingNode>())
            {
                if (claim.Children.TryGetValue("recomputed", out var value))
                {
                    yield return (
                        claim["id"].ToString(), value is YamlSequenceNode list ? string.Join(' ', list.Children) : value.ToString());
                }
            }
        }
    }

    // Claim: { numbers: [as the second reader writes them], reason: a sentence }.
    private Dictionary<string, List<string>> Argued()
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(Path.Combine(_root, "tests", "Golden", "Claims", "second-reader.yaml"));
        stream.Load(reader);
        var argued = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (id, entry) in ((YamlMappingNode)stream.Documents[0].RootNode).Children)
        {
            entry["reason"].ToString().Length.Should().BeGreaterThan(10, $"{id} needs a reason");
            List<string> numbers = [.. ((YamlSequenceNode)entry["numbers"]).Children.Select(number => number.ToString())];
            numbers.Should().NotBeEmpty($"{id} must say which numbers");
            argued.Add(id.ToString(), numbers);
        }

        return argued;
    }

    [GeneratedRegex(@"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?")]
    private static partial Regex Number();
}
