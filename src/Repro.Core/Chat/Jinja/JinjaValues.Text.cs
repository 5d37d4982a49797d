using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Values as text: as Python prints them, and as JSON.</summary>
internal sealed partial class JinjaValues
{
    /// <summary>As Python's <c>str</c>.</summary>
    internal string Text(object? value) => value switch
    {
        string text => text,
        JinjaUndefined => string.Empty,
        _ => Printed(value),
    };

    /// <summary>As Python's <c>repr</c> prints what stands in a list.</summary>
    internal string Printed(object? value)
    {
        var into = new StringBuilder();
        Print(value, into);
        return into.ToString();
    }

    private void Print(object? value, StringBuilder into)
    {
        SpendText(into.Length < 16 ? 1 : 16);
        if (into.Length > limits.Characters)
        {
            SpendText(into.Length);
        }

        switch (value)
        {
            case string text:
                PrintQuoted(text, into);
                break;
            case JinjaList list:
                var (open, close) = list.IsTuple ? ('(', list.Items.Count == 1 ? ",)" : ")") : ('[', "]");
                Enter();
                into.Append(open);
                for (var i = 0; i < list.Items.Count; i++)
                {
                    into.Append(i > 0 ? ", " : string.Empty);
                    Print(list.Items[i], into);
                }

                into.Append(close);
                Leave();
                break;
            case JinjaDict dict:
                Enter();
                into.Append('{');
                var first = true;
                foreach (var (key, member) in dict.Pairs)
                {
                    into.Append(first ? string.Empty : ", ");
                    first = false;
                    Print(key, into);
                    into.Append(": ");
                    Print(member, into);
                }

                into.Append('}');
                Leave();
                break;
            default:
                into.Append(Scalar(value));
                break;
        }
    }

    private static string Scalar(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        JinjaUndefined => "Undefined",
        _ => throw new JinjaRefusal($"{TypeName(value)} cannot be written as text"),
    };

    private void PrintQuoted(string text, StringBuilder into)
    {
        SpendText(text.Length * 4L);
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        into.Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            into.Append(rune.Value switch
            {
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                var c when c == quote => "\\" + quote,
                < 0x20 or 0x7F => Invariant($"\\x{rune.Value:x2}"),
                var c when !IsPrintable(rune) =>
                    c <= 0xFF ? Invariant($"\\x{c:x2}") : c <= 0xFFFF ? Invariant($"\\u{c:x4}") : Invariant($"\\U{c:x8}"),
                _ => rune.ToString(),
            });
        }

        into.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator);

    /// <summary>As Python's <c>repr</c> of a float.</summary>
    internal static string Number(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        var size = Math.Abs(number);
        if (size != 0 && (size < 1e-4 || size >= 1e16))
        {
            var parts = number.ToString("E16", CultureInfo.InvariantCulture);
            var shortest = number.ToString("R", CultureInfo.InvariantCulture);
            if (!shortest.Contains('E', StringComparison.Ordinal))
            {
                shortest = Shortest(number, parts);
            }

            var exponent = shortest.IndexOf('E', StringComparison.Ordinal);
            var power = int.Parse(shortest.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return Invariant($"{shortest[..exponent]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}");
        }

        var plain = number.ToString("R", CultureInfo.InvariantCulture);
        if (plain.Contains('E', StringComparison.Ordinal))
        {
            plain = ((decimal)number).ToString(CultureInfo.InvariantCulture);
        }

        return plain.Contains('.', StringComparison.Ordinal) ? plain : plain + ".0";
    }

    private static string Shortest(double number, string fallback) => Enumerable.Range(0, 17)
        .Select(digits => number.ToString("E" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))
        .FirstOrDefault(text => double.Parse(text, CultureInfo.InvariantCulture) == number, fallback);

    /// <summary>As Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>, which transformers' <c>tojson</c> is.</summary>
    /// <param name="value">The value.</param>
    /// <param name="indent">Blanks of one level; null for one line.</param>
    /// <param name="sorted">Whether keys are sorted.</param>
    /// <param name="separators">Between items, and between key and value.</param>
    internal string Json(object? value, int? indent, bool sorted, (string Item, string Key) separators)
    {
        var into = new StringBuilder();
        WriteJson(value, new JsonForm(indent, sorted, separators.Item, separators.Key), into, 0);
        return into.ToString();
    }

    private void WriteJson(object? value, JsonForm form, StringBuilder into, int level)
    {
        Spend(2);
        SpendText(Math.Max(0, into.Length - limits.Characters + 16));
        switch (value)
        {
            case null:
                into.Append("null");
                break;
            case bool flag:
                into.Append(flag ? "true" : "false");
                break;
            case string text:
                WriteJsonText(text, into);
                break;
            case long:
                into.Append(Scalar(value));
                break;
            case double number:
                into.Append(double.IsFinite(number) ? Number(number) : double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity"
                    : "-Infinity");
                break;
            case JinjaList list:
                WriteJsonItems('[', ']', [.. list.Items.Select(item => (string.Empty, item))], form, into, level);
                break;
            case JinjaDict dict:
                var pairs = dict.Pairs.Select(pair => (Key: JsonKey(pair.Key), pair.Value));
                WriteJsonItems('{', '}', [.. form.Sorted ? pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal) : pairs], form, into,
                    level);
                break;
            default:
                throw new JinjaRefusal($"{TypeName(value)} cannot be written as JSON");
        }
    }

    private void WriteJsonItems(char open, char close, IReadOnlyList<(string Key, object? Value)> items, JsonForm form, StringBuilder into,
        int level)
    {
        Enter();
        into.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            into.Append(i > 0 ? form.Item : string.Empty);
            NewLine(form, into, level + 1);
            if (open == '{')
            {
                WriteJsonText(items[i].Key, into);
                into.Append(form.Key);
            }

            WriteJson(items[i].Value, form, into, level + 1);
        }

        if (items.Count > 0)
        {
            NewLine(form, into, level);
        }

        into.Append(close);
        Leave();
    }

    private void NewLine(JsonForm form, StringBuilder into, int level)
    {
        if (form.Indent is { } indent)
        {
            SpendText((long)indent * level);
            into.Append('\n').Append(new string(' ', Math.Max(0, indent * level)));
        }
    }

    private static string JsonKey(object key) => key as string ?? Scalar(key);

    private void WriteJsonText(string text, StringBuilder into)
    {
        SpendText(text.Length * 6L);
        into.Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"' or '\\':
                    into.Append('\\').Append(c);
                    break;
                case '\n' or '\r' or '\t' or '\b' or '\f':
                    into.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', '\t' => 't', '\b' => 'b', _ => 'f' });
                    break;
                case < ' ':
                    into.Append(Invariant($"\\u{(int)c:x4}"));
                    break;
                default:
                    into.Append(c);
                    break;
            }
        }

        into.Append('"');
    }

    private sealed record JsonForm(int? Indent, bool Sorted, string Item, string Key);
}
