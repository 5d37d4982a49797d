using System.Text.Json;

namespace Repro.Core.Tokenization;

/// <summary>
/// What the files beside a tokenizer say of it: <c>tokenizer_config.json</c>, and the two that it took the place of,
/// <c>special_tokens_map.json</c> and <c>added_tokens.json</c>. These count where it has no <c>added_tokens_decoder</c>, as in
/// transformers.
/// </summary>
internal sealed record TokenizerConfigFile
{
    private const string ConfigName = "tokenizer_config.json";
    private const string MapName = "special_tokens_map.json";
    private const string AddedName = "added_tokens.json";

    private static readonly string[] _roles = ["bos_token", "eos_token", "pad_token", "unk_token"];

    // Their classes in transformers write the template of a single text anew from the two flags.
    private static readonly string[] _llamaClasses =
        ["LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizer", "CodeLlamaTokenizerFast"];

    private string?[] Tokens { get; init; } = [null, null, null, null];

    private string[] Sources { get; init; } = ["", "", "", ""];

    /// <summary>Tokens beside those of the tokenizer's own file, by id.</summary>
    public IReadOnlyList<AddedToken> Added { get; private init; } = [];

    /// <summary>The file that <see cref="Added"/> comes from.</summary>
    public string AddedSource { get; private init; } = "";

    /// <summary><c>add_bos_token</c>; null where the file does not have it.</summary>
    public bool? AddsBegin { get; private init; }

    /// <summary><c>add_eos_token</c>; null where the file does not have it.</summary>
    public bool? AddsEnd { get; private init; }

    /// <summary><c>legacy</c>: a <c>tokenizer.model</c> puts the mark of a space after each added token too.</summary>
    public bool Legacy { get; private init; } = true;

    private bool IsLlama { get; init; }

    /// <summary>Reads the files of a folder; those that are missing say nothing.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="ReproException">A file is not readable, or a key of the wrong kind.</exception>
    public static TokenizerConfigFile Read(string folder)
    {
        string configPath = Path.Combine(folder, ConfigName), mapPath = Path.Combine(folder, MapName), addedPath =
            Path.Combine(folder, AddedName);
        JsonFields? config = Load(configPath), map = null;
        bool isWhole = config is { } fields && fields.Has("added_tokens_decoder");
        map = isWhole ? null : Load(mapPath);
        var tokens = new string?[_roles.Length];
        var sources = new string[_roles.Length];
        for (int i = 0; i < _roles.Length; i++)
        {
            string? mapped = map is { } older ? Token(older, _roles[i]) : null;
            tokens[i] = mapped ?? (config is { } newer ? Token(newer, _roles[i]) : null);
            sources[i] = mapped is null ? configPath : mapPath;
        }

        return new TokenizerConfigFile
        {
            Tokens = tokens,
            Sources = sources,
            Added = isWhole ? Decoder(config!.Value.Child("added_tokens_decoder")) : Load(addedPath) is { } added ? Older(added, tokens)
                : [],
            AddedSource = isWhole ? configPath : addedPath,
            AddsBegin = Flag(config, "add_bos_token"),
            AddsEnd = Flag(config, "add_eos_token"),
            Legacy = Flag(config, "legacy") ?? true,
            IsLlama = config is { } named && named.Member("tokenizer_class") is { ValueKind: JsonValueKind.String } name
                && _llamaClasses.Contains(name.GetString()),
        };
    }

    /// <summary>The ids of the named tokens.</summary>
    /// <param name="idOf">Ids by token.</param>
    /// <exception cref="ReproException">A name is not a token.</exception>
    public SpecialTokenIds Specials(Func<string, int?> idOf)
    {
        int?[] ids = [.. Tokens.Select((token, i) => token is null
            ? (int?)null
            : idOf(token) ?? throw new ReproException($"{Sources[i]}: {_roles[i]} '{token}' is not a token of the tokenizer."))];
        return new SpecialTokenIds(ids[0], ids[1], ids[2], ids[3]);
    }

    /// <summary>The template with the begin and end token that the flags ask for.</summary>
    /// <param name="own">That of the tokenizer's file.</param>
    /// <param name="specials">The named tokens.</param>
    public PostProcessor Adapt(PostProcessor own, SpecialTokenIds specials) => own with
    {
        Before = With(own.Before, specials.Begin, AddsBegin ?? (IsLlama ? true : null), first: true),
        After = With(own.After, specials.End, AddsEnd ?? (IsLlama ? false : null), first: false),
    };

    private static IReadOnlyList<int> With(IReadOnlyList<int> ids, int? token, bool? wanted, bool first) => (token, wanted) switch
    {
        ({ } id, true) when !ids.Contains(id) => first ? [id, .. ids] : [.. ids, id],
        ({ } id, false) => [.. ids.Where(other => other != id)],
        _ => ids,
    };

    private static JsonFields? Load(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(TokenizerLoader.ReadBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new JsonFields(document.RootElement.Clone(), path)
                : throw new ReproException($"{path} must be a JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ReproException($"{path} is not readable JSON: {e.Message}", e);
        }
    }

    private static bool? Flag(JsonFields? fields, string name) => fields is { } given && given.Has(name) ? given.Flag(name) : null;

    private static string? Token(JsonFields fields, string name)
    {
        try
        {
            return !fields.Has(name) ? null : fields.Member(name) switch
            {
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { ValueKind: JsonValueKind.Object } item when item.TryGetProperty("content", out JsonElement content)
                    && content.ValueKind == JsonValueKind.String => content.GetString(),
                _ => throw new ReproException($"{fields.Where}: {name} must be a token, as a string or as an object with its content."),
            };
        }
        catch (InvalidOperationException e)
        {
            throw new ReproException($"{fields.Where} is not readable JSON: {e.Message}", e);
        }
    }

    private static List<AddedToken> Decoder(JsonFields entries) =>
        [.. entries.Names().Where(name => entries.Child(name).Text("content").Length > 0).Select(name =>
            Entry(name, entries)).OrderBy(token => token.Id)];

    private static AddedToken Entry(string name, JsonFields entries)
    {
        JsonFields fields = entries.Child(name);
        return new AddedToken(
            int.TryParse(name, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int id)
                ? id
                : throw new ReproException($"{entries.Where}: '{name}' must be a token id."),
            fields.Text("content"),
            fields.Flag("special", false),
            fields.Flag("single_word", false),
            fields.Flag("lstrip", false),
            fields.Flag("rstrip", false),
            fields.Flag("normalized", !fields.Flag("special", false)));
    }

    // Special are those with a role; the others are searched in normalized text.
    private static List<AddedToken> Older(JsonFields entries, string?[] roles) =>
        [.. entries.Names().Where(name => name.Length > 0)
            .Select(name => new AddedToken(entries.Number(name), name, Special: roles.Contains(name), Normalized: !roles.Contains(name)))
            .OrderBy(token => token.Id)];
}
