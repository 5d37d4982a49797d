using System.Text;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>The verdicts as a table for other programs.</summary>
public static class VerdictsCsv
{
    /// <summary>One line for each result below a header; fields quoted where needed.</summary>
    /// <param name="results">The results.</param>
    /// <param name="sections">The section of each claim.</param>
    public static string Write(IEnumerable<ClaimResult> results, PaperSections sections)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(sections);
        var text = new StringBuilder("id,paper,section,locator,kind,tier,verdict,published,explanation\n");
        foreach (var result in results)
        {
            var claim = result.Claim;
            string[] fields =
            [
                claim.Id, claim.Paper.ToString().ToUpperInvariant(), sections.Of(claim), claim.Locator, claim.Kind.ToString().ToLowerInvariant(),
                claim.Tier.ToString().ToLowerInvariant(), result.Verdict?.ToString() ?? "failed", claim.Published ?? string.Empty, result.Evidence?.Explanation ?? result.Error ?? string.Empty,
            ];
            text.AppendJoin(',', fields.Select(Quote)).Append('\n');
        }

        return text.ToString();
    }

    private static string Quote(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
