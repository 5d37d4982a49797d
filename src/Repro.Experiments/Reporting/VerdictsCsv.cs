using System.Text;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>The verdicts as a table for other programs.</summary>
internal static class VerdictsCsv
{
    /// <summary>One line for each result below a header; fields quoted where needed.</summary>
    /// <param name="results">The results.</param>
    /// <param name="sections">The section of each claim.</param>
    public static string Write(IEnumerable<ClaimResult> results, PaperSections sections)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(sections);
        var text = new StringBuilder("id,paper,section,locator,kind,tier,verdict,published,explanation,class,mode\n");
        foreach (var result in results)
        {
            var claim = result.Claim;
            string[] fields =
            [
                claim.Id,
                claim.Paper.ToString().ToUpperInvariant(),
                sections.Of(claim),
                claim.Locator,
                claim.Kind.ToString().ToLowerInvariant(),
                claim.Tier.ToString().ToLowerInvariant(),
                result.Verdict?.ToString() ?? "failed",
                claim.Published ?? string.Empty,
                result.Evidence?.Explanation ?? result.Error ?? string.Empty,
                claim.Class.ToString().ToLowerInvariant(), claim.Mode.ToString().ToLowerInvariant(),
            ];
            text.AppendJoin(',', fields.Select(Quote)).Append('\n');
        }

        return text.ToString();
    }

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0
            ? field
            : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}

/// <summary>A small SVG that says how the claims stand.</summary>
internal static class Badge
{
    /// <summary>The badge: label, number of verified published claims, number of contradicted ones. It counts what the papers print, the
    /// static claims; mechanisms that are run again are in the report.</summary>
    /// <param name="results">The results, of any tier.</param>
    public static string Svg(IReadOnlyCollection<ClaimResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var counts = VerdictCounts.Count(results.Where(result => result.Claim.Tier == Tier.Static)).Published;
        var settled = counts.Where(c => c.Key != Verdict.NotRun).Sum(c => c.Value);
        var right = Invariant($"{settled} published checked, {counts.GetValueOrDefault(Verdict.Contradicted)} contradicted");
        const int Left = 52;
        const string Font = "Verdana,DejaVu Sans,sans-serif";
        var width = Left + 14 + (int)Math.Ceiling(right.Length * 6.3);
        var number = Invariant($"""<text x="{Left + 7}" y="14">{right}</text>""");
        return Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="claims: {right}">
            <title>claims: {right}</title>
            <rect width="{width}" height="20" rx="3" fill="#24292f"/>
            <rect x="{Left}" width="{width - Left}" height="20" rx="3" fill="#0b6e4f"/>
            <g fill="#fff" font-family="{Font}" font-size="11"><text x="8" y="14">claims</text>{number}</g>
            </svg>

            """);
    }
}
