namespace Repro.Experiments.Claims;

/// <summary>One checkable statement of a paper, as data.</summary>
/// <param name="Id">Unique id such as <c>CRS-T16-abs_vs_pref</c>.</param>
/// <param name="Paper">The paper that makes the claim.</param>
/// <param name="Locator">Where it stands: table, figure, section, equation.</param>
/// <param name="Kind">What it takes to check it.</param>
/// <param name="Statement">The statement in our own words.</param>
/// <param name="Published">The printed value as text, or null where nothing is printed.</param>
/// <param name="Values">The printed values by name, for specs that compare numbers; may be empty.</param>
/// <param name="Procedure">How to check it, or null where the statement says it all.</param>
/// <param name="Inputs">What the check reads, or null.</param>
/// <param name="Note">A remark, or null.</param>
/// <param name="Source">File and line of the entry, for messages.</param>
public sealed record Claim(
    string Id,
    Paper Paper,
    string Locator,
    ClaimKind Kind,
    string Statement,
    string? Published,
    IReadOnlyDictionary<string, string> Values,
    string? Procedure,
    string? Inputs,
    string? Note,
    string Source)
{
    /// <summary>The table, figure, section or equation the claim belongs to: <c>CRS-T16</c> for <c>CRS-T16-abs_vs_pref</c>.</summary>
    public string Group => GroupOf(Id);

    /// <summary>The cheapest tier in which the claim gets a verdict.</summary>
    public Tier Tier => Kind switch
    {
        ClaimKind.Identity or ClaimKind.Arithmetic or ClaimKind.Artifact or ClaimKind.Config => Tier.Static,
        ClaimKind.Mechanism => Tier.Fixture,
        _ => Tier.Full,
    };

    /// <summary>The group of an id: its first two hyphen-separated parts.</summary>
    /// <param name="id">A claim id.</param>
    public static string GroupOf(string id)
    {
        var parts = id.Split('-', 3);
        return parts.Length < 2 ? id : $"{parts[0]}-{parts[1]}";
    }
}
