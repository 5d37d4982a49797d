using System.Globalization;
using System.Numerics;
using System.Text;

namespace VerifyTests.Serialization;

/// <summary>The text of values that are written without structure.</summary>
internal sealed class SimpleValues(EffectiveRules rules, ValueNumbers numbers)
{
    private const string DateTimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK";
    private const string DayFormat = "yyyy-MM-ddK";

    private static readonly string[] DateTimeFormats =
        ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd'T'HH:mm:ssK", DateTimeFormat];

    /// <summary>The text of a value of a simple type; null for anything that has structure.</summary>
    public string? TextOf(object value) => value switch
    {
        string text => TextOf(text),
        bool flag => flag ? "true" : "false",
        char character => character.ToString(),
        double number => Float(number.ToString("R", CultureInfo.InvariantCulture)),
        float number => Float(number.ToString("R", CultureInfo.InvariantCulture)),
        Half number => Float(number.ToString(null, CultureInfo.InvariantCulture)),
        decimal number => Float(number.ToString(CultureInfo.InvariantCulture)),
        sbyte or byte or short or ushort or int or uint or long or ulong or nint or nuint or Int128 or UInt128 or BigInteger =>
            ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        Enum member => member.ToString(),
        Guid guid => rules.ScrubGuids ? numbers.Name(guid) : guid.ToString("D", CultureInfo.InvariantCulture),
        DateTime date => rules.ScrubDateTimes ? numbers.Name(date) : date.ToString(Format(date.TimeOfDay), CultureInfo.InvariantCulture),
        DateTimeOffset date => rules.ScrubDateTimes ? numbers.Name(date) : date.ToString(Format(date.TimeOfDay), CultureInfo.InvariantCulture),
        DateOnly date => rules.ScrubDateTimes ? numbers.Name(date) : date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => rules.ScrubDateTimes ? numbers.Name(time) : time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString(),
        Type type => TypeNames.Of(type),
        Uri uri => uri.OriginalString,
        Version version => version.ToString(),
        CultureInfo culture => culture.Name,
        FileSystemInfo file => file.ToString(),
        StringBuilder builder => builder.ToString(),
        StringWriter writer => writer.ToString(),
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => null,
    };

    /// <summary>The text of a root value, written to the file without JSON rules; null for anything that has structure.</summary>
    public string? RootTextOf(object value) => value switch
    {
        string text => text,
        bool flag => flag.ToString(CultureInfo.InvariantCulture),
        double or float or Half or decimal => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        byte[] => null,
        _ => TextOf(value),
    };

    private static string Format(TimeSpan timeOfDay) => timeOfDay == TimeSpan.Zero ? DayFormat : DateTimeFormat;

    private static string Float(string text) =>
        text.AsSpan().IndexOfAny(".EN∞I") >= 0 ? text : text + ".0";

    private string TextOf(string text)
    {
        if (rules.ScrubGuids && Guid.TryParseExact(text, "D", out var guid))
        {
            return numbers.Name(guid);
        }

        return rules.ScrubDateTimes
            && DateTime.TryParseExact(text, DateTimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var date)
            ? numbers.Name(date)
            : text;
    }
}
