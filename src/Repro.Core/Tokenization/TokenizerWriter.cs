using System.Text.Json;

namespace Repro.Core.Tokenization;

/// <summary>Writes BPE tokenizers as <c>tokenizer.json</c>, readable here and by the Rust library.</summary>
public static class TokenizerWriter
{
    private static readonly JsonSerializerOptions _options = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// Writes <c>tokenizer.json</c> and, where the tokenizer knows its begin, end or padding token, <c>tokenizer_config.json</c>.
    /// Each file appears whole or not at all.
    /// </summary>
    /// <param name="tokenizer">What to write.</param>
    /// <param name="folder">Where to; made if it is missing.</param>
    /// <exception cref="ReproException">The files cannot be written.</exception>
    public static void Save(BpeTextTokenizer tokenizer, string folder)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        try
        {
            Directory.CreateDirectory(folder);
            AtomicFile.WriteBytes(Path.Combine(folder, "tokenizer.json"), ToJson(tokenizer));
            if (tokenizer.Specials != new SpecialTokenIds())
            {
                AtomicFile.WriteBytes(Path.Combine(folder, "tokenizer_config.json"), Config(tokenizer));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{folder}: the tokenizer cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The bytes of <c>tokenizer.json</c>: those that the tokenizer was read from.</summary>
    /// <param name="tokenizer">What to write.</param>
    public static byte[] ToJson(BpeTextTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer.Json;
    }

    /// <summary>A JSON object as both files write it.</summary>
    internal static byte[] Serialize(object members) => JsonSerializer.SerializeToUtf8Bytes(members, _options);

    private static byte[] Config(BpeTextTokenizer tokenizer)
    {
        return Serialize(new
        {
            bos_token = Token(tokenizer.Specials.Begin),
            eos_token = Token(tokenizer.Specials.End),
            pad_token = Token(tokenizer.Specials.Pad),
            unk_token = Token(tokenizer.Specials.Unknown),
        });

        string? Token(int? id) => id is { } known ? tokenizer.TokenOf(known) : null;
    }
}

/// <summary>The files of a tokenizer, which go along with every model that is written.</summary>
public static class TokenizerFiles
{
    /// <summary>Name of the file with tokens beside those of <c>tokenizer.model</c>.</summary>
    internal const string AddedTokensName = "added_tokens.json";

    private const string Generation = "generation_config.json";

    private static readonly string[] _names =
    [
        "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json", AddedTokensName, "vocab.json",
            "merges.txt",
        "chat_template.jinja", Generation,
    ];

    /// <summary>Copies those that are there. A <c>generation_config.json</c> that was written with the model stays.</summary>
    /// <param name="from">A folder, or one tokenizer file in it.</param>
    /// <param name="to">An existing folder.</param>
    public static void Copy(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        var folder = Directory.Exists(from) ? ModelLocation.Find(from) : Path.GetDirectoryName(Path.GetFullPath(from))!;
        foreach (var source in _names.Where(name => name != Generation || !File.Exists(Path.Combine(to, name))).Select(name =>
            Path.Combine(folder, name)).Where(File.Exists))
        {
            File.Copy(source, Path.Combine(to, Path.GetFileName(source)), overwrite: true);
        }
    }
}
