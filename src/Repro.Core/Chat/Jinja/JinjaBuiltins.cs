using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>Filters, tests and comparisons of Jinja 3.1.</summary>
/// <param name="values">Counts and compares.</param>
/// <param name="member">The member of a value by key.</param>
internal sealed class JinjaBuiltins(JinjaValues values, Func<object?, object?, object?> member)
{
    /// <summary>A value as a key of a dictionary.</summary>
    internal static object Key(object? value) => value switch
    {
        string or long => value,
        bool flag => flag ? 1L : 0L,
        _ => throw new JinjaRefusal($"{JinjaValues.TypeName(value)} as a key is not supported"),
    };

    internal bool Compare(string name, object? left, object? right) => name switch
    {
        "==" => values.Equal(left, right),
        "!=" => !values.Equal(left, right),
        "in" => values.Contains(right, left),
        "not in" => !values.Contains(right, left),
        _ when left is double.NaN || right is double.NaN => false,
        "<" => values.Compare(left, right) < 0,
        "<=" => values.Compare(left, right) <= 0,
        ">" => values.Compare(left, right) > 0,
        _ => values.Compare(left, right) >= 0,
    };

    internal bool Test(string name, object? value, JinjaCallArguments arguments) => name switch
    {
        "defined" => value is not JinjaUndefined,
        "undefined" => value is JinjaUndefined,
        "none" => value is null,
        "string" => value is string,
        "mapping" => value is JinjaDict,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "integer" => value is long,
        "float" => value is double,
        "number" => JinjaValues.IsNumber(value),
        "iterable" => value is string or JinjaList or JinjaDict or JinjaSequence or JinjaUndefined or JinjaLoop,
        "sequence" => value is string or JinjaList or JinjaDict or JinjaUndefined,
        "callable" => JinjaValues.TypeName(value) == "a function" && value is not JinjaLoop,
        "odd" => PythonNumbers.Calculate("%", JinjaValues.Whole(value), 2L) is 1L,
        "even" => PythonNumbers.Calculate("%", JinjaValues.Whole(value), 2L) is 0L,
        "divisibleby" => PythonNumbers.Calculate("%", JinjaValues.Whole(value), JinjaValues.Whole(arguments.Required(0, "num"))) is 0L,
        "lower" => IsLower(values.Text(value)),
        "upper" => IsUpper(values.Text(value)),
        "in" => Compare("in", value, arguments.Required(0, "seq")),
        "eq" or "equalto" or "==" => Compare("==", value, arguments.Required(0, "b")),
        "ne" or "!=" => Compare("!=", value, arguments.Required(0, "b")),
        "lt" or "lessthan" or "<" => Compare("<", value, arguments.Required(0, "b")),
        "le" or "<=" => Compare("<=", value, arguments.Required(0, "b")),
        "gt" or "greaterthan" or ">" => Compare(">", value, arguments.Required(0, "b")),
        "ge" or ">=" => Compare(">=", value, arguments.Required(0, "b")),
        "sameas" => Same(value, arguments.Required(0, "other")),
        _ => throw new JinjaRefusal($"the test '{name}' is not supported"),
    };

    private static bool Same(object? value, object? other) => (value, other) switch
    {
        (null, null) => true,
        (bool a, bool b) => a == b,
        _ => ReferenceEquals(value, other) || (value is string or long && value.Equals(other)),
    };

    internal static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(char.IsUpper);

    internal static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(char.IsLower);

    internal object? Filter(string name, object? value, JinjaCallArguments arguments)
    {
        switch (name)
        {
            case "trim":
                return JinjaTexts.Strip(values.Text(value), arguments.Known(1, "chars").OptionalText(0, "chars"), left: true, right: true);
            case "length" or "count":
                return JinjaValues.Length(value);
            case "upper" or "lower" or "capitalize" or "title":
                var text = values.Text(value);
                values.SpendText(text.Length);
                return name == "title" ? JinjaTexts.FilterTitle(text) : JinjaTexts.Cased(name, text);
            case "replace":
                return JinjaTexts.Replace(
                    values, values.Text(value), values.Text(arguments.Required(0, "old")), values.Text(arguments.Required(1, "new")),
                    arguments.Number(2, "count", -1));
            case "indent":
                return Indent(values.Text(value), arguments.Known(3, "width", "first", "blank"));
            case "center":
                return JinjaTexts.Pad(values, values.Text(value), arguments.Number(0, "width", 80), ' ', "center");
            case "string":
                return values.Text(value);
            case "safe":
                return value is string ? value : values.Text(value);
            case "int" or "float" or "abs" or "round":
                return Number(name, value, arguments);
            case "default" or "d":
                var missing = value is JinjaUndefined || (arguments.Flag(1, "boolean") && !JinjaValues.Truth(value));
                return missing ? arguments.Optional(0, "default_value", string.Empty) : value;
            case "tojson":
                return Json(value, arguments.Known(4, "ensure_ascii", "indent", "separators", "sort_keys"));
            case "wordcount":
                return (long)values.Text(value).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            default:
                return FilterItems(name, value, arguments);
        }
    }

    private object? FilterItems(string name, object? value, JinjaCallArguments arguments)
    {
        switch (name)
        {
            case "list":
                return new JinjaList(values.ToList(value));
            case "first":
                return values.Items(value).DefaultIfEmpty(new JinjaUndefined("the first item of nothing")).First();
            case "last":
                return value is JinjaSequence
                    ? throw new JinjaRefusal($"{JinjaValues.TypeName(value)} has no last item")
                    : values.ToList(value) is { Count: > 0 } all ? all[^1] : new JinjaUndefined("the last item of nothing");
            case "join":
                return Join(value, arguments.Known(2, "d", "attribute"));
            case "reverse":
                return Reversed(value);
            case "sort":
                return new JinjaList(Sorted(value, arguments.Known(3, "reverse", "case_sensitive", "attribute")));
            case "unique":
                return new JinjaSequence(Unique(value, arguments));
            case "min" or "max":
                var (sign, key) = (name == "min" ? 1 : -1, Part(arguments.Optional(1, "attribute"), arguments.Flag(0, "case_sensitive")));
                return values.ToList(value).Order(Comparer<object?>.Create((a, b) => sign * values.Compare(key(a), key(b))))
                    .DefaultIfEmpty(new JinjaUndefined($"the {name} of nothing")).First();
            case "sum":
                var part = Part(arguments.Optional(0, "attribute"), caseSensitive: true);
                return values.ToList(value).Aggregate(arguments.Optional(1, "start", 0L), (sum, item) => Added(sum, part(item)));
            case "items":
                return value is JinjaUndefined ? new JinjaSequence([])
                    : new JinjaSequence(JinjaMethods.Pairs(value as JinjaDict
                        ?? throw new JinjaRefusal($"{JinjaValues.TypeName(value)} has no items")));
            case "dictsort":
                return new JinjaList(DictSort(value, arguments.Known(3, "case_sensitive", "by", "reverse")));
            case "batch":
                return new JinjaSequence(Batches(value, arguments));
            case "map":
                return new JinjaSequence(Mapped(value, arguments));
            case "select" or "reject":
                return new JinjaSequence(Selected(value, item => item, arguments, name == "select"));
            case "selectattr" or "rejectattr":
                var attribute = Part(arguments.Required(0, "attribute"), caseSensitive: true);
                return new JinjaSequence(Selected(value, attribute, arguments.After(1), name == "selectattr"));
            default:
                throw new JinjaRefusal($"the filter '{name}' is not supported");
        }
    }

    private static object Added(object? sum, object? item) => JinjaValues.IsNumber(sum) && JinjaValues.IsNumber(item)
        ? PythonNumbers.Calculate("+", sum!, item!)
        : throw new JinjaRefusal($"'+' between {JinjaValues.TypeName(sum)} and {JinjaValues.TypeName(item)}");

    // The member of each item that a filter looks at: "a.b" is one inside the other, a number is a place.
    private Func<object?, object?> Part(object? attribute, bool caseSensitive)
    {
        object?[] path = attribute switch
        {
            null => [],
            string name => [.. name.Split('.')
                .Select(piece => long.TryParse(piece, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
                ? place
                : (object?)piece)],
            _ => [attribute],
        };
        return item =>
        {
            foreach (var piece in path)
            {
                values.Spend(1);
                item = member(item, piece);
            }

            return !caseSensitive && item is string text ? JinjaTexts.Cased("lower", text) : item;
        };
    }

    private IEnumerable<object?> Mapped(object? value, JinjaCallArguments arguments)
    {
        if (arguments.Count == 0 && arguments.Named.ContainsKey("attribute"))
        {
            var part = Part(arguments.Known(0, "attribute", "default").Optional(0, "attribute"), caseSensitive: true);
            var fallback = arguments.Optional(1, "default");
            foreach (var item in values.Items(value))
            {
                values.Spend(1);
                var found = part(item);
                yield return found is JinjaUndefined && arguments.Has(1, "default") ? fallback : found;
            }

            yield break;
        }

        var name = arguments.Text(0, "filter");
        var rest = arguments.After(1);
        foreach (var item in values.Items(value))
        {
            values.Spend(1);
            yield return Filter(name, item, rest);
        }
    }

    private IEnumerable<object?> Selected(object? value, Func<object?, object?> part, JinjaCallArguments arguments, bool wanted)
    {
        var test = arguments.Count > 0 ? arguments.Text(0, "test") : null;
        var rest = arguments.After(1);
        foreach (var item in values.Items(value))
        {
            values.Spend(1);
            var found = part(item);
            if ((test is null ? JinjaValues.Truth(found) : Test(test, found, rest)) == wanted)
            {
                yield return item;
            }
        }
    }

    private string Join(object? value, JinjaCallArguments arguments)
    {
        var separator = values.Text(arguments.Optional(0, "d", string.Empty));
        var part = Part(arguments.Optional(1, "attribute"), caseSensitive: true);
        var text = new StringBuilder();
        var first = true;
        foreach (var item in values.Items(value))
        {
            var piece = values.Text(part(item));
            values.SpendText((long)separator.Length + piece.Length);
            text.Append(first ? string.Empty : separator).Append(piece);
            first = false;
            values.SpendText(text.Length > 1 << 16 ? Math.Max(text.Length / 1024, text.Length - (1L << 30)) : 0);
        }

        return text.ToString();
    }

    private object Reversed(object? value)
    {
        var items = values.ToList(value is JinjaSequence ? throw new JinjaRefusal($"{JinjaValues.TypeName(value)} cannot be reversed")
            : value);
        items.Reverse();
        return value is string ? string.Concat(items.Cast<string>()) : new JinjaSequence(items);
    }

    private List<object?> Sorted(object? value, JinjaCallArguments arguments)
    {
        var attribute = arguments.Optional(2, "attribute");
        string[] names = attribute is string several ? several.Split(',') : [];
        var parts = (names.Length > 1 ? names.Cast<object?>() : [attribute])
            .Select(name => Part(name, arguments.Flag(1, "case_sensitive"))).ToList();
        var keyed = values.ToList(value).Select(item => (Item: item, Key: new JinjaList([.. parts.Select(part => part(item))]))).ToList();
        var order = Comparer<JinjaList>.Create(values.Compare);
        return [.. (arguments.Flag(0, "reverse") ? keyed.OrderByDescending(pair => pair.Key, order)
            : keyed.OrderBy(pair => pair.Key, order)).Select(pair => pair.Item)];
    }

    private IEnumerable<object?> Unique(object? value, JinjaCallArguments arguments)
    {
        var part = Part(arguments.Optional(1, "attribute"), arguments.Flag(0, "case_sensitive"));
        var seen = new List<object?>();
        foreach (var item in values.Items(value))
        {
            var key = part(item);
            if (!seen.Exists(other => values.Equal(other, key)))
            {
                seen.Add(key);
                yield return item;
            }
        }
    }

    private List<object?> DictSort(object? value, JinjaCallArguments arguments)
    {
        var dict = value as JinjaDict ?? throw new JinjaRefusal($"{JinjaValues.TypeName(value)} has no items");
        var part = Part(arguments.Optional(1, "by", "key") switch
        {
            "key" => 0L,
            "value" => 1L,
            _ => throw new JinjaRefusal("dictsort is by 'key' or 'value'"),
        }, arguments.Flag(0, "case_sensitive"));
        var order = Comparer<object?>.Create(values.Compare);
        var pairs = JinjaMethods.Pairs(dict);
        return [.. arguments.Flag(2, "reverse") ? pairs.OrderByDescending(part, order) : pairs.OrderBy(part, order)];
    }

    private IEnumerable<object?> Batches(object? value, JinjaCallArguments arguments)
    {
        var size = arguments.Number(0, "linecount", 0) is > 0 and var given ? given : throw new JinjaRefusal("batch needs a size above 0");
        foreach (var part in values.ToList(value).Chunk(size))
        {
            values.Spend(size);
            var filled = part.Length < size && arguments.Optional(1, "fill_with") is { } fill
                ? part.Concat(Enumerable.Repeat(fill, size - part.Length)) : part;
            yield return new JinjaList([.. filled]);
        }
    }

    // Lines are those that end with a line break; the last one counts although it has none.
    private string Indent(string text, JinjaCallArguments arguments)
    {
        var width = arguments.Optional(0, "width", 4L);
        values.SpendText(width is long blanks ? Math.Max(0, blanks) : 0);
        var indent = width as string ?? new string(' ', (int)Math.Max(0, JinjaValues.Whole(width)));
        var lines = text.Split('\n');
        values.SpendText(text.Length + ((long)lines.Length * indent.Length));
        var blank = arguments.Flag(2, "blank");
        var indented = lines.Select((line, i) => i == 0
            ? (arguments.Flag(1, "first") && (line.Length > 0 || blank) ? indent : string.Empty) + line
            : (line.Length > 0 || blank ? indent : string.Empty) + line);
        return string.Join('\n', indented);
    }

    private static object Number(string name, object? value, JinjaCallArguments arguments)
    {
        switch (name)
        {
            case "abs":
                return value is double real ? (object)Math.Abs(real) : Math.Abs(JinjaValues.Whole(value));
            case "float":
                return value is string text
                    ? double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed
                        : Fallback(0.0)
                    : JinjaValues.IsNumber(value) ? JinjaValues.Float(value) : Fallback(0.0);
            case "round":
                return Round(JinjaValues.Float(value), arguments.Number(0, "precision", 0), arguments.OptionalText(1, "method")
                    ?? "common");
            default:
                return value switch
                {
                    string digits when arguments.Number(1, "base", 10) != 10 =>
                        throw new JinjaRefusal($"whole numbers of base 10 only, found '{digits}'"),
                    string digits => long.TryParse(digits.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                        out var whole) ? whole
                        : double.TryParse(digits.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                            && double.IsFinite(number)
                            ? checked((long)number)
                            : Fallback(0L),
                    double number => checked((long)number),
                    _ when JinjaValues.IsNumber(value) => JinjaValues.Whole(value),
                    _ => Fallback(0L),
                };
        }

        object Fallback(object zero) => arguments.Optional(0, "default", zero) ?? throw new JinjaRefusal("the default must be a number");
    }

    private static double Round(double number, int precision, string method)
    {
        if (precision is < 0 or > 15)
        {
            throw new JinjaRefusal("round to 0 to 15 places is supported");
        }

        var scale = Math.Pow(10, precision);
        return method switch
        {
            // Python rounds the exact value of the number, halves to the even digit.
            "common" => Math.Abs(number) < 1e12 ? (double)Math.Round(Exact(number), precision, MidpointRounding.ToEven) : number,
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw new JinjaRefusal("the method of round is common, ceil or floor"),
        };
    }

    private static decimal Exact(double number) =>
        decimal.Parse(number.ToString("F25", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private string Json(object? value, JinjaCallArguments arguments)
    {
        if (arguments.Flag(0, "ensure_ascii"))
        {
            throw new JinjaRefusal("tojson with ensure_ascii is not supported");
        }

        int? indent = arguments.Optional(1, "indent") is null ? null : arguments.Number(1, "indent", 0);
        var separators = arguments.Optional(2, "separators") switch
        {
            null => (indent is null ? ", " : ",", ": "),
            JinjaList { Items: [string item, string key] } => (item, key),
            _ => throw new JinjaRefusal("separators are two texts"),
        };
        return values.Json(value, indent, arguments.Flag(3, "sort_keys"), separators);
    }
}
