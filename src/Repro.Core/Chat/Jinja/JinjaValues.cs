namespace Repro.Core.Chat.Jinja;

/// <summary>What Python does with values, at a cost that is counted.</summary>
internal sealed partial class JinjaValues(JinjaLimits limits)
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
}
