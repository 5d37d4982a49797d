using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Cuts by a regular expression; text between matches is left out, special tokens stand for themselves.</summary>
public sealed class RegexPreTokenizer : PreTokenizer
{
    private readonly Regex _regex;
    private readonly Regex? _specials;

    public RegexPreTokenizer(Regex regex, IReadOnlyDictionary<string, int>? specialTokens)
    {
        ArgumentNullException.ThrowIfNull(regex);
        _regex = regex;
        _specials = SpecialTokens.Pattern(specialTokens?.Keys);
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => Split(text);

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Split(text.ToString());

    private List<(int Offset, int Length)> Split(string text)
    {
        var pieces = new List<(int, int)>();
        foreach ((int start, int end, bool special) in SpecialTokens.Cut(text, _specials))
        {
            if (special)
            {
                pieces.Add((start, end - start));
                continue;
            }

            foreach (ValueMatch match in _regex.EnumerateMatches(text.AsSpan(start, end - start)))
            {
                pieces.Add((start + match.Index, match.Length));
            }
        }

        return pieces;
    }
}
