using System.Text.Json;
using System.Text.RegularExpressions;

namespace Repro.Core.Tokenization;

/// <summary>Reads <c>tokenizer.json</c> with a BPE model. A component of a type that is not known is an error, never left out.</summary>
internal static class TokenizerJsonReader
{
    private const int LongestPattern = 4096;

    // Ids may reach this far beyond twice the number of tokens.
    private const int IdSlack = 65536;

    private static readonly JsonDocumentOptions _options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <summary>Reads the file.</summary>
    /// <param name="json">Its bytes.</param>
    /// <param name="source">Its name for complaints.</param>
    /// <param name="beside">What the files beside it say.</param>
    /// <exception cref="ReproException">Anything in the file does not fit.</exception>
    public static BpeTextTokenizer Read(byte[] json, string source, TokenizerConfigFile beside)
    {
        try
        {
            if (json.AsSpan().StartsWith("\uFEFF"u8))
            {
                json = json[3..];
            }

            using JsonDocument document = JsonDocument.Parse(json, _options);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Build(new JsonFields(document.RootElement, source), json, beside)
                : throw new ReproException($"{source} must be a JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ReproException($"{source} is not a readable tokenizer.json: {e.Message}", e);
        }
    }

    private static BpeTextTokenizer Build(JsonFields file, byte[] json, TokenizerConfigFile beside)
    {
        JsonFields modelFields = file.Optional("model") ?? throw new ReproException($"{file.Where}.model is missing.");
        BpeModelOptions options = ModelOptions(modelFields);
        Vocabulary vocabulary = ReadVocabulary(modelFields);
        List<(string Left, string Right)> merges = ReadMerges(modelFields, vocabulary);
        if (options.UnknownToken != null && vocabulary.IdOf(options.UnknownToken) == null)
        {
            throw new ReproException($"{modelFields.Where}.unk_token '{options.UnknownToken}' is not in the vocabulary.");
        }

        TextNormalizer? normalizer = file.Optional("normalizer") is { } n ? Normalizer(n) : null;
        PreTokenizerStep? preTokenizer = file.Optional("pre_tokenizer") is { } p ? PreTokenizer(p) : null;
        DecoderSpec decoder = file.Optional("decoder") is { } d ? Decoder(d) : new SpaceJoinDecoder();
        PostProcessor postProcessor = file.Optional("post_processor") is { } q ? PostProcessor(q) : new PostProcessor([], []);
        var added = new AddedVocabulary(WithThoseBeside(file, ReadAddedTokens(file, vocabulary), vocabulary, beside), normalizer);
        foreach (int id in postProcessor.Before.Concat(postProcessor.After))
        {
            if (added.Find(id) == null && vocabulary.TokenOf(id) == null)
            {
                throw new ReproException(Invariant($"{file.Where}.post_processor adds token id {id}, which is unknown."));
            }
        }

        SpecialTokenIds specials = beside.Specials(token => added.Find(token)?.Id ?? vocabulary.IdOf(token));
        return new BpeTextTokenizer(
            new BpeModel(vocabulary, merges, options, preTokenizer), added, normalizer, preTokenizer,
                beside.Adapt(postProcessor, specials), decoder, json)
        {
            Specials = specials,
            AddsBegin = beside.AddsBegin,
        };
    }

    // Tokens of tokenizer_config.json or added_tokens.json that the file lacks are added after it, as the peers do: one of the vocabulary
    // keeps its id, the others are numbered on from the highest.
    private static List<AddedToken> WithThoseBeside(JsonFields file, List<AddedToken> own, Vocabulary vocabulary,
        TokenizerConfigFile beside)
    {
        List<AddedToken> all = [.. own];
        foreach (AddedToken token in beside.Added.Where(token => !own.Exists(known => known.Content == token.Content)))
        {
            int next = Math.Max(vocabulary.Count, all.Count == 0 ? 0 : all.Max(known => known.Id) + 1);
            int id = vocabulary.IdOf(token.Content) ?? next;
            all.Add(id == token.Id && !all.Exists(known => known.Id == id)
                ? token
                : throw new ReproException(Invariant(
                    $"{beside.AddedSource}: '{Shorten(token.Content)}' has id {token.Id} there, but {file.Where} makes it {id}; ")
                    + "the same id was expected."));
        }

        return all;
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

        if (fields.Has("dropout") && !(fields.Member("dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() == 0))
        {
            throw fields.Wrong("dropout", "null or 0: encoding is deterministic here");
        }

        return new BpeModelOptions(
            fields.Has("unk_token") ? fields.Text("unk_token") : null,
            fields.Has("fuse_unk") && fields.Flag("fuse_unk", false),
            fields.Has("byte_fallback") && fields.Flag("byte_fallback", false),
            fields.Has("ignore_merges") && fields.Flag("ignore_merges", false));
    }

    private static Vocabulary ReadVocabulary(JsonFields model)
    {
        string where = $"{model.Where}.vocab";
        if (model.Member("vocab") is not { ValueKind: JsonValueKind.Object } entries)
        {
            throw new ReproException($"{where} must be an object of token to id.");
        }

        int count = 0;
        int highest = -1;
        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            highest = entry.Value.ValueKind == JsonValueKind.Number && entry.Value.TryGetInt32(out int id) && id >= 0
                ? Math.Max(highest, id)
                : throw new ReproException(Invariant($"{where}: entry {count} must have a whole number from 0 on as its id."));
            count++;
        }

        if (highest > (2L * count) + IdSlack)
        {
            throw new ReproException(Invariant($"{where}: id {highest} is too high for a vocabulary of {count} tokens."));
        }

        var vocabulary = new Vocabulary(highest + 1);
        foreach (JsonProperty entry in entries.EnumerateObject())
        {
            if (!vocabulary.TryAdd(entry.Name, entry.Value.GetInt32()))
            {
                throw new ReproException(
                    Invariant($"{where}: token '{Shorten(entry.Name)}' or id {entry.Value.GetInt32()} stands there twice."));
            }
        }

        return vocabulary;
    }

    // Each is "left right" or ["left", "right"].
    private static List<(string Left, string Right)> ReadMerges(JsonFields model, Vocabulary vocabulary)
    {
        string where = $"{model.Where}.merges";
        if (model.Member("merges") is not { ValueKind: JsonValueKind.Array } entries)
        {
            throw new ReproException($"{where} must be an array of pairs of tokens.");
        }

        var merges = new List<(string Left, string Right)>(entries.GetArrayLength());
        foreach (JsonElement entry in entries.EnumerateArray())
        {
            string[] pair = entry.ValueKind switch
            {
                JsonValueKind.String => entry.GetString()!.Split(' '),
                JsonValueKind.Array =>
                    [.. entry.EnumerateArray().Select(side => side.ValueKind == JsonValueKind.String ? side.GetString()! : "")],
                _ => [],
            };
            bool fits = pair.Length == 2 && pair.All(side => side.Length > 0 && vocabulary.IdOf(side) != null)
                && vocabulary.IdOf(pair[0] + pair[1]) != null;
            merges.Add(
                fits
                    ? (pair[0], pair[1])
                    : throw new ReproException($"{where}[{merges.Count}] must join two tokens of the vocabulary to a third."));
        }

        return merges;
    }

    // A token that is in the vocabulary too must have the same id there.
    private static List<AddedToken> ReadAddedTokens(JsonFields file, Vocabulary vocabulary)
    {
        var tokens = new Dictionary<string, AddedToken>(StringComparer.Ordinal);
        foreach (JsonFields fields in file.Has("added_tokens") ? file.Children("added_tokens") : [])
        {
            // One without text is passed over by the Rust library, and of one that stands there twice the last counts.
            string content = fields.Text("content");
            if (content.Length == 0)
            {
                continue;
            }

            var token = new AddedToken(
                fields.Number("id"),
                content,
                fields.Flag("special"),
                fields.Flag("single_word"),
                fields.Flag("lstrip"),
                fields.Flag("rstrip"),
                fields.Flag("normalized"));
            int? known = vocabulary.IdOf(content);
            bool taken = known == null ? vocabulary.TokenOf(token.Id) != null : known != token.Id;
            if (taken || tokens.Values.Any(other => (other.Id == token.Id) != (other.Content == content)))
            {
                throw new ReproException(
                    Invariant($"{fields.Where}: '{Shorten(content)}' has id {token.Id}, but the token or the id is taken already."));
            }

            tokens[content] = token;
        }

        return [.. tokens.Values];
    }

    private static TextNormalizer Normalizer(JsonFields fields) => fields.Text("type") switch
    {
        "NFC" => new NfcNormalizer(),
        "NFKC" => new NfcNormalizer(compatibility: true),
        "Prepend" => new PrependNormalizer(NotEmpty(fields, "prepend")),
        "Replace" => new ReplaceNormalizer(NotEmpty(fields.Child("pattern"), "String"), fields.Text("content")),
        "Sequence" => new SequenceNormalizer([.. fields.Children("normalizers").Select(Normalizer)]),
        _ => throw fields.Wrong("type", "NFC, NFKC, Prepend, Replace or Sequence"),
    };

    private static PreTokenizerStep PreTokenizer(JsonFields fields) => fields.Text("type") switch
    {
        "ByteLevel" => new ByteLevelStep(fields.Flag("add_prefix_space", true), fields.Flag("use_regex", true)),
        "Split" => Split(fields),
        "Digits" => new SplitStep(@"[\p{Nd}\p{Nl}\p{No}]", fields.Flag("individual_digits", false) ? SplitBehavior.Isolated
            : SplitBehavior.Contiguous, false),
        "Punctuation" => new SplitStep(@"[\p{P}$+<=>^`|~]", fields.Has("behavior") ? Behavior(fields) : SplitBehavior.Isolated, false),
        "Metaspace" => new MetaspaceStep(Mark(fields), Scheme(fields), fields.Flag("split", true)),
        "Sequence" => Sequence(fields),
        _ => throw fields.Wrong("type", "ByteLevel, Split, Digits, Punctuation, Metaspace or Sequence"),
    };

    private static SplitStep Split(JsonFields fields)
    {
        JsonFields pattern = fields.Child("pattern");
        string expression = pattern.Has("String") ? Regex.Escape(NotEmpty(pattern, "String")) : NotEmpty(pattern, "Regex");
        if (expression.Length > LongestPattern)
        {
            throw pattern.Wrong("Regex", $"at most {LongestPattern} characters long");
        }

        return new SplitStep(expression, Behavior(fields), fields.Flag("invert", false));
    }

    private static SplitBehavior Behavior(JsonFields fields) =>
        Enum.TryParse(fields.Text("behavior"), out SplitBehavior behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw fields.Wrong("behavior", string.Join(", ", Enum.GetNames<SplitBehavior>()));

    private static char Mark(JsonFields fields) =>
        fields.Text("replacement") is { Length: 1 } mark && mark != " " ? mark[0]
            : throw fields.Wrong("replacement", "a single character other than a space");

    // Earlier files have add_prefix_space in its place.
    private static PrefixScheme Scheme(JsonFields fields) => fields.Has("prepend_scheme") ? fields.Text("prepend_scheme") switch
    {
        "always" => PrefixScheme.Always,
        "first" => PrefixScheme.First,
        "never" => PrefixScheme.Never,
        _ => throw fields.Wrong("prepend_scheme", "always, first or never"),
    }
    : fields.Flag("add_prefix_space", true) ? PrefixScheme.Always : PrefixScheme.Never;

    private static SequenceStep Sequence(JsonFields fields)
    {
        PreTokenizerStep[] steps = [.. fields.Children("pretokenizers").Select(PreTokenizer)];
        int late = Array.FindLastIndex(steps, step => step.AddsPrefixSpace || step.Spaces is not null);
        return late <= 0
            ? new SequenceStep(steps)
            : throw new ReproException(Invariant(
                $"{fields.Where}.pretokenizers[{late}] puts spaces in front or rewrites them, which the first step only can."));
    }

    private static DecoderSpec Decoder(JsonFields fields) => fields.Text("type") switch
    {
        "ByteLevel" => new ByteLevelDecoder(),
        "Replace" => new ReplaceDecoder(NotEmpty(fields.Child("pattern"), "String"), fields.Text("content")),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => fields.Text("content") is { Length: 1 } content
            ? new StripDecoder(content[0], fields.Number("start"), fields.Number("stop"))
            : throw fields.Wrong("content", "a single character"),
        "Metaspace" => new MetaspaceDecoder(Mark(fields), Scheme(fields) == PrefixScheme.Never),
        "Sequence" => new SequenceDecoder([.. fields.Children("decoders").Select(Decoder)]),
        _ => throw fields.Wrong("type", "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace or Sequence"),
    };

    private static PostProcessor PostProcessor(JsonFields fields) => fields.Text("type") switch
    {
        "ByteLevel" => new PostProcessor([], [], fields.Flag("trim_offsets", true), fields.Flag("add_prefix_space", true)),
        "TemplateProcessing" => Template(fields),
        "RobertaProcessing" => new PostProcessor([Pair(fields, "cls")], [Pair(fields, "sep")], fields.Flag("trim_offsets", true),
            fields.Flag("add_prefix_space", true)),
        "BertProcessing" => new PostProcessor([Pair(fields, "cls")], [Pair(fields, "sep")]),
        "Sequence" => fields.Children("processors").Select(PostProcessor).Aggregate(
            new PostProcessor([], []),
            (all, one) => new PostProcessor(
                [.. one.Before, .. all.Before],
                [.. all.After, .. one.After],
                all.TrimOffsets || one.TrimOffsets,
                all.KeepsPrefixSpace || one.KeepsPrefixSpace)),
        _ => throw fields.Wrong("type", "ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing or Sequence"),
    };

    // A token with its id, such as ["</s>", 2].
    private static int Pair(JsonFields fields, string name) =>
        fields.Member(name) is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2
            && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int id)
            ? id
            : throw fields.Wrong(name, "an array of a token and its id");

    // The part of a template that concerns single texts.
    private static PostProcessor Template(JsonFields fields)
    {
        List<JsonFields> items = fields.Children("single");
        int text = items.FindIndex(item => item.Has("Sequence"));
        if (text < 0)
        {
            throw fields.Wrong("single", "a template that holds the text");
        }

        if (items.FindLastIndex(item => item.Has("Sequence")) is var last && last != text)
        {
            throw new ReproException($"{items[last].Where}: the text stands in the template twice.");
        }

        return new PostProcessor([.. items.Take(text).SelectMany(Ids)], [.. items.Skip(text + 1).SelectMany(Ids)]);

        List<int> Ids(JsonFields item) => fields.Child("special_tokens").Child(item.Child("SpecialToken").Text("id")).Numbers("ids");
    }

    private static string NotEmpty(JsonFields fields, string name) =>
        fields.Text(name) is { Length: > 0 } text ? text : throw fields.Wrong(name, "a string that is not empty");

    private static string Shorten(string token) => token.Length <= 40 ? token : token[..40] + "...";
}
