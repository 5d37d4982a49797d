using System.Globalization;
using System.Text;

namespace Repro.Core.Chat.Jinja;

/// <summary>
/// Cuts a template into tokens as Jinja 3.1 does with <c>trim_blocks</c> and <c>lstrip_blocks</c>, which transformers sets for chat
/// templates: the line break after a block goes, and so do blanks before a block that is the first on its line.
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly string[] _operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",",
            ";"];

    private readonly JinjaSource _source;
    private readonly string _text;
    private readonly List<JinjaToken> _tokens = [];
    private int _at;

    private JinjaLexer(JinjaSource source) => (_source, _text) = (source, source.Text);

    /// <summary>All tokens, the last one of kind <see cref="JinjaTokenKind.End"/>.</summary>
    internal static IReadOnlyList<JinjaToken> Read(JinjaSource source)
    {
        var lexer = new JinjaLexer(source);
        lexer.ReadTemplate();
        lexer.Add(JinjaTokenKind.End, string.Empty, source.Text.Length);
        return lexer._tokens;
    }

    /// <summary>White space as Python has it: also U+001C to U+001F.</summary>
    internal static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1C' and <= '\x1F';

    private void Add(JinjaTokenKind kind, string text, int at) => _tokens.Add(new JinjaToken(kind, text, at));

    private void ReadTemplate()
    {
        while (_at < _text.Length)
        {
            var open = NextOpening();
            if (open == _text.Length)
            {
                AddText(_at, open);
                _at = open;
                return;
            }

            var sign = open + 2 < _text.Length && _text[open + 2] is '-' or '+' ? _text[open + 2] : ' ';
            AddText(_at, Stripped(_at, open, sign));
            _at = open + (sign == ' ' ? 2 : 3);
            switch (_text[open + 1])
            {
                case '#':
                    SkipComment(open);
                    break;
                case '%' when SkipTag("raw") is { } close:
                    ReadRaw(open, close);
                    break;
                case '%':
                    Add(JinjaTokenKind.BlockBegin, "{%", open);
                    ReadCode(open, "%}");
                    break;
                default:
                    Add(JinjaTokenKind.OutputBegin, "{{", open);
                    ReadCode(open, "}}");
                    break;
            }
        }
    }

    private int NextOpening()
    {
        for (var i = _text.IndexOf('{', _at); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
        {
            if (_text[i + 1] is '{' or '%' or '#')
            {
                return i;
            }
        }

        return _text.Length;
    }

    // Where the text before a tag ends.
    private int Stripped(int start, int end, char sign)
    {
        if (sign == '-')
        {
            while (end > start && IsSpace(_text[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && _text[end + 1] != '{')
        {
            var line = end;
            while (line > start && _text[line - 1] != '\n' && IsSpace(_text[line - 1]))
            {
                line--;
            }

            // The start of the text counts where a line starts there: after the line break that the tag before it took.
            return line == 0 || _text[line - 1] == '\n' ? line : end;
        }

        return end;
    }

    private void AddText(int start, int end)
    {
        if (end > start)
        {
            Add(JinjaTokenKind.Text, _text[start..end], start);
        }
    }

    private void SkipComment(int open)
    {
        var close = _text.IndexOf("#}", _at, StringComparison.Ordinal);
        if (close < 0)
        {
            throw _source.Error(open, "the comment '{#' has no '#}'");
        }

        _at = close + 2;
        AfterClosing(close > open + 2 ? _text[close - 1] : ' ', trims: true);
    }

    // The tag's closing, where the block at the current place is this tag alone.
    private int? SkipTag(string name)
    {
        var place = _at;
        while (place < _text.Length && IsSpace(_text[place]))
        {
            place++;
        }

        if (string.CompareOrdinal(_text, place, name, 0, name.Length) != 0)
        {
            return null;
        }

        place += name.Length;
        while (place < _text.Length && IsSpace(_text[place]))
        {
            place++;
        }

        var sign = place < _text.Length && _text[place] is '-' or '+' ? 1 : 0;
        return string.CompareOrdinal(_text, place + sign, "%}", 0, 2) == 0 ? place + sign : null;
    }

    private void ReadRaw(int open, int close)
    {
        _at = close + 2;
        AfterClosing(_text[close - 1], trims: false);
        var start = _at;
        for (var i = _text.IndexOf("{%", start, StringComparison.Ordinal); i >= 0; i = _text.IndexOf("{%", i + 2, StringComparison.Ordinal))
        {
            var sign = i + 2 < _text.Length && _text[i + 2] is '-' or '+' ? _text[i + 2] : ' ';
            _at = i + (sign == ' ' ? 2 : 3);
            if (SkipTag("endraw") is { } end)
            {
                AddText(start, Stripped(start, i, sign));
                _at = end + 2;
                AfterClosing(_text[end - 1], trims: true);
                return;
            }
        }

        throw _source.Error(open, "'raw' has no 'endraw'");
    }

    private void AfterClosing(char sign, bool trims)
    {
        if (sign == '-')
        {
            while (_at < _text.Length && IsSpace(_text[_at]))
            {
                _at++;
            }
        }
        else if (trims && sign != '+' && _at < _text.Length && _text[_at] == '\n')
        {
            _at++;
        }
    }

    private void ReadCode(int open, string closing)
    {
        var brackets = new Stack<char>();
        while (true)
        {
            while (_at < _text.Length && IsSpace(_text[_at]))
            {
                _at++;
            }

            if (_at >= _text.Length)
            {
                throw _source.Error(open, $"'{_text.Substring(open, 2)}' has no '{closing}'");
            }

            if (brackets.Count == 0 && Closes(closing))
            {
                return;
            }

            ReadToken(brackets);
        }
    }

    private bool Closes(string closing)
    {
        var sign = _text[_at] is '-' || (_text[_at] is '+' && closing == "%}") ? _text[_at] : ' ';
        var place = sign == ' ' ? _at : _at + 1;
        if (string.CompareOrdinal(_text, place, closing, 0, 2) != 0)
        {
            return false;
        }

        Add(closing == "%}" ? JinjaTokenKind.BlockEnd : JinjaTokenKind.OutputEnd, closing, _at);
        _at = place + 2;
        AfterClosing(sign, trims: closing == "%}");
        return true;
    }

    private void ReadToken(Stack<char> brackets)
    {
        var start = _at;
        var c = _text[_at];
        if (char.IsLetter(c) || c == '_')
        {
            while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_'))
            {
                _at++;
            }

            Add(JinjaTokenKind.Name, _text[start.._at], start);
        }
        else if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else
        {
            var found = Array.Find(_operators, text => string.CompareOrdinal(_text, start, text, 0, text.Length) == 0)
                ?? throw _source.Error(start, $"'{c}' is no token of Jinja");
            Balance(brackets, found, start);
            _at += found.Length;
            Add(JinjaTokenKind.Operator, found, start);
        }
    }

    private void Balance(Stack<char> brackets, string found, int start)
    {
        switch (found)
        {
            case "(" or "[" or "{":
                brackets.Push(found[0] switch { '(' => ')', '[' => ']', _ => '}' });
                break;
            case ")" or "]" or "}" when brackets.Count == 0 || brackets.Pop() != found[0]:
                throw _source.Error(start, $"'{found}' closes nothing");
        }
    }

    private void ReadNumber()
    {
        var start = _at;
        SkipDigits();
        var isFloat = _at + 1 < _text.Length && _text[_at] == '.' && char.IsAsciiDigit(_text[_at + 1]);
        if (isFloat)
        {
            _at++;
            SkipDigits();
        }

        var exponent = _at + 1 < _text.Length && _text[_at] is 'e' or 'E' ? _at + (_text[_at + 1] is '+' or '-' ? 2 : 1) : _text.Length;
        if (exponent < _text.Length && char.IsAsciiDigit(_text[exponent]))
        {
            isFloat = true;
            _at = exponent;
            SkipDigits();
        }

        if (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_'))
        {
            throw _source.Error(start, "the number is not a decimal one");
        }

        Add(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer,
            _text[start.._at].Replace("_", string.Empty, StringComparison.Ordinal), start);
    }

    private void SkipDigits()
    {
        while (_at < _text.Length
            && (char.IsAsciiDigit(_text[_at]) || (_text[_at] == '_' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]))))
        {
            _at++;
        }
    }

    private void ReadString(char quote)
    {
        var start = _at++;
        var text = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            if (_text[_at] == '\\' && _at + 1 < _text.Length)
            {
                ReadEscape(text);
            }
            else
            {
                text.Append(_text[_at++]);
            }
        }

        if (_at >= _text.Length)
        {
            throw _source.Error(start, $"the text that starts here has no closing {quote}");
        }

        _at++;
        Add(JinjaTokenKind.String, text.ToString(), start);
    }

    private void ReadEscape(StringBuilder text)
    {
        var start = _at;
        var c = _text[_at + 1];
        _at += 2;
        switch (c)
        {
            case '\n':
                break;
            case '\\' or '\'' or '"':
                text.Append(c);
                break;
            case 'n' or 't' or 'r' or 'b' or 'f' or 'v' or 'a':
                text.Append(c switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', 'v' => '\v', _ => '\a' });
                break;
            case >= '0' and <= '7':
                _at--;
                ReadOctal(text);
                break;
            case 'x' or 'u' or 'U':
                ReadCode(text, start, c switch { 'x' => 2, 'u' => 4, _ => 8 });
                break;
            case 'N':
                throw _source.Error(start, "characters by name (\\N) are not supported");
            default:
                text.Append('\\').Append(c);
                break;
        }
    }

    private void ReadOctal(StringBuilder text)
    {
        var value = 0;
        for (var digits = 0; digits < 3 && _at < _text.Length && _text[_at] is >= '0' and <= '7'; digits++)
        {
            value = (value * 8) + (_text[_at++] - '0');
        }

        text.Append((char)value);
    }

    private void ReadCode(StringBuilder text, int start, int digits)
    {
        if (_at + digits > _text.Length
            || !int.TryParse(_text.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code is < 0 or > 0x10FFFF)
        {
            throw _source.Error(start, Invariant($"an escape of {digits} hexadecimal digits that is a character was expected"));
        }

        _at += digits;
        text.Append(code <= 0xFFFF ? ((char)code).ToString() : char.ConvertFromUtf32(code));
    }
}
