using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>What a call was given.</summary>
internal sealed class JinjaCallArguments(JinjaValues values, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named)
{
    internal int Count => positional.Count;

    internal IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>An argument by place; none where there are fewer.</summary>
    internal object? At(int place) => place < positional.Count ? positional[place] : null;

    internal bool Has(int place, string name) => place < positional.Count || named.ContainsKey(name);

    internal object? Optional(int place, string name, object? fallback = null) =>
        place < positional.Count ? positional[place] : named.TryGetValue(name, out var value) ? value : fallback;

    internal object? Required(int place, string name) =>
        Has(place, name) ? Optional(place, name) : throw new JinjaRefusal($"the argument '{name}' is missing");

    internal string Text(int place, string name) => Required(place, name) as string
        ?? throw new JinjaRefusal($"'{name}' must be a text, found {JinjaValues.TypeName(Optional(place, name))}");

    internal string? OptionalText(int place, string name) => Optional(place, name) is null ? null : Text(place, name);

    internal int Number(int place, string name, int fallback) =>
        Has(place, name) && Optional(place, name) is { } value ? (int)Math.Clamp(JinjaValues.Whole(value), int.MinValue, int.MaxValue)
            : fallback;

    internal bool Flag(int place, string name, bool fallback = false) =>
        Has(place, name) ? JinjaValues.Truth(Optional(place, name)) : fallback;

    /// <summary>Those behind the first ones.</summary>
    internal JinjaCallArguments After(int count) => new(values, [.. positional.Skip(count)], named);

    /// <summary>Refuses arguments beside those that are known.</summary>
    internal JinjaCallArguments Known(int most, params string[] names)
    {
        if (positional.Count > most)
        {
            throw new JinjaRefusal(Invariant($"at most {most} arguments are supported, found {positional.Count}"));
        }

        return named.Keys.FirstOrDefault(name => !names.Contains(name)) is { } unknown
            ? throw new JinjaRefusal($"the argument '{unknown}' is not supported")
            : this;
    }
}

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

/// <summary>Methods of Python's texts, lists and mappings that change nothing.</summary>
internal static class JinjaMethods
{
    private static readonly string[] _ofTexts =
    [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith", "upper", "lower", "capitalize", "title",
            "replace",
        "find", "rfind", "index", "count", "join", "isdigit", "isalpha", "isalnum", "isspace", "isupper", "islower", "removeprefix",
            "removesuffix",
        "partition", "rpartition", "zfill", "ljust", "rjust", "center",
    ];

    private static readonly string[] _refusedOfTexts =
    [
        "encode", "format", "format_map", "casefold", "swapcase", "expandtabs", "maketrans", "translate", "isascii", "isdecimal",
            "isnumeric",
        "isidentifier", "isprintable", "istitle", "rindex",
    ];

    private static readonly string[] _ofLists = ["index", "count"];
    private static readonly string[] _refusedOfLists = ["append", "extend", "insert", "pop", "remove", "clear", "sort", "reverse", "copy"];
    private static readonly string[] _ofDicts = ["items", "keys", "values", "get"];
    private static readonly string[] _refusedOfDicts = ["update", "pop", "popitem", "setdefault", "clear", "copy", "fromkeys"];

    /// <summary>The method of a value; null where it has none of that name.</summary>
    /// <exception cref="JinjaRefusal">Python has it, but it is not supported here, or it changes the value.</exception>
    internal static JinjaFunction? Find(object? target, string name)
    {
        if (name.StartsWith("__", StringComparison.Ordinal))
        {
            throw new JinjaRefusal($"'{name}': templates have no access to the inside of values");
        }

        var (own, refused) = target switch
        {
            string => (_ofTexts, _refusedOfTexts),
            JinjaList => (_ofLists, _refusedOfLists),
            JinjaDict => (_ofDicts, _refusedOfDicts),
            _ => ([], []),
        };
        return own.Contains(name) ? new JinjaFunction(name, target)
            : refused.Contains(name) && !(target is JinjaDict dict && dict.Pairs.ContainsKey(name))
                ? throw new JinjaRefusal($"the method '{name}' of {JinjaValues.TypeName(target)} is not supported")
            : null;
    }

    internal static IEnumerable<object?> Pairs(JinjaDict dict) =>
        dict.Pairs.Select(pair => (object?)new JinjaList([pair.Key, pair.Value], isTuple: true));

    internal static object? Call(JinjaValues values, JinjaFunction method, JinjaCallArguments arguments) => method.Owner switch
    {
        string text => JinjaTexts.Call(values, text, method.Name, arguments),
        JinjaDict dict => Call(dict, method.Name, arguments),
        JinjaList list when method.Name == "count" => list.Items.LongCount(item => values.Equal(item, arguments.Required(0, "value"))),
        JinjaList list => list.Items.ToList().FindIndex(item => values.Equal(item, arguments.Required(0, "value"))) is >= 0 and var place
            ? (long)place
            : throw new JinjaRefusal("the list has no such item"),
        _ => throw new JinjaRefusal($"'{method.Name}' cannot be called"),
    };

    private static object? Call(JinjaDict dict, string name, JinjaCallArguments arguments) => name switch
    {
        "items" => new JinjaList([.. Pairs(dict)]),
        "keys" => new JinjaList([.. dict.Pairs.Keys]),
        "values" => new JinjaList([.. dict.Pairs.Values]),
        _ => arguments.Required(0, "key") is { } key and (string or long) && dict.Pairs.TryGetValue(key, out var value) ? value
            : arguments.At(1),
    };
}

/// <summary>What Python does with texts.</summary>
internal static class JinjaTexts
{
    internal static object? Call(JinjaValues values, string text, string name, JinjaCallArguments arguments)
    {
        values.SpendText(text.Length);
        switch (name)
        {
            case "strip" or "lstrip" or "rstrip":
                return Strip(text, arguments.OptionalText(0, "chars"), name != "rstrip", name != "lstrip");
            case "split":
                return Split(values, text, arguments.OptionalText(0, "sep"), arguments.Number(1, "maxsplit", -1));
            case "rsplit":
                return SplitFromEnd(values, text, arguments.OptionalText(0, "sep"), arguments.Number(1, "maxsplit", -1));
            case "splitlines":
                return SplitLines(values, text, arguments.Flag(0, "keepends"));
            case "startswith" or "endswith":
                string[] ends = arguments.At(0) is JinjaList { IsTuple: true } several
                    ? [.. several.Items.Select(item => item as string ?? throw new JinjaRefusal($"{name} takes texts"))]
                    : [arguments.Text(0, "prefix")];
                return arguments.Count > 1 ? throw new JinjaRefusal($"{name} with a start is not supported")
                    : Array.Exists(ends, end =>
                        name == "endswith" ? text.EndsWith(end, StringComparison.Ordinal) : text.StartsWith(end, StringComparison.Ordinal));
            case "upper" or "lower" or "capitalize" or "title":
                return Cased(name, text);
            case "replace":
                return Replace(values, text, arguments.Text(0, "old"), arguments.Text(1, "new"), arguments.Number(2, "count", -1));
            case "find" or "rfind" or "index" or "count":
                return Find(name, text, arguments.Text(0, "sub"), arguments);
            case "join":
                return Join(values, text, arguments.Required(0, "iterable"));
            case "removeprefix":
                return arguments.Text(0, "prefix") is var prefix && text.StartsWith(prefix, StringComparison.Ordinal)
                    ? text[prefix.Length..] : text;
            case "removesuffix":
                return arguments.Text(0, "suffix") is { Length: > 0 } suffix && text.EndsWith(suffix, StringComparison.Ordinal)
                    ? text[..^suffix.Length]
                    : text;
            case "partition" or "rpartition":
                return Partition(text, arguments.Text(0, "sep"), fromEnd: name == "rpartition");
            case "zfill":
                return ZeroFill(values, text, arguments.Number(0, "width", 0));
            case "ljust" or "rjust" or "center":
                var fill = arguments.OptionalText(1, "fillchar") ?? " ";
                return Pad(values, text, arguments.Number(0, "width", 0), fill is [var only] ? only
                    : throw new JinjaRefusal("one character fills"), name);
            default:
                return IsMade(text, name);
        }
    }

    private static bool IsMade(string text, string name) => name switch
    {
        "isupper" => JinjaBuiltins.IsUpper(text),
        "islower" => JinjaBuiltins.IsLower(text),
        "isspace" => text.Length > 0 && text.All(JinjaLexer.IsSpace),
        "isdigit" => text.Length > 0 && text.All(char.IsDigit),
        "isalpha" => text.Length > 0 && text.All(char.IsLetter),
        _ => text.Length > 0 && text.All(char.IsLetterOrDigit),
    };

    internal static string Strip(string text, string? characters, bool left, bool right)
    {
        bool Goes(char c) => characters is null ? JinjaLexer.IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        var (start, end) = (0, text.Length);
        while (left && start < end && Goes(text[start]))
        {
            start++;
        }

        while (right && end > start && Goes(text[end - 1]))
        {
            end--;
        }

        return text[start..end];
    }

    internal static string Cased(string name, string text) => name switch
    {
        "upper" => text.ToUpperInvariant().Replace("ß", "SS", StringComparison.Ordinal),
        "lower" => text.ToLowerInvariant(),
        "capitalize" => text.Length == 0 ? text : Cased("upper", text[..1]) + text[1..].ToLowerInvariant(),
        _ => Title(text),
    };

    // Python's method: a letter after anything but a letter is large.
    private static string Title(string text)
    {
        var made = new StringBuilder(text.Length);
        var inside = false;
        foreach (var c in text)
        {
            made.Append(inside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inside = char.IsLetter(c);
        }

        return made.ToString();
    }

    /// <summary>Jinja's filter: a letter is large after white space, a hyphen or an opening bracket.</summary>
    internal static string FilterTitle(string text)
    {
        var made = new StringBuilder(text.Length);
        var inside = false;
        foreach (var c in text)
        {
            made.Append(inside ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inside = !(JinjaLexer.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<');
        }

        return made.ToString();
    }

    internal static string Replace(JinjaValues values, string text, string old, string replacement, int count)
    {
        var places = new List<int>();
        if (old.Length == 0)
        {
            throw new JinjaRefusal("replacing an empty text is not supported");
        }

        for (var i = text.IndexOf(old, StringComparison.Ordinal); i >= 0
            && places.Count != count; i = text.IndexOf(old, i + old.Length, StringComparison.Ordinal))
        {
            places.Add(i);
        }

        values.SpendText(text.Length + ((long)places.Count * Math.Max(0, replacement.Length - old.Length)));
        var made = new StringBuilder();
        var from = 0;
        foreach (var place in places)
        {
            made.Append(text, from, place - from).Append(replacement);
            from = place + old.Length;
        }

        return made.Append(text, from, text.Length - from).ToString();
    }

    internal static string Pad(JinjaValues values, string text, int width, char fill, string side)
    {
        var missing = width - (int)JinjaValues.TextLength(text);
        if (missing <= 0)
        {
            return text;
        }

        values.SpendText(width);
        var left = side switch { "ljust" => 0, "rjust" => missing, _ => (missing / 2) + (missing & width & 1) };
        return new string(fill, left) + text + new string(fill, missing - left);
    }

    private static string ZeroFill(JinjaValues values, string text, int width)
    {
        var signed = text.StartsWith('-') || text.StartsWith('+');
        return signed ? text[..1] + Pad(values, text[1..], width - 1, '0', "rjust") : Pad(values, text, width, '0', "rjust");
    }

    private static JinjaList Texts(JinjaValues values, List<string> parts)
    {
        values.Spend(parts.Count);
        return new JinjaList([.. parts]);
    }

    private static JinjaList Split(JinjaValues values, string text, string? separator, int most)
    {
        var parts = new List<string>();
        if (separator is { Length: 0 })
        {
            throw new JinjaRefusal("a text cannot be split at nothing");
        }

        var start = 0;
        while (separator is not null && parts.Count != most && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0
            and var place)
        {
            parts.Add(text[start..place]);
            start = place + separator.Length;
        }

        if (separator is not null)
        {
            parts.Add(text[start..]);
            return Texts(values, parts);
        }

        text = Strip(text, null, left: true, right: false);
        while (text.Length > start)
        {
            var end = start;
            while (end < text.Length && (parts.Count == most || !JinjaLexer.IsSpace(text[end])))
            {
                end++;
            }

            parts.Add(text[start..end]);
            start = end;
            while (start < text.Length && JinjaLexer.IsSpace(text[start]))
            {
                start++;
            }
        }

        return Texts(values, parts);
    }

    private static JinjaList SplitFromEnd(JinjaValues values, string text, string? separator, int most)
    {
        if (most < 0)
        {
            return Split(values, text, separator, most);
        }

        if (separator is not { Length: > 0 })
        {
            throw new JinjaRefusal("rsplit at white space with a limit is not supported");
        }

        var parts = new List<string>();
        var end = text.Length;
        while (parts.Count != most && end > 0 && text[..end].LastIndexOf(separator, StringComparison.Ordinal) is >= 0 and var place)
        {
            values.SpendText(end);
            parts.Insert(0, text[(place + separator.Length)..end]);
            end = place;
        }

        parts.Insert(0, text[..end]);
        return Texts(values, parts);
    }

    private static JinjaList SplitLines(JinjaValues values, string text, bool keep)
    {
        var lines = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '\n' or '\r' or '\v' or '\f' or (>= '\x1C' and <= '\x1E') or '\x85' or '\u2028' or '\u2029')
            {
                var end = i;
                i += text[i] == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
                lines.Add(text[start..(keep ? i + 1 : end)]);
                start = i + 1;
            }
        }

        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }

        return Texts(values, lines);
    }

    private static long Find(string name, string text, string part, JinjaCallArguments arguments)
    {
        if (arguments.Count > 1)
        {
            throw new JinjaRefusal($"{name} with a start is not supported");
        }

        if (name == "count")
        {
            return part.Length == 0 ? JinjaValues.TextLength(text) + 1 : (long)(text.Split(part).Length - 1);
        }

        var place = name == "rfind" ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        return place >= 0 ? JinjaValues.TextLength(text[..place])
            : name == "index" ? throw new JinjaRefusal("the text has no such part")
            : -1L;
    }

    private static string Join(JinjaValues values, string separator, object? items)
    {
        var parts = values.ToList(items)
            .Select(item => item as string ?? throw new JinjaRefusal($"join of texts, found {JinjaValues.TypeName(item)}")).ToList();
        values.SpendText(parts.Sum(part => (long)part.Length + separator.Length));
        return string.Join(separator, parts);
    }

    private static JinjaList Partition(string text, string separator, bool fromEnd)
    {
        var place = separator.Length == 0 ? throw new JinjaRefusal("a text cannot be split at nothing")
            : fromEnd ? text.LastIndexOf(separator, StringComparison.Ordinal)
            : text.IndexOf(separator, StringComparison.Ordinal);
        string[] parts = place >= 0 ? [text[..place], separator, text[(place + separator.Length)..]]
            : fromEnd ? [string.Empty, string.Empty, text]
            : [text, string.Empty, string.Empty];
        return new JinjaList(parts, isTuple: true);
    }
}
