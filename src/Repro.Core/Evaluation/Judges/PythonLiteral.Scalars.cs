using System.Globalization;
using System.Numerics;
using System.Text;

namespace Repro.Core.Evaluation.Judges;

/// <summary>Numbers, words and texts.</summary>
internal ref partial struct PythonLiteral
{
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
