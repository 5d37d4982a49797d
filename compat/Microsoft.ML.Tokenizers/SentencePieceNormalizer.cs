using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Writes spaces as U+2581 and puts one in front, special tokens left as they are.</summary>
public sealed class SentencePieceNormalizer : Normalizer
{
    internal const char Mark = '\u2581';

    private readonly Regex? _specials;

    public SentencePieceNormalizer(
        bool removeExtraWhiteSpaces, bool addDummyPrefix, bool escapeWhiteSpaces, bool treatWhitespaceAsSuffix, IReadOnlyDictionary<string, int>? specialTokens)
    {
        RemoveExtraWhiteSpaces = removeExtraWhiteSpaces;
        AddDummyPrefix = addDummyPrefix;
        EscapeWhiteSpaces = escapeWhiteSpaces;
        TreatWhitespaceAsSuffix = treatWhitespaceAsSuffix;
        SpecialTokens = specialTokens;
        _specials = Tokenizers.SpecialTokens.Pattern(specialTokens?.Keys);
    }

    public bool RemoveExtraWhiteSpaces { get; }

    public bool AddDummyPrefix { get; }

    public bool EscapeWhiteSpaces { get; }

    public bool TreatWhitespaceAsSuffix { get; }

    public IReadOnlyDictionary<string, int>? SpecialTokens { get; }

    public override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());

    public override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        var output = new StringBuilder(original.Length + 1);
        char space = EscapeWhiteSpaces ? Mark : ' ';
        bool prefixed = false;
        List<(int Start, int End, bool Special)> parts = Tokenizers.SpecialTokens.Cut(original, _specials);
        int lastText = parts.FindLastIndex(part => !part.Special);
        for (int i = 0; i < parts.Count; i++)
        {
            string part = original[parts[i].Start..parts[i].End];
            if (parts[i].Special)
            {
                output.Append(part);
                continue;
            }

            if (RemoveExtraWhiteSpaces)
            {
                part = string.Join(' ', part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            }

            // One prefix for the whole text, in front of the first stretch that is no special token.
            if (AddDummyPrefix && !TreatWhitespaceAsSuffix && !prefixed)
            {
                output.Append(space);
                prefixed = true;
            }

            output.Append(part.Replace(' ', space));
            if (AddDummyPrefix && TreatWhitespaceAsSuffix && i == lastText)
            {
                output.Append(space);
            }
        }

        return output.ToString();
    }
}
