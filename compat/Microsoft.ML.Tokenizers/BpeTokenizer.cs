using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>Byte-pair encoding, by characters or by bytes.</summary>
public sealed partial class BpeTokenizer : Tokenizer
{
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<int, string> _tokens = [];
    private readonly Dictionary<int, string> _specialIds = [];
    private readonly BpeMerges _merges;
    private readonly Regex? _specials;
    private readonly int? _beginId;
    private readonly int? _endId;
    private readonly int? _unknownId;
    private readonly string? _endToken;

    private BpeTokenizer(BpeOptions options)
    {
        _vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach ((string token, int id) in options.Vocabulary)
        {
            _vocabulary[token] = id;
            _tokens[id] = token;
        }

        ContinuingSubwordPrefix = options.ContinuingSubwordPrefix;
        EndOfWordSuffix = options.EndOfWordSuffix;
        FuseUnknownTokens = options.FuseUnknownTokens;
        ByteLevel = options.ByteLevel;
        Normalizer = options.Normalizer;
        PreTokenizer = options.PreTokenizer ?? PreTokenizer.CreateWordOrNonWord(options.SpecialTokens);
        SpecialTokens = options.SpecialTokens;
        foreach ((string token, int id) in options.SpecialTokens ?? new Dictionary<string, int>())
        {
            _specialIds[id] = token;
        }

        _specials = Tokenizers.SpecialTokens.Pattern(options.SpecialTokens?.Keys);
        _merges = new BpeMerges(options.Merges ?? [], _vocabulary, options.ContinuingSubwordPrefix ?? "");
        UnknownToken = options.UnknownToken;
        BeginningOfSentenceToken = options.BeginningOfSentenceToken;
        _endToken = options.EndOfSentenceToken;
        _unknownId = IdOf(options.UnknownToken, nameof(BpeOptions.UnknownToken));
        _beginId = IdOf(options.BeginningOfSentenceToken, nameof(BpeOptions.BeginningOfSentenceToken));
        _endId = IdOf(options.EndOfSentenceToken, nameof(BpeOptions.EndOfSentenceToken));
    }

    public override Normalizer? Normalizer { get; }

    public override PreTokenizer? PreTokenizer { get; }

    public string? UnknownToken { get; }

    public bool FuseUnknownTokens { get; }

    public string? ContinuingSubwordPrefix { get; }

    public string? EndOfWordSuffix { get; }

    public bool ByteLevel { get; }

    public string? BeginningOfSentenceToken { get; }

    public IReadOnlyDictionary<string, int>? SpecialTokens { get; }

    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    public static BpeTokenizer Create(BpeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new BpeTokenizer(options);
    }

    public static BpeTokenizer Create(string vocabFile, string? mergesFile) => new(new BpeOptions(vocabFile, mergesFile));

    public static BpeTokenizer Create(
        string vocabFile,
        string? mergesFile,
        PreTokenizer? preTokenizer = null,
        Normalizer? normalizer = null,
        IReadOnlyDictionary<string, int>? specialTokens = null,
        string? unknownToken = null,
        string? continuingSubwordPrefix = null,
        string? endOfWordSuffix = null,
        bool fuseUnknownTokens = false) => new(new BpeOptions(vocabFile, mergesFile)
        {
            PreTokenizer = preTokenizer,
            Normalizer = normalizer,
            SpecialTokens = specialTokens,
            UnknownToken = unknownToken,
            ContinuingSubwordPrefix = continuingSubwordPrefix,
            EndOfWordSuffix = endOfWordSuffix,
            FuseUnknownTokens = fuseUnknownTokens,
        });

    public static BpeTokenizer Create(Stream vocabStream, Stream? mergesStream) => Create(vocabStream, mergesStream, preTokenizer: null);

    public static BpeTokenizer Create(
        Stream vocabStream,
        Stream? mergesStream,
        PreTokenizer? preTokenizer = null,
        Normalizer? normalizer = null,
        IReadOnlyDictionary<string, int>? specialTokens = null,
        string? unknownToken = null,
        string? continuingSubwordPrefix = null,
        string? endOfWordSuffix = null,
        bool fuseUnknownTokens = false)
    {
        ArgumentNullException.ThrowIfNull(vocabStream);
        return new BpeTokenizer(new BpeOptions(BpeOptions.ReadVocabulary(vocabStream))
        {
            Merges = mergesStream == null ? null : BpeOptions.ReadMerges(mergesStream),
            PreTokenizer = preTokenizer,
            Normalizer = normalizer,
            SpecialTokens = specialTokens,
            UnknownToken = unknownToken,
            ContinuingSubwordPrefix = continuingSubwordPrefix,
            EndOfWordSuffix = endOfWordSuffix,
            FuseUnknownTokens = fuseUnknownTokens,
        });
    }

    public override string Decode(IEnumerable<int> ids) => Decode(ids, considerSpecialTokens: true);

    public string Decode(IEnumerable<int> ids, bool considerSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (int id in ids)
        {
            bytes.AddRange(BytesOf(id, considerSpecialTokens));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten) =>
        Decode(ids, destination, considerSpecialTokens: true, out idsConsumed, out charsWritten);

    public OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        return DecodeTarget.Write(Decode(all, considerSpecialTokens), all.Length, destination, out idsConsumed, out charsWritten);
    }

    private int? IdOf(string? token, string name)
    {
        if (token == null)
        {
            return null;
        }

        if (SpecialTokens != null && SpecialTokens.TryGetValue(token, out int id))
        {
            return id;
        }

        return _vocabulary.TryGetValue(token, out id) ? id : throw new InvalidOperationException($"The {name} '{token}' is not in the vocabulary.");
    }

    private byte[] BytesOf(int id, bool considerSpecialTokens)
    {
        bool special = _specialIds.TryGetValue(id, out string? token) || id == _beginId || id == _endId;
        if ((special && !considerSpecialTokens) || (token == null && !_tokens.TryGetValue(id, out token)))
        {
            return [];
        }

        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!ByteLevel || !ByteCharacters.TryByte(token[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(EndOfWordSuffix == null ? token : token.Replace(EndOfWordSuffix, " ", StringComparison.Ordinal));
            }
        }

        return bytes;
    }
}
