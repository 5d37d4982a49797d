using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>Everything the page shows.</summary>
/// <param name="Results">Results in catalogue order, all with a verdict.</param>
/// <param name="Sections">The section of each claim.</param>
/// <param name="Errata">Ranked errata.</param>
/// <param name="Figures">Figures drawn from the evidence.</param>
/// <param name="Commit">Commit of the checkout, or null outside version control.</param>
public sealed record ReportData(
    IReadOnlyList<ClaimResult> Results,
    PaperSections Sections,
    IReadOnlyList<Erratum> Errata,
    IReadOnlyList<Figure> Figures,
    string? Commit);
