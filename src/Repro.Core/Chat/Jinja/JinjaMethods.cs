using System.Text;

namespace Repro.Core.Chat.Jinja;

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
