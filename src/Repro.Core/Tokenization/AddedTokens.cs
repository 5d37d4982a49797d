using System.Buffers;
using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>A token that is found in text before anything else and never merged.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Content">The text that it stands for.</param>
/// <param name="Special">Left out of decoded text on request; can be made plain text when encoding.</param>
/// <param name="SingleWord">Found only where no word character stands on either side.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space after it along.</param>
/// <param name="Normalized">Searched in normalized text, else in the text as given.</param>
public sealed record AddedToken(
    int Id,
    string Content,
    bool Special = true,
    bool SingleWord = false,
    bool LeftStrip = false,
    bool RightStrip = false,
    bool Normalized = false);

/// <summary>A stretch of a text: an added token, or what lies between two of them.</summary>
/// <param name="Token">The token, or null for text between tokens.</param>
/// <param name="Start">First UTF-16 unit.</param>
/// <param name="End">End (exclusive) in units.</param>
internal readonly record struct TextStretch(AddedToken? Token, int Start, int End);

/// <summary>All added tokens of a tokenizer, with their finders for raw and for normalized text.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder _raw;
    private readonly AddedTokenFinder _rawNoSpecials;
    private readonly AddedTokenFinder _normalized;
    private readonly AddedTokenFinder _normalizedNoSpecials;

    /// <summary>A vocabulary; ids and contents must differ.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="normalizer">Applied to the contents of those that are searched in normalized text.</param>
    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, TextNormalizer? normalizer)
    {
        Tokens = tokens;
        foreach (AddedToken token in tokens)
        {
            _byId.Add(token.Id, token);
            _byContent.Add(token.Content, token);
        }

        _raw = Finder(token => !token.Normalized, null);
        _rawNoSpecials = Finder(token => !token.Normalized && !token.Special, null);
        _normalized = Finder(token => token.Normalized, normalizer);
        _normalizedNoSpecials = Finder(token => token.Normalized && !token.Special, normalizer);
    }

    /// <summary>The tokens as given.</summary>
    public IReadOnlyList<AddedToken> Tokens { get; }

    /// <summary>The token of an id, or null.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>The token of a content, or null.</summary>
    public AddedToken? Find(string content) => _byContent.GetValueOrDefault(content);

    /// <summary>Finder for text as given.</summary>
    public AddedTokenFinder Raw(bool specialTokensAsText) => specialTokensAsText ? _rawNoSpecials : _raw;

    /// <summary>Finder for normalized text.</summary>
    public AddedTokenFinder Normalized(bool specialTokensAsText) => specialTokensAsText ? _normalizedNoSpecials : _normalized;

    private AddedTokenFinder Finder(Func<AddedToken, bool> wanted, TextNormalizer? normalizer) =>
        new(Tokens.Where(wanted).Select(token => (normalizer?.Apply(token.Content) ?? token.Content, token)));
}

/// <summary>
/// Finds added tokens in a text: leftmost first, the longest of those that start at one place. The package knows special tokens as
/// alternatives of its pattern only, without the white space that they take along and without a look at their neighbours.
/// </summary>
/// <remarks>Vectors that fail without: lstrip qwen2-2000-e0746, rstrip -e0751, single_word -e0537, special tokens as text -e0704 and
/// llama3-2000-e0704.</remarks>
internal sealed class AddedTokenFinder
{
    private readonly SearchValues<char>? _firstUnits;
    private readonly ILookup<char, (string Content, AddedToken Token)> _byFirstUnit;

    /// <summary>A finder.</summary>
    /// <param name="tokens">Contents as they stand in the text to search, with their tokens.</param>
    public AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        _byFirstUnit = tokens
            .Where(token => token.Content.Length > 0)
            .OrderByDescending(token => token.Content.Length)
            .ToLookup(token => token.Content[0]);
        _firstUnits = _byFirstUnit.Count == 0 ? null : SearchValues.Create([.. _byFirstUnit.Select(group => group.Key)]);
    }

    /// <summary>Cuts a text at its added tokens; stretches that are empty are left out.</summary>
    public IEnumerable<TextStretch> Cut(string text)
    {
        int from = 0;
        for (int searchFrom = 0; Next(text, ref searchFrom, from) is { } found;)
        {
            if (found.Start > from)
            {
                yield return new TextStretch(null, from, found.Start);
            }

            yield return found;
            from = found.End;
        }

        if (from < text.Length)
        {
            yield return new TextStretch(null, from, text.Length);
        }
    }

    private TextStretch? Next(string text, ref int searchFrom, int from)
    {
        while (_firstUnits != null && searchFrom < text.Length)
        {
            int found = text.AsSpan(searchFrom).IndexOfAny(_firstUnits);
            if (found < 0)
            {
                return null;
            }

            int start = searchFrom + found;
            (string content, AddedToken? token) = LongestAt(text, start);
            if (token == null)
            {
                searchFrom = start + 1;
                continue;
            }

            int end = start + content.Length;
            searchFrom = end;
            if (start < from || (token.SingleWord && !StandsAlone(text, start, end)))
            {
                continue;
            }

            while (token.LeftStrip && start > from && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }

            while (token.RightStrip && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }

            return new TextStretch(token, start, end);
        }

        return null;
    }

    private (string Content, AddedToken? Token) LongestAt(string text, int start)
    {
        foreach ((string content, AddedToken token) in _byFirstUnit[text[start]])
        {
            if (text.AsSpan(start).StartsWith(content, StringComparison.Ordinal))
            {
                return (content, token);
            }
        }

        return ("", null);
    }

    private static bool StandsAlone(ReadOnlySpan<char> text, int start, int end)
    {
        bool before = Rune.DecodeLastFromUtf16(text[..start], out Rune left, out _) == OperationStatus.Done && CodePoints.IsWord(left);
        bool after = Rune.DecodeFromUtf16(text[end..], out Rune right, out _) == OperationStatus.Done && CodePoints.IsWord(right);
        return !before && !after;
    }
}
