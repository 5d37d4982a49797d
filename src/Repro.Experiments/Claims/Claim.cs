namespace Repro.Experiments.Claims;

/// <summary>One checkable statement of a paper, as data.</summary>
/// <param name="Id">Unique id such as <c>CRS-T16-abs_vs_pref</c>.</param>
/// <param name="Paper">The paper that makes the claim.</param>
/// <param name="Locator">Where it stands: table, figure, section, equation.</param>
/// <param name="Kind">What it takes to check it.</param>
/// <param name="Class">Whether the paper prints it or we found it.</param>
/// <param name="Mode">Whether it is a count or rests on a comparison that chance can turn.</param>
/// <param name="Statement">The statement in our own words.</param>
/// <param name="Published">The printed value as text, or null where nothing is printed.</param>
/// <param name="Values">The printed values by name, for specs that compare numbers; may be empty.</param>
/// <param name="Procedure">How to check it, or null where the statement says it all.</param>
/// <param name="Inputs">What the check reads, or null.</param>
/// <param name="Note">A remark, or null.</param>
/// <param name="Family">The table or list whose tests are corrected together, by name; null where the claim stands alone.</param>
/// <param name="Cause">Short name of the slip or gap that several claims share, or null.</param>
/// <param name="Source">File and line of the entry, for messages.</param>
public sealed record Claim(
    string Id,
    Paper Paper,
    string Locator,
    ClaimKind Kind,
    ClaimClass Class,
    ClaimMode Mode,
    string Statement,
    string? Published,
    IReadOnlyDictionary<string, string> Values,
    string? Procedure,
    string? Inputs,
    string? Note,
    string? Family,
    string? Cause,
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

/// <summary>What it takes to check a claim.</summary>
public enum ClaimKind
{
    /// <summary>An equation: must hold as a mathematical property of the implementation.</summary>
    Identity,

    /// <summary>Follows, or fails to follow, from other published numbers.</summary>
    Arithmetic,

    /// <summary>Recomputed from the data files that the author released.</summary>
    Artifact,

    /// <summary>A causal or directional statement, re-run at fixture scale and judged by statistics.</summary>
    Mechanism,

    /// <summary>A published setting that the full run must use.</summary>
    Config,

    /// <summary>Needs the paper's models, data and GPUs.</summary>
    Full,
}

/// <summary>Whose statement a claim is.</summary>
public enum ClaimClass
{
    /// <summary>A paper prints it: it can hold, be qualified or be contradicted.</summary>
    Published,

    /// <summary>Ours, from the release: a robustness check, a baseline, what the released code does. It says what was found and is never
    /// contradicted.</summary>
    Finding,
}

/// <summary>How a claim is judged.</summary>
public enum ClaimMode
{
    /// <summary>What was counted or printed ("55 of 100"): right or wrong, whatever chance would give.</summary>
    Descriptive,

    /// <summary>One thing beats another or is related to it: judged by an exact test or interval, chance alike on both sides.</summary>
    Inferential,
}

/// <summary>The two papers whose claims are verified.</summary>
public enum Paper
{
    /// <summary>The thesis on combined preference and absolute reward signals (CRS-RLHF).</summary>
    Crs,

    /// <summary>The paper on adaptive dense rewards (ADR).</summary>
    Adr,
}

/// <summary>How expensive a claim is to verify.</summary>
public enum Tier
{
    /// <summary>Identities, arithmetic, released artifacts: seconds.</summary>
    Static,

    /// <summary>Mechanisms at small scale on the CPU: minutes.</summary>
    Fixture,

    /// <summary>The same with more seeds and sizes; committed results.</summary>
    Study,

    /// <summary>Real models and data on GPUs.</summary>
    Full,
}
