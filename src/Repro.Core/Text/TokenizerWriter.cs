using System.Text.Encodings.Web;
using System.Text.Json;
using Repro.Core.Text.Bpe;

namespace Repro.Core.Text;

/// <summary>Writes BPE tokenizers as <c>tokenizer.json</c>, readable here and by the Rust library.</summary>
public static class TokenizerWriter
{
    private static readonly JsonWriterOptions _options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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
            Replace(Path.Combine(folder, "tokenizer.json"), ToJson(tokenizer));
            if (tokenizer.Specials != new SpecialTokenIds())
            {
                Replace(Path.Combine(folder, "tokenizer_config.json"), Config(tokenizer));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{folder}: the tokenizer cannot be written: {e.Message}", e);
        }
    }

    /// <summary>The bytes of <c>tokenizer.json</c>.</summary>
    /// <param name="tokenizer">What to write.</param>
    public static byte[] ToJson(BpeTextTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Write(writer =>
        {
            writer.WriteString("version", "1.0");
            writer.WriteNull("truncation");
            writer.WriteNull("padding");
            WriteAdded(writer, tokenizer.AddedTokens);
            WriteOr(writer, "normalizer", tokenizer.TextNormalizer == null ? null : tokenizer.TextNormalizer.Write);
            WriteOr(writer, "pre_tokenizer", tokenizer.PreTokenizerStep == null ? null : tokenizer.PreTokenizerStep.Write);
            WriteOr(writer, "post_processor", tokenizer.PostProcessor.Write);
            WriteOr(writer, "decoder", tokenizer.DecoderSpec.Write);
            WriteModel(writer, tokenizer.Model);
        });
    }

    private static byte[] Config(BpeTextTokenizer tokenizer) => Write(writer =>
    {
        WriteToken(writer, "bos_token", tokenizer, tokenizer.Specials.Begin);
        WriteToken(writer, "eos_token", tokenizer, tokenizer.Specials.End);
        WriteToken(writer, "pad_token", tokenizer, tokenizer.Specials.Pad);
        WriteToken(writer, "unk_token", tokenizer, tokenizer.Specials.Unknown);
    });

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, _options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void Replace(string path, byte[] bytes)
    {
        string temporary = path + ".partial";
        File.WriteAllBytes(temporary, bytes);
        File.Move(temporary, path, overwrite: true);
    }

    private static void WriteToken(Utf8JsonWriter writer, string name, BpeTextTokenizer tokenizer, int? id)
    {
        if (id is { } known)
        {
            writer.WriteString(name, tokenizer.TokenOf(known));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteOr(Utf8JsonWriter writer, string name, Action<Utf8JsonWriter>? write)
    {
        writer.WritePropertyName(name);
        if (write == null)
        {
            writer.WriteNullValue();
        }
        else
        {
            write(writer);
        }
    }

    private static void WriteAdded(Utf8JsonWriter writer, IReadOnlyList<AddedToken> tokens)
    {
        writer.WriteStartArray("added_tokens");
        foreach (AddedToken token in tokens)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("content", token.Content);
            writer.WriteBoolean("single_word", token.SingleWord);
            writer.WriteBoolean("lstrip", token.LeftStrip);
            writer.WriteBoolean("rstrip", token.RightStrip);
            writer.WriteBoolean("normalized", token.Normalized);
            writer.WriteBoolean("special", token.Special);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteModel(Utf8JsonWriter writer, BpeModel model)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteString("unk_token", model.Options.UnknownToken);
        writer.WriteNull("continuing_subword_prefix");
        writer.WriteNull("end_of_word_suffix");
        writer.WriteBoolean("fuse_unk", model.Options.FuseUnknown);
        writer.WriteBoolean("byte_fallback", model.Options.ByteFallback);
        writer.WriteBoolean("ignore_merges", model.Options.IgnoreMerges);
        writer.WriteStartObject("vocab");
        for (int id = 0; id < model.Vocabulary.IdLimit; id++)
        {
            if (model.Vocabulary.TokenOf(id) is { } token)
            {
                writer.WriteNumber(token, id);
            }
        }

        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        for (int rank = 0; rank < model.Merges.Count; rank++)
        {
            (int left, int right) = model.Merges.PairOf(rank);
            writer.WriteStartArray();
            writer.WriteStringValue(model.Vocabulary.TokenOf(left));
            writer.WriteStringValue(model.Vocabulary.TokenOf(right));
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
