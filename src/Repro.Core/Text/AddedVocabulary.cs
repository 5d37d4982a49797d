using Repro.Core.Text.Normalizers;

namespace Repro.Core.Text;

/// <summary>All added tokens of a tokenizer, with their finders for raw and for normalized text.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Dictionary<string, AddedToken> _byContent = new(StringComparer.Ordinal);
    private readonly AddedTokenFinder? _raw;
    private readonly AddedTokenFinder? _rawNoSpecials;
    private readonly AddedTokenFinder? _normalized;
    private readonly AddedTokenFinder? _normalizedNoSpecials;

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

    /// <summary>Finder for text as given, or null.</summary>
    public AddedTokenFinder? Raw(bool specialTokensAsText) => specialTokensAsText ? _rawNoSpecials : _raw;

    /// <summary>Finder for normalized text, or null.</summary>
    public AddedTokenFinder? Normalized(bool specialTokensAsText) => specialTokensAsText ? _normalizedNoSpecials : _normalized;

    private AddedTokenFinder? Finder(Func<AddedToken, bool> wanted, TextNormalizer? normalizer) =>
        AddedTokenFinder.Create(Tokens.Where(wanted).Select(token => (normalizer?.Apply(token.Content) ?? token.Content, token)));
}
