using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>How the papers are called for readers.</summary>
internal static class PaperTitle
{
    internal static string Of(Paper paper) => paper switch
    {
        Paper.Crs => "CRS: combined preference-based and absolute reward signals for RLHF fine-tuning (thesis)",
        Paper.Adr => "ADR: adaptive dense reward, the gap between action and reward space",
        _ => throw new ArgumentOutOfRangeException(nameof(paper), paper, "unknown paper"),
    };
}
