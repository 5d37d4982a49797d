using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>A small SVG that says how the claims stand.</summary>
public static class Badge
{
    /// <summary>The badge: label, number of verified claims, number of contradicted ones.</summary>
    /// <param name="results">The results.</param>
    public static string Svg(IReadOnlyCollection<ClaimResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        var settled = results.Count(r => r.Verdict is not null and not Verdict.NotRun);
        var contradicted = results.Count(r => r.Verdict == Verdict.Contradicted);
        var right = Invariant($"{settled} checked, {contradicted} contradicted");
        const int Left = 52;
        var width = Left + 14 + (int)Math.Ceiling(right.Length * 6.3);
        return Invariant($"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="claims: {right}">
            <title>claims: {right}</title>
            <rect width="{width}" height="20" rx="3" fill="#24292f"/>
            <rect x="{Left}" width="{width - Left}" height="20" rx="3" fill="#0b6e4f"/>
            <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"><text x="8" y="14">claims</text><text x="{Left + 7}" y="14">{right}</text></g>
            </svg>

            """);
    }
}
