using System.Globalization;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// Reads what Python's <c>ast.literal_eval</c> reads: None, booleans, numbers, texts, lists, tuples, dictionaries and sets.
/// Judges answer in this form as often as in JSON. Values are null, bool, long, BigInteger, double, string, List (list), array (tuple and
/// set) and Dictionary.
/// </summary>
internal ref partial struct PythonLiteral
{
    private const int Deepest = 100;

    private readonly string _text;
    private int _at;
    private int _brackets;

    private PythonLiteral(string text) => _text = text;

    /// <summary>The value.</summary>
    /// <param name="text">An expression without names or calls.</param>
    /// <exception cref="FormatException">It is none.</exception>
    internal static object? Parse(string text)
    {
        var reader = new PythonLiteral(text.TrimStart(' ', '\t'));
        reader.SkipBlankLines();
        var value = reader.Tuple();
        reader._brackets = 1;
        reader.Space();
        return reader._at == reader._text.Length ? value : throw reader.Bad("the end");
    }

    /// <summary>The number that <c>float(text)</c> makes.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    internal static double Float(string text)
    {
        var trimmed = text.Trim();
        var unsigned = trimmed.TrimStart('+', '-');
        if (trimmed.Length - unsigned.Length <= 1)
        {
            var sign = trimmed.StartsWith('-') ? -1 : 1;
            switch (unsigned.ToLowerInvariant())
            {
                case "inf" or "infinity":
                    return sign * double.PositiveInfinity;
                case "nan":
                    return double.NaN;
            }
        }

        return double.TryParse(Ungrouped(trimmed), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && unsigned.Length > 0
            && !char.IsLetter(unsigned[0]) ? number : throw new FormatException($"'{text}' is no number.");
    }

    // Single underscores between digits group them.
    private static string Ungrouped(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '_' && (i == 0 || i == text.Length - 1 || !char.IsAsciiHexDigit(text[i - 1])
                || !char.IsAsciiHexDigit(text[i + 1])))
            {
                throw new FormatException($"'{text}' is no number.");
            }
        }

        return text.Replace("_", string.Empty, StringComparison.Ordinal);
    }

    private readonly FormatException Bad(string expected) => new(Invariant($"{expected} was expected at character {_at + 1}."));

    private readonly char Next => _at < _text.Length ? _text[_at] : '\0';

    private void SkipBlankLines()
    {
        var start = _at;
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\r' or '\n')
        {
            start = _text[_at++] == '\n' ? _at : start;
        }

        // A first line that is indented is refused.
        if (start > 0 && _at > start)
        {
            throw Bad("a line that is not indented");
        }
    }

    // Lines end an expression outside of brackets only.
    private void Space()
    {
        while (Next is ' ' or '\t' or '\f' or '#' || (_brackets > 0 && Next is '\r' or '\n'))
        {
            if (Next != '#')
            {
                _at++;
                continue;
            }

            while (_at < _text.Length && Next != '\n')
            {
                _at++;
            }
        }
    }

    private bool Take(char sign)
    {
        Space();
        if (Next != sign)
        {
            return false;
        }

        _at++;
        return true;
    }

    private object? Tuple()
    {
        var first = Value();
        if (!Take(','))
        {
            return first;
        }

        var items = new List<object?> { first };
        Space();
        while (_at < _text.Length && Next is not (')' or '\n' or '\r'))
        {
            items.Add(Value());
            if (!Take(','))
            {
                break;
            }

            Space();
        }

        return items.ToArray();
    }

    private object? Value()
    {
        Space();
        return Next switch
        {
            '[' => Bracketed(']'),
            '(' => Parenthesis(),
            '{' => Braces(),
            '+' or '-' => Signed(),
            '.' or (>= '0' and <= '9') => Number(),
            '\'' or '"' => Texts(),
            _ => Word(),
        };
    }

    private void Open()
    {
        _at++;
        if (++_brackets > Deepest)
        {
            throw Bad("less nesting");
        }
    }

    private List<object?> Bracketed(char end)
    {
        Open();
        var items = new List<object?>();
        while (!Take(end))
        {
            items.Add(Value());
            if (!Take(',') && Next != end)
            {
                throw Bad($"',' or '{end}'");
            }
        }

        _brackets--;
        return items;
    }

    private object? Parenthesis()
    {
        Open();
        if (Take(')'))
        {
            _brackets--;
            return Array.Empty<object?>();
        }

        var value = Tuple();
        if (!Take(')'))
        {
            throw Bad("')'");
        }

        _brackets--;
        return value;
    }

    private object Braces()
    {
        Open();
        var (keys, values) = (new List<object?>(), new List<object?>());
        while (!Take('}'))
        {
            keys.Add(Value());
            if (Take(':'))
            {
                values.Add(Value());
            }

            if (!Take(',') && Next != '}')
            {
                throw Bad("',' or '}'");
            }
        }

        _brackets--;
        if (keys.Exists(key => key is List<object?> or Dictionary<object, object?>) || (values.Count > 0 && values.Count != keys.Count))
        {
            throw Bad("a dictionary or a set");
        }

        return keys.Count > 0 && values.Count == 0 ? keys.ToArray() : Dictionary(keys, values);
    }

    private static Dictionary<object, object?> Dictionary(List<object?> keys, List<object?> values)
    {
        var dictionary = new Dictionary<object, object?>();
        for (var i = 0; i < keys.Count; i++)
        {
            dictionary[keys[i] ?? DBNull.Value] = values[i];
        }

        return dictionary;
    }
}
