using System.Globalization;
using System.Numerics;
using System.Text;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// Reads what Python's <c>ast.literal_eval</c> reads: None, booleans, numbers, texts, lists, tuples, dictionaries and sets.
/// Judges answer in this form as often as in JSON. Values are null, bool, long, BigInteger, double, string, List (list), array (tuple and
/// set) and Dictionary.
/// </summary>
internal ref struct PythonLiteral
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

    private object Signed()
    {
        var sign = _text[_at++];
        if (++_brackets > Deepest)
        {
            throw Bad("fewer signs");
        }

        var value = Value();
        _brackets--;
        return (sign, value) switch
        {
            ('+', long or double or BigInteger) => value,
            (_, long whole) => -whole,
            (_, double real) => -real,
            (_, BigInteger big) => -big,
            _ => throw Bad("a number"),
        };
    }

    private object Number()
    {
        var start = _at;
        var isBased = _text.AsSpan(start).StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        while (char.IsAsciiLetterOrDigit(Next) || Next is '.' or '_' || (Next is '+' or '-' && _text[_at - 1] is 'e' or 'E' && !isBased))
        {
            _at++;
        }

        var text = Ungrouped(_text[start.._at]).ToLowerInvariant();
        if (text.Length > 2 && text[0] == '0' && text[1] is 'x' or 'o' or 'b')
        {
            return Whole(Based(text[2..], text[1] switch { 'x' => 16, 'o' => 8, _ => 2 }));
        }

        if (!text.All(char.IsAsciiDigit))
        {
            return Float(text);
        }

        var whole = BigInteger.Parse(text, CultureInfo.InvariantCulture);
        return text[0] == '0' && !whole.IsZero ? throw Bad("a number without leading zeros") : Whole(whole);
    }

    private static object Whole(BigInteger value)
    {
        if (value <= long.MaxValue)
        {
            return long.CreateChecked(value);
        }

        return value;
    }

    private readonly BigInteger Based(string digits, int radix)
    {
        var value = BigInteger.Zero;
        foreach (var digit in digits)
        {
            var worth = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            value = worth < radix ? (value * radix) + worth : throw Bad("a digit");
        }

        return value;
    }

    private object? Word()
    {
        var start = _at;
        while (char.IsLetterOrDigit(Next) || Next == '_')
        {
            _at++;
        }

        var word = _text[start.._at];
        if (Next is '\'' or '"' && word.ToLowerInvariant() is "r" or "u")
        {
            _at = start;
            return Texts();
        }

        return word switch
        {
            "None" => null,
            "True" => true,
            "False" => false,
            _ => throw Bad("a literal"),
        };
    }

    // Neighbours are one text.
    private string Texts()
    {
        var read = new StringBuilder();
        do
        {
            var raw = Next is 'r' or 'R';
            _at += Next is '\'' or '"' ? 0 : 1;
            Quoted(read, raw);
            Space();
        }
        while (Next is '\'' or '"' || (Next is 'r' or 'R' or 'u' or 'U' && _at + 1 < _text.Length && _text[_at + 1] is '\'' or '"'));
        return read.ToString();
    }

    private void Quoted(StringBuilder read, bool raw)
    {
        var quote = _text.AsSpan(_at).StartsWith(new string(Next, 3)) ? new string(Next, 3) : Next.ToString();
        _at += quote.Length;
        while (!_text.AsSpan(_at).StartsWith(quote))
        {
            if (_at >= _text.Length || (quote.Length == 1 && Next is '\n' or '\r'))
            {
                throw Bad("the end of the text");
            }

            if (Next != '\\')
            {
                read.Append(_text[_at++]);
            }
            else if (raw && _at + 1 < _text.Length)
            {
                read.Append(_text, _at, 2);
                _at += 2;
            }
            else
            {
                Escape(read);
            }
        }

        _at += quote.Length;
    }

    private void Escape(StringBuilder read)
    {
        _at++;
        var sign = Next;
        var digits = sign switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            if (_at + digits >= _text.Length || !int.TryParse(
                _text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    || code > 0x10ffff)
            {
                throw Bad("an escape");
            }

            read.Append(Rune.IsValid(code) ? new Rune(code).ToString() : ((char)code).ToString());
            _at += digits + 1;
            return;
        }

        if (sign is >= '0' and <= '7')
        {
            var value = 0;
            for (var i = 0; i < 3 && Next is >= '0' and <= '7'; i++)
            {
                value = (value * 8) + (_text[_at++] - '0');
            }

            read.Append((char)value);
            return;
        }

        // An unknown escape stands for itself, with its backslash.
        read.Append(sign switch
        {
            'n' => "\n",
            't' => "\t",
            'r' => "\r",
            'a' => "\a",
            'b' => "\b",
            'f' => "\f",
            'v' => "\v",
            '\\' or '\'' or '"' => sign.ToString(),
            '\n' => string.Empty,
            '\0' or 'N' => throw Bad("an escape"),
            _ => $"\\{sign}",
        });
        _at++;
    }
}
