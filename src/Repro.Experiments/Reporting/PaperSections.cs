using System.Globalization;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>The section of a paper in which a claim stands, for grouping.</summary>
internal sealed class PaperSections
{
    private readonly Dictionary<(Paper Paper, string Group), string> _sections = [];

    private PaperSections()
    {
    }

    /// <summary>Reads the map from tables, figures and groups to sections.</summary>
    /// <param name="path">Usually <c>fixtures/published/sections.yaml</c>.</param>
    /// <exception cref="ReproException">The file is missing or malformed.</exception>
    public static PaperSections Load(string path)
    {
        var sections = new PaperSections();
        var root = YamlFile.ReadMapping(path);
        YamlFile.AllowOnly(path, root, "the section map", [.. Enum.GetNames<Paper>().Select(n => n.ToLowerInvariant())]);
        foreach (var (paper, groups) in root.Children)
        {
            var name = Enum.Parse<Paper>(YamlFile.Text(path, paper, "a paper"), ignoreCase: true);
            foreach (var (group, section) in YamlFile.Mapping(path, groups, "the groups of a paper").Children)
            {
                sections._sections.Add((name, YamlFile.Text(path, group, "a group")), YamlFile.Text(path, section, "a section"));
            }
        }

        return sections;
    }

    /// <summary>The section: <c>6.4</c>, <c>Abstract</c>, <c>Appendix</c>, <c>Release</c>.</summary>
    /// <param name="claim">A claim.</param>
    /// <exception cref="ReproException">The section cannot be told.</exception>
    public string Of(Claim claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var group = claim.Group[(claim.Group.IndexOf('-', StringComparison.Ordinal) + 1)..];
        if (_sections.TryGetValue((claim.Paper, group), out var section))
        {
            return section;
        }

        // S5.3.1 stands in 5.3, E2.12 in 2.
        var number = group[1..].Split('.');
        return group[0] switch
        {
            'S' => string.Join('.', number.Take(2)),
            'E' => new string([.. number[0].TakeWhile(char.IsAsciiDigit)]),
            _ =>
                throw new ReproException(
                    $"fixtures/published/sections.yaml: no section for the group '{group}' of {claim.Paper} (claim {claim.Id})"),
        };
    }

    /// <summary>Sort key that puts the abstract first, then numbered sections in order, then the rest.</summary>
    /// <param name="section">A section.</param>
    public static (int Rank, double Number) Order(string section) =>
        section == "Abstract" ? (0, 0)
        : double.TryParse(section, CultureInfo.InvariantCulture, out var number) ? (1, number)
        : section == "Appendix" ? (2, 0)
        : (3, 0);
}

/// <summary>How the papers are called for readers.</summary>
internal static class PaperTitle
{
    internal static string For(Paper paper) => paper switch
    {
        Paper.Crs => "CRS: combined preference-based and absolute reward signals for RLHF fine-tuning (thesis)",
        Paper.Adr => "ADR: adaptive dense reward, the gap between action and reward space",
        _ => throw new ArgumentOutOfRangeException(nameof(paper), paper, "unknown paper"),
    };
}
