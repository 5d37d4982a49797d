using System.Globalization;
using System.Text.RegularExpressions;
using Repro.Core;
using Repro.Experiments.Claims;

namespace Repro.Experiments.Crs.Facts;

/// <summary>Where the released numbers of training stand, and short ways to them.</summary>
internal static class ReleasedValues
{
    internal const string Configuration = "derived/config_values.csv";
    internal const string Notebook = "derived/notebook_numbers.csv";
    internal const string LabelStatistics = "derived/label_statistics.csv";
    internal const string LabelCorrelations = "derived/label_correlations.csv";
    internal const string AdapterNames = "derived/rm_adapter_names.csv";
    internal const string ResponseLengths = "derived/response_lengths.csv";
    internal const string AnnotatorMetrics = "derived/alpaca_eval_annotator_metrics.csv";
    internal const string Augmentation = "rm_data_augment/rm_augmented.csv";

    /// <summary>The six labels of a reply.</summary>
    internal static IReadOnlyList<string> Labels { get; } = ["violence", "creativity", "helpfulness", "humor", "toxicity", "quality"];

    /// <summary>A setting of the released configuration.</summary>
    internal static ReleasedSetting Setting(SpecContext context, string section, string key) =>
        ReleasedSetting.Find(context.Artifact<TableFacts>(Configuration), section, key);

    /// <summary>A number stored in a released notebook.</summary>
    internal static double Stored(SpecContext context, string key) => context.Artifact<TableFacts>(Notebook).Number("key", key, "value");

    /// <summary>A number of the released code that the configuration does not list.</summary>
    internal static double Code(SpecContext context, string row) => context.Table("crs/released-code")[row, "value"].AsInput();

    /// <summary>A name in the released code that the configuration does not list.</summary>
    internal static string CodeText(SpecContext context, string row) => context.Table("crs/released-code").CellText(row, "value");

    /// <summary>A number of a table outside the papers.</summary>
    internal static double External(SpecContext context, string table, string row, string column) =>
        context.Table($"external/{table}")[row, column].AsInput();

    /// <summary>Printed number against a released setting.</summary>
    internal static Evidence AgainstSetting(SpecContext context, Printed printed, string section, string key) =>
        TextAgainstCode.Number(context, printed, Setting(context, section, key));
}

/// <summary>A setting of the released configuration, with the values that older revisions of it had.</summary>
/// <param name="Section">Section of the configuration.</param>
/// <param name="Key">Name of the setting.</param>
/// <param name="Current">Value in the release; empty where it is left blank.</param>
/// <param name="Older">Values of older revisions and when they held.</param>
internal sealed partial record ReleasedSetting(
    string Section, string Key, string Current, IReadOnlyList<(string Value, RevisionPeriod Period)> Older)
{
    /// <summary>Section and key, for explanations.</summary>
    public string Name => $"{Section}.{Key}";

    /// <summary>The period of the current value: from the end of the youngest older one.</summary>
    public RevisionPeriod CurrentPeriod => new(Older.Select(o => o.Period.Until).Max(), null);

    /// <summary>Finds a setting in a table with the columns section, key and value. Older values have keys such as
    /// <c>lr_before_2023-11-29</c>.</summary>
    /// <param name="settings">The table.</param>
    /// <param name="section">Section.</param>
    /// <param name="key">Name of the setting.</param>
    /// <exception cref="ReproException">There is no such setting, or more than one.</exception>
    public static ReleasedSetting Find(TableFacts settings, string section, string key)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var (sectionAt, keyAt, valueAt) = (settings.IndexOf("section"), settings.IndexOf("key"), settings.IndexOf("value"));
        var own = settings.Rows.Where(r => r[sectionAt] == section).ToList();
        var current = own.Where(r => r[keyAt] == key).ToList();
        return current.Count != 1
            ? throw new ReproException($"expected one setting '{section}.{key}', found {current.Count}")
            : new ReleasedSetting(
                section,
                key,
                current[0][valueAt],
                [
                    .. own.Where(r => r[keyAt].StartsWith(key + "_", StringComparison.Ordinal))
                        .Select(r => (r[valueAt], Period: PeriodOf(r[keyAt][key.Length..]))).Where(o => o.Period is not null)
                        .Select(o => (o.Item1, o.Period!.Value)),
                ]);
    }

    /// <summary>The current value as a number.</summary>
    /// <exception cref="ReproException">It is none.</exception>
    public double Number() =>
        TryNumber(Current, out var value) ? value : throw new ReproException($"setting '{Name}' is '{Current}', expected a number");

    /// <summary>The items of a current value that lists several, separated by commas.</summary>
    public IReadOnlyList<string> Items() => Current.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The periods in which the setting had a number; the current period among them.</summary>
    /// <param name="number">The number.</param>
    public IReadOnlyList<RevisionPeriod> PeriodsOf(double number) =>
        [.. Older.Append((Current, CurrentPeriod)).Where(o => TryNumber(o.Item1, out var value) && value == number).Select(o => o.Item2)];

    private static bool TryNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);

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

/// <summary>The time in which a setting had a value, as far as the revisions of the released repository tell.</summary>
/// <param name="From">First day, or null where the setting had the value from the start.</param>
/// <param name="Until">Last day, or null where it still has.</param>
internal readonly record struct RevisionPeriod(DateOnly? From, DateOnly? Until)
{
    /// <summary>Whether both periods share more than the day on which one ends and the other begins.</summary>
    /// <param name="other">The other period.</param>
    public bool Overlaps(RevisionPeriod other)
    {
        var from = Later(From, other.From);
        var until = Earlier(Until, other.Until);
        return from is null || until is null || from < until;
    }

    /// <summary>In words, such as <c>before 2023-10-12</c>.</summary>
    public override string ToString() => (From, Until) switch
    {
        (null, null) => "in all revisions",
        (null, { } until) => Invariant($"before {until:yyyy-MM-dd}"),
        ({ } from, null) => Invariant($"since {from:yyyy-MM-dd}"),
        ({ } from, { } until) => Invariant($"from {from:yyyy-MM-dd} to {until:yyyy-MM-dd}"),
    };

    private static DateOnly? Later(DateOnly? a, DateOnly? b) => a is null || b > a ? b : a;

    private static DateOnly? Earlier(DateOnly? a, DateOnly? b) => a is null || b < a ? b : a;
}
