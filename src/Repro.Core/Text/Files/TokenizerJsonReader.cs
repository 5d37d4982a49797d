using System.Text.Json;
using Repro.Core.Text.Bpe;
using Repro.Core.Text.Decoders;
using Repro.Core.Text.Normalizers;
using Repro.Core.Text.PreTokenizers;

namespace Repro.Core.Text.Files;

/// <summary>Reads <c>tokenizer.json</c> with a BPE model.</summary>
internal static class TokenizerJsonReader
{
    private static readonly string[] _modelSettings =
        ["type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges"];

    /// <summary>Reads the file.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="source">Its name for complaints.</param>
    /// <param name="specials">Ids with a part in training and generation, by name of the token.</param>
    /// <exception cref="ReproException">Anything in the file does not fit.</exception>
    public static BpeTextTokenizer Read(ReadOnlyMemory<byte> json, string source, Func<Func<string, int?>, SpecialTokenIds> specials)
    {
        try
        {
            if (json.Span.StartsWith("\uFEFF"u8))
            {
                json = json[3..];
            }

            return Build(new JsonSections(json, source), specials);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ReproException($"{source} is not a readable tokenizer.json: {e.Message}", e);
        }
    }

    private static BpeTextTokenizer Build(JsonSections file, Func<Func<string, int?>, SpecialTokenIds> specials)
    {
        ReadOnlyMemory<byte> modelBytes = file.Bytes("model");
        if (modelBytes.IsEmpty)
        {
            throw new ReproException($"{file.Where}.model is missing.");
        }

        var section = new JsonSections(modelBytes, $"{file.Where}.model");
        BpeModelOptions options = ModelOptions(section.Settings(_modelSettings));
        TokenTable vocabulary = VocabularyReader.ReadVocabulary(section.Bytes("vocab").Span, $"{section.Where}.vocab");
        MergeTable merges = VocabularyReader.ReadMerges(section.Bytes("merges").Span, $"{section.Where}.merges", vocabulary);
        if (options.UnknownToken != null && !vocabulary.TryGetId(options.UnknownToken, out _))
        {
            throw new ReproException($"{section.Where}.unk_token '{options.UnknownToken}' is not in the vocabulary.");
        }

        TextNormalizer? normalizer = file.Fields("normalizer") is { } n ? ComponentReader.Normalizer(n) : null;
        PreTokenizerStep? preTokenizer = file.Fields("pre_tokenizer") is { } p ? ComponentReader.PreTokenizer(p) : null;
        DecoderSpec decoder = file.Fields("decoder") is { } d ? ComponentReader.Decoder(d) : new SpaceJoinDecoder();
        PostProcessor postProcessor = file.Fields("post_processor") is { } q ? ComponentReader.PostProcessor(q) : PostProcessor.None;
        var added = new AddedVocabulary(
            VocabularyReader.ReadAddedTokens(file.Bytes("added_tokens").Span, $"{file.Where}.added_tokens", vocabulary), normalizer);
        foreach (int id in postProcessor.Before.Concat(postProcessor.After))
        {
            if (added.Find(id) == null && vocabulary.TokenOf(id) == null)
            {
                throw new ReproException($"{file.Where}.post_processor adds token id {id}, which is unknown.");
            }
        }

        var model = new BpeModel(vocabulary, merges, options, preTokenizer is { IsByteLevel: true });
        return new BpeTextTokenizer(model, added, normalizer, preTokenizer, postProcessor, decoder) { Specials = specials(IdOf) };

        int? IdOf(string token) => added.Find(token)?.Id ?? (vocabulary.TryGetId(token, out int id) ? id : null);
    }

    private static BpeModelOptions ModelOptions(JsonFields fields)
    {
        if (fields.Has("type") && fields.Text("type") != "BPE")
        {
            throw fields.Wrong("type", "BPE");
        }

        foreach (string affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (fields.Has(affix) && fields.Text(affix).Length > 0)
            {
                throw fields.Wrong(affix, "empty or null: tokens with affixes are not supported");
            }
        }

        if (fields.Has("dropout"))
        {
            throw fields.Wrong("dropout", "null: encoding is deterministic here");
        }

        return new BpeModelOptions(
            fields.Has("unk_token") ? fields.Text("unk_token") : null,
            fields.Has("fuse_unk") && fields.Flag("fuse_unk", false),
            fields.Has("byte_fallback") && fields.Flag("byte_fallback", false),
            fields.Has("ignore_merges") && fields.Flag("ignore_merges", false));
    }
}
