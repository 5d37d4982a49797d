using Repro.Experiments.Claims;
using Spectre.Console;

namespace Repro.Experiments.Cli;

/// <summary>How verdicts look in a terminal.</summary>
internal static class VerdictStyle
{
    internal static Text Cell(Verdict? verdict) => verdict is { } known ? new Text(known.ToString(), Of(known)) : new Text("-", new Style(Color.Grey));

    internal static Style Of(Verdict verdict) => new(verdict switch
    {
        Verdict.Holds or Verdict.HoldsWithinRounding => Color.Green,
        Verdict.Qualified => Color.Yellow,
        Verdict.Contradicted => Color.Red,
        Verdict.Inconclusive => Color.Blue,
        _ => Color.Grey,
    });
}
