namespace Repro.Core.Tokenization;

/// <summary>Loads tokenizers from the files that models are published with.</summary>
public static class TokenizerLoader
{
    /// <summary>
    /// Loads a tokenizer. A folder may hold <c>tokenizer.json</c> (taken first) or <c>tokenizer.model</c>; what
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c> and <c>added_tokens.json</c> beside it say counts as for the peers. It
    /// may also be that of a run or one of the Hugging Face cache, see <see cref="ModelLocation"/>.
    /// </summary>
    /// <param name="path">A folder or one of both files.</param>
    /// <exception cref="ReproException">Nothing is there, or the file does not fit; the message names file and key.</exception>
    public static TextTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = Directory.Exists(path) ? ModelLocation.Find(path) : path;
        string? file = Directory.Exists(path)
            ? ((string[])["tokenizer.json", "tokenizer.model"]).Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            : path;
        if (file == null)
        {
            throw new ReproException($"{path} holds neither tokenizer.json nor tokenizer.model.");
        }

        byte[] bytes = ReadBytes(file);
        TokenizerConfigFile beside = TokenizerConfigFile.Read(Path.GetDirectoryName(file) ?? "");
        return Path.GetExtension(file).Equals(".model", StringComparison.OrdinalIgnoreCase)
            ? ReadSentencePiece(bytes, file, beside)
            : TokenizerJsonReader.Read(bytes, file, beside);
    }

    /// <summary>Loads the tokenizer of a model as <see cref="Load(string)"/> does.</summary>
    /// <param name="path">A folder or one of both files.</param>
    /// <param name="vocabularySize">Ids that the model has an embedding for; it may have more than the tokenizer.</param>
    /// <exception cref="ReproException">Nothing is there, the file does not fit, or the tokenizer has more ids than the model: the first
    /// text with one of them would end the work.</exception>
    public static TextTokenizer Load(string path, int vocabularySize)
    {
        TextTokenizer tokenizer = Load(path);
        return tokenizer.IdLimit <= vocabularySize ? tokenizer : throw new ReproException(Invariant(
            $"{path}: the tokenizer has ids up to {tokenizer.IdLimit - 1}, the model only {vocabularySize} of them."));
    }

    /// <summary>Reads <c>tokenizer.model</c> from memory.</summary>
    /// <param name="model">The protocol buffer.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit.</exception>
    public static SentencePieceTextTokenizer ReadSentencePiece(byte[] model, string source = "tokenizer.model")
    {
        ArgumentNullException.ThrowIfNull(model);
        return ReadSentencePiece(model, source, new TokenizerConfigFile());
    }

    /// <summary>Reads <c>tokenizer.json</c> from memory.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit; the message names the key.</exception>
    public static BpeTextTokenizer ReadTokenizerJson(ReadOnlyMemory<byte> json, string source = "tokenizer.json") =>
        TokenizerJsonReader.Read(json.ToArray(), source, new TokenizerConfigFile());

    // What tokenizer_config.json names counts before what the model itself says.
    private static SentencePieceTextTokenizer ReadSentencePiece(byte[] bytes, string source, TokenizerConfigFile beside)
    {
        SentencePieceModel model = SentencePieceModelReader.Read(bytes, source);
        var tokenizer = new SentencePieceTextTokenizer(model, beside);
        SpecialTokenIds named = beside.Specials(tokenizer.IdOf);
        tokenizer.Specials = new SpecialTokenIds(
            named.Begin ?? tokenizer.BeginId,
            named.End ?? tokenizer.EndId,
            named.Pad ?? tokenizer.PadId,
            named.Unknown ?? tokenizer.UnknownId);
        tokenizer.AddsBegin = beside.AddsBegin;
        return tokenizer;
    }

    internal static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw ReproException.Unreadable(path, e);
        }
    }
}
