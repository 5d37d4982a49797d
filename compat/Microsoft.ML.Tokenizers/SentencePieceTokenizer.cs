using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

/// <summary>SentencePiece BPE with byte fallback.</summary>
public partial class SentencePieceTokenizer : Tokenizer
{
    private readonly Dictionary<string, int> _vocabulary = new(StringComparer.Ordinal);
    private readonly SentencePieceModel _model;
    private readonly SentencePieceMerger _merger;
    private readonly Dictionary<int, string> _specialIds = [];
    private readonly Regex? _specials;

    internal SentencePieceTokenizer(
        SentencePieceModel model, bool addBeginningOfSentence, bool addEndOfSentence, IReadOnlyDictionary<string, int>? specialTokens)
    {
        _model = model;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            _vocabulary[model.Pieces[id].Piece] = id;
        }

        foreach ((string token, int id) in specialTokens ?? new Dictionary<string, int>())
        {
            _specialIds[id] = token;
        }

        AddBeginningOfSentence = addBeginningOfSentence;
        AddEndOfSentence = addEndOfSentence;
        SpecialTokens = specialTokens;
        _specials = Tokenizers.SpecialTokens.Pattern(specialTokens?.Keys);
        Normalizer = new SentencePieceNormalizer(
            model.RemoveExtraWhitespaces, model.AddDummyPrefix, model.EscapeWhitespaces, model.WhitespaceAsSuffix, specialTokens);

        // Control, unknown and byte pieces are not text.
        var text = _vocabulary.Where(one => model.Pieces[one.Value].Kind is not (SentencePieceModel.Control or SentencePieceModel.Unknown or SentencePieceModel.Byte));
        _merger = new SentencePieceMerger(text.ToDictionary(StringComparer.Ordinal), [.. model.Pieces.Select(piece => piece.Score)]);
    }

    public IReadOnlyDictionary<string, int>? SpecialTokens { get; }

    public bool ByteFallback => _model.ByteFallback;

    public bool AddDummyPrefix => _model.AddDummyPrefix;

    public bool EscapeWhiteSpaces => _model.EscapeWhitespaces;

    public bool TreatWhitespaceAsSuffix => _model.WhitespaceAsSuffix;

    public bool AddBeginningOfSentence { get; }

    public bool AddEndOfSentence { get; }

    public string BeginningOfSentenceToken => _model.BeginToken;

    public string EndOfSentenceToken => _model.EndToken;

    public string UnknownToken => _model.UnknownToken;

    public int BeginningOfSentenceId => Math.Max(0, _model.BeginId);

    public int EndOfSentenceId => Math.Max(0, _model.EndId);

    public int UnknownId => Math.Max(0, _model.UnknownId);

    public override PreTokenizer? PreTokenizer => null;

    public override Normalizer? Normalizer { get; }

    public IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    public static SentencePieceTokenizer Create(
        Stream modelStream, bool addBeginningOfSentence = true, bool addEndOfSentence = false, IReadOnlyDictionary<string, int>? specialTokens = null)
    {
        SentencePieceModel model = SentencePieceModel.Read(modelStream);
        if (model.ModelType != 2)
        {
            throw new ArgumentException("Only models of type BPE are supported.", nameof(modelStream));
        }

        return new SentencePieceTokenizer(model, addBeginningOfSentence, addEndOfSentence, specialTokens);
    }

    public override string Decode(IEnumerable<int> ids) => Decode(ids, considerSpecialTokens: false);

    public string Decode(IEnumerable<int> ids, bool considerSpecialTokens)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool first = true;
        foreach (int id in ids)
        {
            if (_specialIds.TryGetValue(id, out string? special) || (uint)id >= (uint)_model.Pieces.Count)
            {
                Flush();
                text.Append(considerSpecialTokens ? special : null);
                continue;
            }

            (string piece, _, int kind) = _model.Pieces[id];
            if (kind == SentencePieceModel.Byte)
            {
                bytes.Add(byte.Parse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier));
                continue;
            }

            Flush();
            if (kind is SentencePieceModel.Control or SentencePieceModel.Unknown)
            {
                text.Append(considerSpecialTokens ? piece : null);
                continue;
            }

            // The first piece of text loses its space, whatever came before it.
            string word = piece.Replace(SentencePieceNormalizer.Mark, ' ');
            text.Append(first && AddDummyPrefix && word.StartsWith(' ') ? word[1..] : word);
            first = false;
        }

        Flush();
        return text.ToString();

        void Flush()
        {
            text.Append(Encoding.UTF8.GetString([.. bytes]));
            bytes.Clear();
        }
    }

    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten) =>
        Decode(ids, destination, considerSpecialTokens: false, out idsConsumed, out charsWritten);

    public OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, bool considerSpecialTokens, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        int[] all = [.. ids];
        return DecodeTarget.Write(Decode(all, considerSpecialTokens), all.Length, destination, out idsConsumed, out charsWritten);
    }
}
