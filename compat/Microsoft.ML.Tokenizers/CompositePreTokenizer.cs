using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Pre-tokenizers one after the other, each on the pieces of the one before.</summary>
public class CompositePreTokenizer : PreTokenizer
{
    private readonly Regex? _specials;

    public CompositePreTokenizer(IReadOnlyList<PreTokenizer> preTokenizers, IReadOnlyDictionary<string, int>? specialTokens = null)
    {
        ArgumentNullException.ThrowIfNull(preTokenizers);
        PreTokenizers = preTokenizers;
        _specials = SpecialTokens.Pattern(specialTokens?.Keys);
    }

    public IReadOnlyList<PreTokenizer> PreTokenizers { get; }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach ((int start, int end, bool special) in SpecialTokens.Cut(text, _specials))
        {
            if (special)
            {
                yield return (start, end - start);
                continue;
            }

            foreach ((int offset, int length) in Split(text[start..end], 0))
            {
                yield return (start + offset, length);
            }
        }
    }

    private IEnumerable<(int Offset, int Length)> Split(string text, int step)
    {
        if (step == PreTokenizers.Count)
        {
            return [(0, text.Length)];
        }

        return PreTokenizers[step].PreTokenize(text).SelectMany(piece =>
            Split(text.Substring(piece.Offset, piece.Length), step + 1).Select(inner => (piece.Offset + inner.Offset, inner.Length)));
    }
}
