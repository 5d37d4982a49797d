using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Experiments.Artifacts;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Procedures;

/// <summary>A setting of the released configuration, with the values that older revisions of it had.</summary>
/// <param name="Section">Section of the configuration.</param>
/// <param name="Key">Name of the setting.</param>
/// <param name="Current">Value in the release; empty where it is left blank.</param>
/// <param name="Older">Values of older revisions and when they held.</param>
public sealed partial record ReleasedSetting(string Section, string Key, string Current, IReadOnlyList<(string Value, RevisionPeriod Period)> Older)
{
    /// <summary>Section and key, for explanations.</summary>
    public string Name => $"{Section}.{Key}";

    /// <summary>The period of the current value: from the end of the youngest older one.</summary>
    public RevisionPeriod CurrentPeriod => new(Older.Select(o => o.Period.Until).Max(), null);

    /// <summary>Finds a setting in a table with the columns section, key and value. Older values have keys such as <c>lr_before_2023-11-29</c>.</summary>
    /// <param name="settings">The table.</param>
    /// <param name="section">Section.</param>
    /// <param name="key">Name of the setting.</param>
    /// <exception cref="InputException">There is no such setting, or more than one.</exception>
    public static ReleasedSetting Find(TableFacts settings, string section, string key)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (sectionAt, keyAt, valueAt) = (settings.IndexOf("section"), settings.IndexOf("key"), settings.IndexOf("value"));
        var own = settings.Rows.Where(r => r[sectionAt] == section).ToList();
        var current = own.Where(r => r[keyAt] == key).ToList();
        return current.Count != 1
            ? throw new InputException($"expected one setting '{section}.{key}', found {current.Count}")
            : new ReleasedSetting(
                section,
                key,
                current[0][valueAt],
                [.. own.Where(r => r[keyAt].StartsWith(key + "_", StringComparison.Ordinal)).Select(r => (r[valueAt], Period: PeriodOf(r[keyAt][key.Length..]))).Where(o => o.Period is not null).Select(o => (o.Item1, o.Period!.Value))]);
    }

    /// <summary>The current value as a number.</summary>
    /// <exception cref="InputException">It is none.</exception>
    public double Number() => TryNumber(Current, out var value) ? value : throw new InputException($"setting '{Name}' is '{Current}', expected a number");

    /// <summary>The items of a current value that lists several, separated by commas.</summary>
    public IReadOnlyList<string> Items() => Current.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The periods in which the setting had a number; the current period among them.</summary>
    /// <param name="number">The number.</param>
    public IReadOnlyList<RevisionPeriod> PeriodsOf(double number) =>
        [.. Older.Append((Current, CurrentPeriod)).Where(o => TryNumber(o.Item1, out var value) && value == number).Select(o => o.Item2)];

    private static bool TryNumber(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

    private static RevisionPeriod? PeriodOf(string suffix)
    {
        var match = Period().Match(suffix);
        return match.Success
            ? new RevisionPeriod(match.Groups["from"].Success ? Day(match.Groups["from"].Value) : null, Day(match.Groups["until"].Value))
            : null;
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^_(?:before|(?<from>\d{4}-\d\d-\d\d)_to)_(?<until>\d{4}-\d\d-\d\d)$")]
    private static partial Regex Period();
}
