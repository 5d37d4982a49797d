using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Repro.Experiments.Claims;
using Repro.Experiments.Reporting;
using Repro.Tests.Golden.Claims;

namespace Repro.Tests.Golden;

/// <summary>The errata for the papers' authors: one entry a cause, on a page that is read to its end.</summary>
public sealed partial class ErrataTests
{
    private const int MostBytes = 15 * 1024;
    private static readonly Verdict[] Holding = [Verdict.Holds, Verdict.HoldsWithinRounding];
    private static readonly Lazy<(ErrataPage Page, IReadOnlyList<ClaimResult> Results)> Today = new(() =>
    {
        var results = TodaysResults.OnFacts.Where(ErrataList.Concerns);
        results.Where(result => result.Error is not null).Select(result => result.Error).Should().BeEmpty();
        var causes = ErrataCauses.Load(Path.Combine(RepositoryRoot.Find(), "fixtures", "errata", "causes.yaml"));
        return (new ErrataPage(causes, results), results);
    });

    private static ErrataPage Page => Today.Value.Page;

    private static IReadOnlyList<ClaimResult> Results => Today.Value.Results;

    [Fact]
    public async Task Errata_and_badge_are_what_make_report_writes()
    {
        await CommittedDocument.VerifyAsync("docs/badge.svg", Badge.Svg(Results));
        await CommittedDocument.VerifyAsync("ERRATA.md", Page.Markdown());
        await CommittedDocument.VerifyAsync("errata.json", Page.Json());
    }

    [Fact]
    public void The_page_fits_on_15_KB_and_has_about_40_entries()
    {
        Encoding.UTF8.GetByteCount(Page.Markdown()).Should().BeLessThanOrEqualTo(MostBytes);
        Page.Entries.Count.Should().BeInRange(30, 48);
    }

    [Fact]
    public void Every_published_claim_that_does_not_hold_stands_in_exactly_one_entry()
    {
        var listed = Page.Entries.SelectMany(e => e.Claims).Select(c => c.Claim.Id).ToList();
        listed.Should().OnlyHaveUniqueItems();
        Results.Where(r => r.Claim.Class == ClaimClass.Published && !Holding.Contains(r.Verdict!.Value)).Select(r => r.Claim.Id)
            .Should().BeSubsetOf(listed);
    }

    [Fact]
    public void What_is_said_to_hold_holds() =>
        Page.Causes.Holds.SelectMany(h => h.Claims).Select(id => (id, Results.Single(r => r.Claim.Id == id).Verdict))
            .Where(r => !Holding.Contains(r.Verdict!.Value)).Should().BeEmpty();

    [Fact]
    public void Every_entry_of_the_page_is_the_entry_of_the_json_file()
    {
        var markdown = Page.Markdown();
        using var json = JsonDocument.Parse(Page.Json());
        var entries = json.RootElement.GetProperty("entries").EnumerateArray().ToList();
        Commands().Count(markdown).Should().Be(entries.Count, "each entry has one command");
        foreach (var entry in entries)
        {
            var line = markdown.Split('\n').Single(l =>
                l.EndsWith($"`{entry.GetProperty("cause").GetString()}` |", StringComparison.Ordinal)
                || l.EndsWith($"`{entry.GetProperty("command").GetString()}`", StringComparison.Ordinal));
            foreach (var field in new[] { "place", "printed", "data", "conclusion", "certainty", "replacement" })
            {
                var text = entry.GetProperty(field).GetString();
                text.Should().NotBeNullOrWhiteSpace();
                line.Should().Contain(ErrataPage.Escape(text!), "{0} has its {1} on the page", entry.GetProperty("cause"), field);
            }

            entry.GetProperty("claims").GetArrayLength().Should().BePositive();
        }
    }

    /// <summary>A number that a text repeats must be one of the evidence, or the text is stale.</summary>
    [Fact]
    public void Every_number_of_an_entry_stands_in_the_evidence_of_its_claims()
    {
        var strange = Page.Entries.SelectMany(e => Strange($"{e.Data} {e.Replacement}", e.Claims).Select(n => $"{e.Cause}: {n}"))
            .Concat(Page.Causes.Findings.Concat(Page.Causes.Holds).SelectMany(f =>
                Strange(f.Text, [.. Results.Where(r => f.Claims.Contains(r.Claim.Id))]).Select(n => $"{f.Claims[0]}: {n}")));
        strange.Should().BeEmpty();
    }

    [Fact]
    public void A_number_that_no_evidence_has_is_noticed() =>
        Strange("It wins 62 of 100.", [.. Results.Where(r => r.Claim.Id == "CRS-ABS-63")]).Should().Equal("62");

    private static IEnumerable<string> Strange(string text, IReadOnlyList<ClaimResult> claims)
    {
        var known = claims.SelectMany(Texts).SelectMany(t => Numbers().Matches(t).Select(m => m.Value)).ToHashSet(StringComparer.Ordinal);
        var values = claims.SelectMany(c => c.Evidence!.Recomputed.Values).OfType<double>()
            .Concat(claims.SelectMany(c => c.Evidence!.PValues.Values)).ToList();
        return Numbers().Matches(Places().Replace(text, string.Empty)).Select(m => m.Value)
            .Where(n => !known.Contains(n) && !values.Any(v => Rounds(v, n) || Rounds(100 * v, n)));
    }

    private static IEnumerable<string> Texts(ClaimResult result) =>
    [
        result.Claim.Statement, result.Claim.Published ?? string.Empty, result.Claim.Locator, result.Evidence!.Explanation,
        .. result.Evidence.Findings.SelectMany(f => new[] { f.Name, f.Detail, f.Published ?? string.Empty }),
        .. result.Evidence.Recomputed.Select(v => Invariant($"{v.Key} {v.Value}")),
        .. result.Evidence.SampleSizes.Values.Select(v => Invariant($"{v}")),
    ];

    private static bool Rounds(double value, string number)
    {
        var digits = number.Contains('.', StringComparison.Ordinal) ? number.Length - number.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        return value.ToString(Invariant($"F{digits}"), System.Globalization.CultureInfo.InvariantCulture).TrimStart('-') == number;
    }

    [GeneratedRegex(@"\d+(?:\.\d+)?(?:e-?\d+)?")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"(?:Tables?|Figures?|[Ss]ections?|Eqs?\.|rows?) [\d., -]+\d|row \d|Llama-\S+")]
    private static partial Regex Places();

    [GeneratedRegex(@"(?:`repro verify --cause [\w.-]+`|`[\w.-]+` \|)$", RegexOptions.Multiline)]
    private static partial Regex Commands();
}
