using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>
/// Writes regular expressions of <c>tokenizer.json</c>, which are Oniguruma's, for .NET: possessive quantifiers as atomic groups, the Han
/// script as its ranges. What .NET would read in another way is refused.
/// </summary>
internal static class RegexTranslation
{
    // The script's characters up to U+FFFF (Unicode 15); those beyond are ideographs, for which one of these stands.
    private const string Han =
        @"\u2E80-\u2E99\u2E9B-\u2EF3\u2F00-\u2FD5\u3005\u3007\u3021-\u3029\u3038-\u303B\u3400-\u4DBF\u4E00-\u9FFF"
        + @"\uF900-\uFA6D\uFA70-\uFAD9";

    private static readonly string[] _han = [@"\p{Han}", @"\p{Script=Han}", @"\p{IsHan}"];

    /// <summary>Whether a pattern names the Han script.</summary>
    public static bool AsksForHan(string pattern) => Array.Exists(_han, name => pattern.Contains(name, StringComparison.Ordinal));

    /// <summary>The pattern as .NET takes it.</summary>
    /// <param name="pattern">The pattern of the file.</param>
    /// <exception cref="ArgumentException">It asks for something that .NET lacks, or its brackets do not match.</exception>
    public static string ToDotNet(string pattern)
    {
        var written = new StringBuilder(pattern.Length);
        var groups = new Stack<int>();
        int atom = -1;
        for (int i = 0; i < pattern.Length;)
        {
            switch (pattern[i])
            {
                case '[':
                    atom = written.Length;
                    i = Class(pattern, i, written);
                    break;
                case '(':
                    groups.Push(written.Length);
                    atom = -1;
                    i = Copy(pattern, i, i + 1 < pattern.Length && pattern[i + 1] == '?' ? 2 : 1, written);
                    break;
                case ')':
                    atom = groups.TryPop(out int start) ? start : throw new ArgumentException("a bracket is closed that was not opened");
                    i = Copy(pattern, i, 1, written);
                    break;
                case '*' or '+' or '?' or '{':
                    i = Quantifier(pattern, i, atom, written);
                    atom = -1;
                    break;
                case '\\':
                    atom = written.Length;
                    i = Escape(pattern, i, isClass: false, written);
                    break;
                default:
                    atom = written.Length;
                    i = Copy(pattern, i, 1, written);
                    break;
            }
        }

        return written.ToString();
    }

    private static int Copy(string pattern, int start, int length, StringBuilder written)
    {
        written.Append(pattern, start, Math.Min(length, pattern.Length - start));
        return start + length;
    }

    private static int Quantifier(string pattern, int start, int atom, StringBuilder written)
    {
        int end = pattern[start] == '{' ? pattern.IndexOf('}', start) : start;
        if (end < 0)
        {
            throw new ArgumentException("a { is not closed");
        }

        char next = end + 1 < pattern.Length ? pattern[end + 1] : '\0';
        if (next != '+')
        {
            return Copy(pattern, start, end + 1 - start + (next == '?' ? 1 : 0), written);
        }

        if (pattern[start] == '{' || atom < 0)
        {
            throw new ArgumentException("a + after a quantifier in braces is not supported");
        }

        written.Insert(atom, "(?>").Append(pattern[start]).Append(')');
        return end + 2;
    }

    private static int Class(string pattern, int start, StringBuilder written)
    {
        int i = Copy(pattern, start, start + 1 < pattern.Length && pattern[start + 1] == '^' ? 2 : 1, written);
        for (bool first = true; i < pattern.Length; first = false)
        {
            if (pattern[i] == ']' && !first)
            {
                return Copy(pattern, i, 1, written);
            }

            if (pattern[i] == '[' || (pattern[i] == '&' && i + 1 < pattern.Length && pattern[i + 1] == '&'))
            {
                throw new ArgumentException("classes within classes and intersections of classes are not supported");
            }

            i = pattern[i] == '\\' ? Escape(pattern, i, isClass: true, written) : Copy(pattern, i, 1, written);
        }

        throw new ArgumentException("a [ is not closed");
    }

    private static int Escape(string pattern, int start, bool isClass, StringBuilder written)
    {
        char kind = start + 1 < pattern.Length ? pattern[start + 1] : throw new ArgumentException("a \\ stands at the end");
        if (kind is 'x' or 'u')
        {
            return Copy(pattern, start, kind == 'x' ? 4 : 6, written);
        }

        if (kind is not ('p' or 'P') || start + 2 >= pattern.Length || pattern[start + 2] != '{'
            || pattern.IndexOf('}', start) is not (> 0 and var end))
        {
            return Copy(pattern, start, 2, written);
        }

        string name = pattern[start..(end + 1)];
        if (!AsksForHan(name.Replace(@"\P", @"\p", StringComparison.Ordinal)))
        {
            return Copy(pattern, start, name.Length, written);
        }

        if (kind == 'P' && isClass)
        {
            throw new ArgumentException(@"\P{Han} within a class is not supported");
        }

        written.Append(isClass ? Han : kind == 'p' ? $"[{Han}]" : $"[^{Han}]");
        return end + 1;
    }
}
