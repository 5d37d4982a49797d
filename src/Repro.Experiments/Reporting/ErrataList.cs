using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>Collects and ranks errata.</summary>
public static class ErrataList
{
    /// <summary>
    /// Contradicted and qualified results, heaviest first. The weight is that of the verdict (contradicted 3, qualified 1) times that of
    /// the place: 3 for abstract, results and conclusions, 2 for set-up and appendix, 1 for background and what only the release holds.
    /// </summary>
    /// <param name="results">Results of both papers.</param>
    /// <param name="sections">The section of each claim.</param>
    public static IReadOnlyList<Erratum> Of(IEnumerable<ClaimResult> results, PaperSections sections)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(sections);
        return
        [
            .. results
                .Where(r => r.Verdict is Verdict.Contradicted or Verdict.Qualified)
                .Select(r => new Erratum(r, sections.Of(r.Claim), Weight(r, sections.Of(r.Claim))))
                .OrderByDescending(e => e.Weight)
                .ThenBy(e => e.Result.Claim.Paper)
                .ThenBy(e => PaperSections.Order(e.Section))
                .ThenBy(e => e.Section, StringComparer.Ordinal)
                .ThenBy(e => e.Result.Claim.Id, StringComparer.Ordinal),
        ];
    }

    private static int Weight(ClaimResult result, string section)
    {
        var verdict = result.Verdict == Verdict.Contradicted ? 3 : 1;
        var place = section switch
        {
            "Abstract" => 3,
            "Appendix" => 2,
            "Release" => 1,
            _ when result.Claim.Paper == Paper.Adr => section is "1" or "2" ? 1 : 3,
            _ => section[0] switch
            {
                '6' or '7' or '8' => 3,
                '5' => 2,
                _ => 1,
            },
        };
        return verdict * place;
    }
}
