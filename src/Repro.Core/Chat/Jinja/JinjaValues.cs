using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>What a template may use at most. A template that needs more is refused.</summary>
/// <param name="Steps">Operations; sixteen characters of a text count as one.</param>
/// <param name="Characters">Characters of one text, the result included.</param>
/// <param name="Nesting">Expressions, statements and macros inside each other, and nesting of data.</param>
internal sealed record JinjaLimits(long Steps = 5_000_000, int Characters = 8_000_000, int Nesting = 250);

/// <summary>Why a template cannot go on; the evaluator adds the place.</summary>
internal sealed class JinjaRefusal(string message) : Exception(message);

/// <summary>A name, member or item that is not there. It prints as nothing and is false; any other use is refused.</summary>
/// <param name="Name">What was asked for.</param>
internal sealed record JinjaUndefined(string Name);

/// <summary>A list or tuple.</summary>
internal sealed class JinjaList(IReadOnlyList<object?> items, bool isTuple = false)
{
    internal IReadOnlyList<object?> Items { get; } = items;

    internal bool IsTuple { get; } = isTuple;
}

/// <summary>What a filter such as <c>map</c> gives: it can be gone through, has no length and is always true, as a generator of
/// Python.</summary>
internal sealed class JinjaSequence(IEnumerable<object?> items)
{
    internal IEnumerable<object?> Items { get; } = items;
}

/// <summary>A dictionary; keys keep the order in which they came and are texts or whole numbers.</summary>
internal sealed class JinjaDict(IEnumerable<KeyValuePair<object, object?>> pairs)
{
    internal OrderedDictionary<object, object?> Pairs { get; } = new(pairs);

    internal static JinjaDict Of(params (string Key, object? Value)[] pairs) =>
        new(pairs.Select(pair => new KeyValuePair<object, object?>(pair.Key, pair.Value)));
}

/// <summary>What <c>namespace()</c> makes: the only thing whose members can be set.</summary>
internal sealed class JinjaNamespace
{
    internal Dictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);
}

/// <summary>Something that can be called: a function of the environment, or a method with what it belongs to.</summary>
internal sealed record JinjaFunction(string Name, object? Owner = null);

/// <summary>What Python does with values, at a cost that is counted.</summary>
internal sealed class JinjaValues(JinjaLimits limits)
{
    private long _steps;
    private int _depth;

    /// <summary>Counts operations.</summary>
    internal void Spend(long steps)
    {
        _steps += steps;
        if (_steps > limits.Steps)
        {
            throw new JinjaRefusal(Invariant($"the template needs more than {limits.Steps:N0} operations"));
        }
    }

    /// <summary>Counts a text that is about to be made, and refuses one that is too long before it is.</summary>
    internal void SpendText(long characters)
    {
        if (characters > limits.Characters)
        {
            throw new JinjaRefusal(Invariant($"a text of more than {limits.Characters:N0} characters"));
        }

        Spend(1 + (characters / 16));
    }

    internal void Enter()
    {
        if (++_depth > limits.Nesting)
        {
            throw new JinjaRefusal(Invariant($"nested deeper than {limits.Nesting}"));
        }
    }

    internal void Leave() => _depth--;

    internal static string TypeName(object? value) => value switch
    {
        null => "none",
        bool => "a boolean",
        long => "a whole number",
        double => "a number",
        string => "a text",
        JinjaUndefined missing => $"'{missing.Name}', which is not defined",
        JinjaList { IsTuple: true } => "a tuple",
        JinjaList => "a list",
        JinjaDict => "a mapping",
        JinjaNamespace => "a namespace",
        JinjaSequence => "the result of a filter that has no length",
        _ => "a function",
    };

    internal static bool Truth(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        JinjaList list => list.Items.Count > 0,
        JinjaDict dict => dict.Pairs.Count > 0,
        _ => true,
    };

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

    /// <summary>As Python's <c>==</c>.</summary>
    internal bool Equal(object? a, object? b)
    {
        Spend(1);
        if (IsNumber(a) && IsNumber(b))
        {
            return a is double || b is double ? Float(a) == Float(b) : Whole(a) == Whole(b);
        }

        switch (a, b)
        {
            case (string left, string right):
                Spend(left.Length / 16);
                return left == right;
            case (JinjaUndefined, JinjaUndefined) or (null, null):
                return true;
            case (JinjaList left, JinjaList right):
                if (left.IsTuple != right.IsTuple || left.Items.Count != right.Items.Count)
                {
                    return false;
                }

                Enter();
                var same = left.Items.Zip(right.Items).All(pair => Equal(pair.First, pair.Second));
                Leave();
                return same;
            case (JinjaDict left, JinjaDict right):
                if (left.Pairs.Count != right.Pairs.Count)
                {
                    return false;
                }

                Enter();
                var equal = left.Pairs.All(pair => right.Pairs.TryGetValue(pair.Key, out var other) && Equal(pair.Value, other));
                Leave();
                return equal;
            default:
                return ReferenceEquals(a, b);
        }
    }

    /// <summary>Order of two numbers, texts or lists.</summary>
    internal int Compare(object? a, object? b)
    {
        Spend(1);
        if (IsNumber(a) && IsNumber(b))
        {
            return a is double || b is double ? Float(a).CompareTo(Float(b)) : Whole(a).CompareTo(Whole(b));
        }

        if (a is string left && b is string right)
        {
            Spend(Math.Min(left.Length, right.Length) / 16);
            return CompareCodePoints(left, right);
        }

        if (a is JinjaList first && b is JinjaList second && first.IsTuple == second.IsTuple)
        {
            Enter();
            var differing = first.Items.Zip(second.Items).Where(pair => !Equal(pair.First, pair.Second))
                .Select(pair => Compare(pair.First, pair.Second)).FirstOrDefault();
            Leave();
            return differing != 0 ? differing : first.Items.Count.CompareTo(second.Items.Count);
        }

        throw new JinjaRefusal($"{TypeName(a)} and {TypeName(b)} have no order");
    }

    // Surrogates sort behind all other characters, where UTF-16 has them before U+E000.
    private static int CompareCodePoints(string a, string b)
    {
        for (var i = 0; i < Math.Min(a.Length, b.Length); i++)
        {
            if (a[i] != b[i])
            {
                return char.IsSurrogate(a[i]) == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : char.IsSurrogate(a[i]) ? 1 : -1;
            }
        }

        return a.Length.CompareTo(b.Length);
    }

    internal static bool IsNumber(object? value) => value is long or double or bool;

    internal static long Whole(object? value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        _ => throw new JinjaRefusal($"a whole number was expected, found {TypeName(value)}"),
    };

    internal static double Float(object? value) => value is double number ? number : Whole(value);

    /// <summary>As Python's <c>len</c>.</summary>
    internal static long Length(object? value) => value switch
    {
        string text => TextLength(text),
        JinjaList list => list.Items.Count,
        JinjaDict dict => dict.Pairs.Count,
        JinjaUndefined => 0,
        _ => throw new JinjaRefusal($"{TypeName(value)} has no length"),
    };

    internal static long TextLength(string text)
    {
        var pairs = 0;
        for (var i = 0; i + 1 < text.Length; i++)
        {
            pairs += char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1]) ? 1 : 0;
        }

        return text.Length - pairs;
    }

    /// <summary>The items of whatever can be gone through; characters of a text are code points.</summary>
    internal IEnumerable<object?> Items(object? value) => value switch
    {
        string text => Characters(text),
        JinjaList list => list.Items,
        JinjaDict dict => dict.Pairs.Keys,
        JinjaSequence sequence => sequence.Items,
        JinjaUndefined => [],
        _ => throw new JinjaRefusal($"{TypeName(value)} cannot be gone through"),
    };

    private IEnumerable<object?> Characters(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            Spend(1);
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                yield return text.Substring(i++, 2);
            }
            else
            {
                yield return text[i].ToString();
            }
        }
    }

    /// <summary>All items at once.</summary>
    internal List<object?> ToList(object? value)
    {
        var list = new List<object?>();
        foreach (var item in Items(value))
        {
            Spend(1);
            list.Add(item);
        }

        return list;
    }

    /// <summary>As Python's <c>in</c>.</summary>
    internal bool Contains(object? container, object? item)
    {
        switch (container)
        {
            case string text when item is string part:
                Spend(1 + ((long)text.Length / 16));
                return text.Contains(part, StringComparison.Ordinal);
            case string:
                throw new JinjaRefusal($"a text holds texts, not {TypeName(item)}");
            case JinjaDict dict:
                Spend(1);
                return item is not null && dict.Pairs.ContainsKey(item is bool ? Whole(item) : item);
            default:
                return Items(container).Any(member => Equal(member, item));
        }
    }

    /// <summary>Start, stop and step of a slice over so many items, as Python has them.</summary>
    internal static IEnumerable<int> Places(long? start, long? stop, long? step, long count)
    {
        var stride = step ?? 1;
        if (stride == 0)
        {
            throw new JinjaRefusal("the step of a slice cannot be 0");
        }

        long Bounded(long? given, long forward, long backward)
        {
            if (given is not { } place)
            {
                return stride > 0 ? forward : backward;
            }

            place = place < 0 ? place + count : place;
            return stride > 0 ? Math.Clamp(place, 0, count) : Math.Clamp(place, -1, count - 1);
        }

        var (from, to) = (Bounded(start, 0, count - 1), Bounded(stop, count, -1));
        for (var i = from; stride > 0 ? i < to : i > to; i = Math.Abs(stride) > count ? to : i + stride)
        {
            yield return (int)i;
        }
    }

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
