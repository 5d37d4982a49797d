using System.Text;

namespace Repro.Core.Tokenization;

/// <summary>
/// Decodes ids one at a time. Text comes out as soon as it can no longer change: a character whose bytes are not complete waits for the
/// next id. All pieces together are what decoding the ids at once gives.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly TextTokenizer _tokenizer;
    private readonly TextSink _sink = new();
    private readonly DecoderStage _chain;
    private readonly bool _skipSpecialTokens;
    private readonly bool _ignoreUnknownIds;
    private bool _finished;

    internal StreamingDecoder(
        TextTokenizer tokenizer, Func<DecoderStage, DecoderStage> createChain, bool skipSpecialTokens, bool ignoreUnknownIds)
    {
        _tokenizer = tokenizer;
        _chain = createChain(_sink);
        _skipSpecialTokens = skipSpecialTokens;
        _ignoreUnknownIds = ignoreUnknownIds;
    }

    /// <summary>Whether added tokens come out as they are written, see <see cref="TextTokenizer.DecodeText"/>.</summary>
    internal bool AsWritten { get; init; }

    /// <summary>Takes the next id.</summary>
    /// <param name="id">Token id.</param>
    /// <returns>Text that is now certain, possibly empty.</returns>
    /// <exception cref="ReproException">The id has no token and unknown ids are not ignored.</exception>
    /// <exception cref="InvalidOperationException">The decoder has finished.</exception>
    public string Add(int id)
    {
        if (_finished)
        {
            throw new InvalidOperationException("The decoder has finished.");
        }

        string? token = _tokenizer.TokenOf(id);
        if (token == null)
        {
            return _ignoreUnknownIds
                ? ""
                : throw new ReproException(
                    Invariant($"Token id {id} is unknown: the tokenizer has ids from 0 to {_tokenizer.IdLimit - 1}."));
        }

        if (_skipSpecialTokens && _tokenizer.IsSpecial(id))
        {
            return "";
        }

        _chain.Push(AsWritten ? _tokenizer.Spelled(id, token) : token, id);
        return _sink.Take();
    }

    /// <summary>Ends the text.</summary>
    /// <returns>What was still held back; U+FFFD for bytes that make no character.</returns>
    public string Finish()
    {
        if (_finished)
        {
            return "";
        }

        _finished = true;
        _chain.Finish();
        return _sink.Take();
    }

    private sealed class TextSink : DecoderStage
    {
        private readonly StringBuilder _text = new();

        public TextSink()
            : base(null)
        {
        }

        public override void Push(string token, int id) => _text.Append(token);

        public string Take()
        {
            if (_text.Length == 0)
            {
                return "";
            }

            string text = _text.ToString();
            _text.Clear();
            return text;
        }
    }
}
