namespace Microsoft.ML.Tokenizers;

/// <summary>A SentencePiece tokenizer as Llama uses it.</summary>
public sealed class LlamaTokenizer : SentencePieceTokenizer
{
    private LlamaTokenizer(SentencePieceModel model, bool addBeginOfSentence, bool addEndOfSentence, IReadOnlyDictionary<string, int>? specialTokens)
        : base(model, addBeginOfSentence, addEndOfSentence, specialTokens)
    {
    }

    public static new LlamaTokenizer Create(
        Stream modelStream, bool addBeginOfSentence = true, bool addEndOfSentence = false, IReadOnlyDictionary<string, int>? specialTokens = null)
    {
        SentencePieceModel model = SentencePieceModel.Read(modelStream);
        if (model.ModelType != 2)
        {
            throw new ArgumentException("Only models of type BPE are supported.", nameof(modelStream));
        }

        return new LlamaTokenizer(model, addBeginOfSentence, addEndOfSentence, specialTokens);
    }
}
