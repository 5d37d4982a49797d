using System.Text;
using System.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace Repro.Core.Tokenization;

/// <summary>Settings of a BPE model in <c>tokenizer.json</c>.</summary>
/// <param name="UnknownToken">Stands for characters that the vocabulary lacks; null drops them.</param>
/// <param name="FuseUnknown">A run of unknown characters is one token.</param>
/// <param name="ByteFallback">Unknown characters become tokens such as <c>&lt;0x0A&gt;</c> where the vocabulary has them.</param>
/// <param name="IgnoreMerges">A word that is a token as a whole is taken as it is.</param>
internal sealed record BpeModelOptions(
    string? UnknownToken = null, bool FuseUnknown = false, bool ByteFallback = false, bool IgnoreMerges = false);

/// <summary>A token of a text.</summary>
/// <param name="Id">Token id.</param>
/// <param name="Start">First UTF-16 unit of the text that it stands for.</param>
/// <param name="End">End (exclusive) in units; a token that is part of a character has the whole of it.</param>
/// <param name="Fallback">A byte of a character that the vocabulary lacks: its number from the last, else 0.</param>
internal readonly record struct Piece(int Id, int Start, int End, int Fallback = 0);

/// <summary>
/// The 256 characters by which byte-level tokenizers write bytes: printable Latin-1 bytes stand for themselves, the other 68 are
/// U+0100 and on, in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] _chars = CreateChars();
    private static readonly Dictionary<char, byte> _bytes = Enumerable.Range(0, 256)
        .ToDictionary(value => _chars[value], value => (byte)value);

    /// <summary>The character of a byte.</summary>
    public static char ToChar(byte value) => _chars[value];

    /// <summary>The bytes that a token stands for, or null where a character is not in the alphabet.</summary>
    public static byte[]? ToBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!_bytes.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] CreateChars()
    {
        int next = 256;
        return [.. Enumerable.Range(0, 256).Select(value =>
            (char)(value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? value : next++))];
    }
}

/// <summary>Tokens and their ids in both directions.</summary>
/// <param name="idLimit">All ids are below this.</param>
internal sealed class Vocabulary(int idLimit)
{
    private readonly string?[] _tokens = new string?[idLimit];
    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);

    /// <summary>Number of tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>One more than the highest possible id.</summary>
    public int IdLimit => idLimit;

    /// <summary>All tokens with their ids.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Adds a token; false where the token or its id is there already.</summary>
    public bool TryAdd(string token, int id)
    {
        if (_tokens[id] != null || !_ids.TryAdd(token, id))
        {
            return false;
        }

        _tokens[id] = token;
        return true;
    }

    /// <summary>The id of a token, or null.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token of an id, or null where the id is unknown.</summary>
    public string? TokenOf(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}

/// <summary>
/// Byte-pair encoding by the package's <see cref="BpeTokenizer"/>: the pair of lowest rank first, the leftmost of equals. Around it stands
/// what the package lacks: bytes in place of unknown characters, offsets of whole characters, and words so long that it would take
/// quadratic time.
/// </summary>
/// <remarks>Vectors that fail without: bytes for unknown characters spm-400-e0004, whole words (ignore_merges) llama3-2000-e0101.</remarks>
internal sealed class BpeModel
{
    // The package splits a merge at a space, and needs a token for unknown characters; texts and vocabularies hold no unpaired surrogates.
    private const char Space = '\uDC00';
    private const string Unknown = "\uDC01";

    // In units. The package takes 0.6 s for a run of 100,000 spaces and 8.4 s for 400,000.
    private const int LongWord = 4096;

    private readonly BpeTokenizer _merger;
    private readonly PreTokenizer _cutter;
    private readonly Dictionary<string, int> _symbols;
    private readonly IReadOnlyList<(string Left, string Right)> _merges;
    private readonly Lazy<LongWordMerger> _longWords;
    private readonly BpeModelOptions _options;
    private readonly PreTokenizerStep? _preTokenizer;
    private readonly int? _unknownId;
    private readonly int[]? _byteIds;

    /// <summary>A model.</summary>
    /// <param name="vocabulary">All tokens of the model.</param>
    /// <param name="merges">
    /// Pairs by rank; of a pair listed twice the later rank counts. A side may be a character that is no token: it merges, but stays
    /// unknown where it is left over.
    /// </param>
    /// <param name="options">What else the file says.</param>
    /// <param name="preTokenizer">Cuts a text into words; null takes it whole.</param>
    public BpeModel(
        Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, BpeModelOptions options, PreTokenizerStep? preTokenizer)
    {
        Vocabulary = vocabulary;
        _options = options;
        _preTokenizer = preTokenizer;
        _unknownId = options.UnknownToken == null ? null : vocabulary.IdOf(options.UnknownToken);
        int?[] bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf($"<0x{value:X2}>"))];
        _byteIds = options.ByteFallback ? [.. bytes.Select(id => id ?? -1)] : null;
        _merges = LastOfEach(merges);
        _symbols = Symbols();
        _cutter = ByteLevel ? preTokenizer! : new MergeLimits(preTokenizer, options.IgnoreMerges ? null : _symbols.Keys);
        _longWords = new Lazy<LongWordMerger>(() => new LongWordMerger(_symbols, _merges, ByteLevel, Unknown));
        _merger = BpeTokenizer.Create(new BpeOptions(_symbols)
        {
            Merges = _merges.Select(pair => $"{pair.Left} {pair.Right}"),
            ByteLevel = ByteLevel,
            PreTokenizer = _cutter,
            UnknownToken = Unknown,
            SpecialTokens = options.IgnoreMerges ? WholeWords() : null,
        });
    }

    /// <summary>All tokens of the model.</summary>
    public Vocabulary Vocabulary { get; }

    private bool ByteLevel => _preTokenizer is { IsByteLevel: true };

    /// <summary>Appends the ids of a text without unpaired surrogates.</summary>
    public void Encode(string text, List<int> ids)
    {
        if (text.Length < LongWord)
        {
            int before = ids.Count;
            ids.AddRange(_merger.EncodeToIds(Escape(text), considerPreTokenization: true, considerNormalization: false));
            if (ids.FindIndex(before, id => id >= Vocabulary.IdLimit) < 0)
            {
                return;
            }

            ids.RemoveRange(before, ids.Count - before);
        }

        ids.AddRange(Encode(text).Select(piece => piece.Id));
    }

    /// <summary>The tokens of a text without unpaired surrogates, with their places.</summary>
    public List<Piece> Encode(string text)
    {
        text = Escape(text);
        var found = new List<Piece>();
        if (text.Length < LongWord)
        {
            Add(_merger.EncodeToTokens(text, out _, considerPreTokenization: true, considerNormalization: false), 0, found);
        }
        else
        {
            foreach ((int offset, int length) in _cutter.PreTokenize(text))
            {
                string word = text.Substring(offset, length);
                if (length < LongWord)
                {
                    Add(_merger.EncodeToTokens(word, out _, considerPreTokenization: false, considerNormalization: false), offset, found);
                }
                else
                {
                    _longWords.Value.Merge(word, offset, found);
                }
            }
        }

        return found.Exists(piece => piece.Id >= Vocabulary.IdLimit) ? ReplaceUnknown(text, found) : found;
    }

    private static void Add(IReadOnlyList<EncodedToken> tokens, int offset, List<Piece> pieces) =>
        pieces.AddRange(tokens.Select(token => new Piece(token.Id, offset + token.Offset.Start.Value, offset + token.Offset.End.Value)));

    // In the byte alphabet there is no space.
    private string Escape(string text) => ByteLevel ? text : text.Replace(' ', Space);

    // Where it is half of a character it was no space.
    private static string Unescape(string text)
    {
        var units = new StringBuilder(text);
        for (int i = 0; i < text.Length; i += CodePoints.Length(text, i))
        {
            units[i] = text[i] == Space ? ' ' : text[i];
        }

        return units.ToString();
    }

    private List<(string Left, string Right)> LastOfEach(IReadOnlyList<(string Left, string Right)> merges)
    {
        var ranks = new Dictionary<(string Left, string Right), int>();
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ranks[(Escape(merges[rank].Left), Escape(merges[rank].Right))] = rank;
        }

        return [.. ranks.Where(pair => !pair.Key.Left.Contains(' ') && !pair.Key.Right.Contains(' '))
            .OrderBy(pair => pair.Value).Select(pair => pair.Key)];
    }

    // The vocabulary, the token for unknown characters, and sides of merges that are no tokens.
    private Dictionary<string, int> Symbols()
    {
        var symbols = Vocabulary.Ids.ToDictionary(pair => Escape(pair.Key), pair => pair.Value, StringComparer.Ordinal);
        symbols.Add(Unknown, Vocabulary.IdLimit);
        foreach ((string left, string right) in _merges)
        {
            symbols.TryAdd(left, symbols.Count + Vocabulary.IdLimit);
            symbols.TryAdd(right, symbols.Count + Vocabulary.IdLimit);
        }

        return symbols;
    }

    // The package looks its special tokens up before it merges a word, as ignore_merges asks for.
    private Dictionary<string, int> WholeWords()
    {
        var words = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in _symbols)
        {
            // A part of a character is no word.
            byte[]? bytes = ByteLevel ? ByteAlphabet.ToBytes(token) : [];
            if (id < Vocabulary.IdLimit && bytes != null && Utf8.IsValid(bytes))
            {
                words.Add(ByteLevel ? Encoding.UTF8.GetString(bytes) : token, id);
            }
        }

        return words;
    }

    private List<Piece> ReplaceUnknown(string text, List<Piece> found)
    {
        var words = new HashSet<int>(_preTokenizer?.PreTokenize(Unescape(text)).Select(word => word.Offset) ?? []);
        var pieces = new List<Piece>(found.Count);
        int unknownEnd = -1;
        foreach (Piece piece in found)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Unescape(text[piece.Start..piece.End]));
            if (piece.Id < Vocabulary.IdLimit)
            {
                pieces.Add(piece);
            }
            else if (_byteIds != null && Array.TrueForAll(bytes, value => _byteIds[value] >= 0))
            {
                pieces.AddRange(bytes.Select((value, i) => new Piece(_byteIds[value], piece.Start, piece.End, bytes.Length - i)));
            }
            else if (_options.FuseUnknown && unknownEnd == piece.Start && !words.Contains(piece.Start))
            {
                pieces[^1] = pieces[^1] with { End = piece.End };
                unknownEnd = piece.End;
            }
            else if (_unknownId is { } unknown)
            {
                pieces.Add(piece with { Id = unknown });
                unknownEnd = piece.End;
            }
        }

        return pieces;
    }

    /// <summary>
    /// Cuts words where nothing can merge: between two characters that stand side by side in no token. So a text without pre-tokenizer,
    /// which the package would take as one word, comes down to words, most of them in the package's cache.
    /// </summary>
    /// <param name="preTokenizer">Cuts first, or null.</param>
    /// <param name="tokens">All tokens; null where only whole words count.</param>
    private sealed class MergeLimits(PreTokenizerStep? preTokenizer, IEnumerable<string>? tokens) : PreTokenizer
    {
        private readonly HashSet<(char Left, char Right)>? _neighbours = tokens?.SelectMany(token => token.Zip(token.Skip(1))).ToHashSet();

        public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
        {
            foreach ((int offset, int length) in preTokenizer?.PreTokenize(Unescape(text)) ?? [(0, text.Length)])
            {
                int start = offset;
                for (int i = offset + 1; i < offset + length && _neighbours != null; i++)
                {
                    if (!char.IsHighSurrogate(text[i - 1]) && !_neighbours.Contains((text[i - 1], text[i])))
                    {
                        yield return (start, i - start);
                        start = i;
                    }
                }

                yield return (start, offset + length - start);
            }
        }

        public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());
    }
}
