using Repro.Experiments.Claims;

namespace Repro.Experiments.Reporting;

/// <summary>How verdicts read and look on the page: never by colour alone.</summary>
internal static class VerdictText
{
    /// <summary>All verdicts in the order of the matrix.</summary>
    internal static IReadOnlyList<Verdict> All { get; } = Enum.GetValues<Verdict>();

    internal static string Label(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "Holds",
        Verdict.HoldsWithinRounding => "Holds within rounding",
        Verdict.Qualified => "Qualified",
        Verdict.Contradicted => "Contradicted",
        Verdict.Inconclusive => "Inconclusive",
        _ => "Not run",
    };

    internal static string Symbol(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "✓",
        Verdict.HoldsWithinRounding => "≈",
        Verdict.Qualified => "◐",
        Verdict.Contradicted => "✗",
        Verdict.Inconclusive => "?",
        _ => "–",
    };

    internal static string CssClass(Verdict verdict) => $"v-{verdict.ToString().ToLowerInvariant()}";

    internal static void Chip(Html html, Verdict verdict) =>
        html.Element("span", Html.Attribute("class", $"chip {CssClass(verdict)}"), () => html.Element("span", Html.Attribute("aria-hidden", "true"), Symbol(verdict)).Text($" {Label(verdict)}"));
}
