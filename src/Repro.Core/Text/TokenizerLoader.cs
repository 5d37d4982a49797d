using Repro.Core.Text.Files;
using Repro.Core.Text.SentencePiece;

namespace Repro.Core.Text;

/// <summary>Loads tokenizers from the files that models are published with.</summary>
public static class TokenizerLoader
{
    /// <summary>
    /// Loads a tokenizer. A folder may hold <c>tokenizer.json</c> (taken first) or <c>tokenizer.model</c>; a
    /// <c>tokenizer_config.json</c> beside it says which tokens begin, end and pad a text.
    /// </summary>
    /// <param name="path">A folder or one of both files.</param>
    /// <exception cref="ReproException">Nothing is there, or the file does not fit; the message names file and key.</exception>
    public static TextTokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? file = Directory.Exists(path)
            ? ((string[])["tokenizer.json", "tokenizer.model"]).Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists)
            : path;
        if (file == null)
        {
            throw new ReproException($"{path} holds neither tokenizer.json nor tokenizer.model.");
        }

        byte[] bytes = FileBytes.Read(file);
        string config = Path.Combine(Path.GetDirectoryName(file) ?? "", "tokenizer_config.json");
        return Path.GetExtension(file).Equals(".model", StringComparison.OrdinalIgnoreCase)
            ? ReadSentencePiece(bytes, file, config)
            : TokenizerJsonReader.Read(bytes, file, idOf => SpecialTokensReader.Read(config, idOf));
    }

    /// <summary>Reads <c>tokenizer.model</c> from memory.</summary>
    /// <param name="model">The protocol buffer.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit.</exception>
    public static SentencePieceTextTokenizer ReadSentencePiece(byte[] model, string source = "tokenizer.model")
    {
        ArgumentNullException.ThrowIfNull(model);
        return ReadSentencePiece(model, source, null);
    }

    /// <summary>Reads <c>tokenizer.json</c> from memory.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit; the message names the key.</exception>
    public static BpeTextTokenizer ReadTokenizerJson(ReadOnlyMemory<byte> json, string source = "tokenizer.json") =>
        TokenizerJsonReader.Read(json, source, _ => new SpecialTokenIds());

    // What tokenizer_config.json names counts before what the model itself says.
    private static SentencePieceTextTokenizer ReadSentencePiece(byte[] bytes, string source, string? config)
    {
        SentencePieceModel model = SentencePieceModelReader.Read(bytes, source);
        SpecialTokenIds named = config == null
            ? new SpecialTokenIds()
            : SpecialTokensReader.Read(config, token => model.Pieces.TryGetId(token, out int id) ? id : null);
        return new SentencePieceTextTokenizer(model)
        {
            Specials = new SpecialTokenIds(
                named.Begin ?? Known(model.Settings.BeginId),
                named.End ?? Known(model.Settings.EndId),
                named.Pad ?? Known(model.Settings.PadId),
                named.Unknown ?? Array.IndexOf(model.Kinds, PieceKind.Unknown)),
        };

        int? Known(int id) => model.Pieces.TokenOf(id) == null ? null : id;
    }
}
