using System.Globalization;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>A printed setting against the released one.</summary>
internal static class TextAgainstCode
{
    /// <summary>
    /// Compares a printed number with the released setting, without rounding. Where only an older revision has it, the claim holds with
    /// that reservation.
    /// </summary>
    /// <param name="context">The claim under verification.</param>
    /// <param name="printed">The printed number.</param>
    /// <param name="setting">The released setting.</param>
    public static Evidence Number(SpecContext context, Printed printed, ReleasedSetting setting)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(printed);
        ArgumentNullException.ThrowIfNull(setting);
        var evidence = context.Evidence();
        AddNumber(evidence, printed, setting);
        return evidence.Explain(Describe(printed, setting));
    }

    /// <summary>As for a listed setting, for a setting that is not in the table of the configuration.</summary>
    /// <param name="context">The claim under verification.</param>
    /// <param name="printed">The printed number.</param>
    /// <param name="released">The released number.</param>
    /// <param name="source">What it was read from.</param>
    public static Evidence Number(SpecContext context, Printed printed, double released, string source)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(printed);
        return context.Evidence()
            .CompareExactly("released", printed, released)
            .Explain($"The text prints {printed.Text}; {source} has {Show(released)}.");
    }

    /// <summary>Compares a printed name with a released one, letter case aside.</summary>
    /// <param name="context">The claim under verification.</param>
    /// <param name="printed">The printed name.</param>
    /// <param name="released">The released name.</param>
    /// <param name="source">What it was read from.</param>
    public static Evidence Name(SpecContext context, string printed, string released, string source)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Evidence()
            .Value("released", released)
            .Require(
                "text and code name the same",
                string.Equals(printed, released, StringComparison.OrdinalIgnoreCase),
                $"'{printed}' and '{released}'")
            .Explain($"The text prints '{printed}'; {source} has '{released}'.");
    }

    /// <summary>The findings of that comparison, for specs that look at more than that.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="printed">The printed number.</param>
    /// <param name="setting">The released setting.</param>
    public static EvidenceBuilder AddNumber(EvidenceBuilder evidence, Printed printed, ReleasedSetting setting)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(printed);
        ArgumentNullException.ThrowIfNull(setting);
        var periods = setting.PeriodsOf(printed.AsTarget());
        if (periods.Count == 0 || periods.Contains(setting.CurrentPeriod))
        {
            return setting.Current.Length > 0
                ? evidence.CompareExactly("released", printed, setting.Number())
                : evidence.Value("released", "(blank)").Require("a revision has the printed value", false, $"printed {printed.Text}");
        }

        return evidence
            .Value("released", setting.Current.Length > 0 ? setting.Current : "(blank)")
            .Require("a revision has the printed value", true, $"printed {printed.Text}, {periods[0]}")
            .Reserve("revision", $"the value is the printed one only {string.Join(" and ", periods)}");
    }

    /// <summary>Printed and released values in one sentence.</summary>
    /// <param name="printed">The printed number.</param>
    /// <param name="setting">The released setting.</param>
    public static string Describe(Printed printed, ReleasedSetting setting)
    {
        ArgumentNullException.ThrowIfNull(printed);
        ArgumentNullException.ThrowIfNull(setting);
        var current = setting.Current.Length > 0 ? $"is {setting.Current}" : "is left blank";
        var older = setting.Older.Count == 0
            ? string.Empty
            : $"; older revisions had {string.Join(" and ", setting.Older.Select(o => $"{o.Value} ({o.Period})"))}";
        return $"The text prints {printed.Text}; the released {setting.Name} {current}{older}.";
    }

    private static string Show(double value) => value.ToString("G9", CultureInfo.InvariantCulture);
}
