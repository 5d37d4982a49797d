using System.Text.Json;

namespace Repro.Core.Tokenization;

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

        byte[] bytes = ReadBytes(file);
        string config = Path.Combine(Path.GetDirectoryName(file) ?? "", "tokenizer_config.json");
        return Path.GetExtension(file).Equals(".model", StringComparison.OrdinalIgnoreCase)
            ? ReadSentencePiece(bytes, file, idOf => ReadSpecials(config, idOf))
            : TokenizerJsonReader.Read(bytes, file, idOf => ReadSpecials(config, idOf));
    }

    /// <summary>Reads <c>tokenizer.model</c> from memory.</summary>
    /// <param name="model">The protocol buffer.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit.</exception>
    public static SentencePieceTextTokenizer ReadSentencePiece(byte[] model, string source = "tokenizer.model")
    {
        ArgumentNullException.ThrowIfNull(model);
        return ReadSentencePiece(model, source, _ => new SpecialTokenIds());
    }

    /// <summary>Reads <c>tokenizer.json</c> from memory.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="source">A name for complaints.</param>
    /// <exception cref="ReproException">Anything in it does not fit; the message names the key.</exception>
    public static BpeTextTokenizer ReadTokenizerJson(ReadOnlyMemory<byte> json, string source = "tokenizer.json") =>
        TokenizerJsonReader.Read(json.ToArray(), source, _ => new SpecialTokenIds());

    // What tokenizer_config.json names counts before what the model itself says.
    private static SentencePieceTextTokenizer ReadSentencePiece(byte[] bytes, string source, Func<Func<string, int?>, SpecialTokenIds> specials)
    {
        var tokenizer = new SentencePieceTextTokenizer(SentencePieceModelReader.Read(bytes, source));
        SpecialTokenIds named = specials(tokenizer.IdOf);
        tokenizer.Specials = new SpecialTokenIds(
            named.Begin ?? tokenizer.BeginId, named.End ?? tokenizer.EndId, named.Pad ?? tokenizer.PadId, named.Unknown ?? tokenizer.UnknownId);
        return tokenizer;
    }

    // Which tokens begin, end and pad a text.
    private static SpecialTokenIds ReadSpecials(string path, Func<string, int?> idOf)
    {
        if (!File.Exists(path))
        {
            return new SpecialTokenIds();
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(ReadBytes(path));
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new ReproException($"{path} must be a JSON object.");
            }

            int?[] ids = [.. ((string[])["bos_token", "eos_token", "pad_token", "unk_token"]).Select(name => SpecialId(root, name, path, idOf))];
            return new SpecialTokenIds(ids[0], ids[1], ids[2], ids[3]);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ReproException($"{path} is not readable JSON: {e.Message}", e);
        }
    }

    private static int? SpecialId(JsonElement root, string name, string path, Func<string, int?> idOf)
    {
        if (!root.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("content", out JsonElement content))
        {
            value = content;
        }

        string token = value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw new ReproException($"{path}: {name} must be a token, as a string or as an object with its content.");
        return idOf(token) ?? throw new ReproException($"{path}: {name} '{token}' is not a token of the tokenizer.");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ReproException($"{path} cannot be read: {e.Message}", e);
        }
    }
}
