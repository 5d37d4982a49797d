using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Repro.Core.Configuration;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>The templates that come with this program. Without one of them a model's own is used.</summary>
public enum ChatForm
{
    /// <summary>ChatML with a line break after every turn.</summary>
    [JsonStringEnumMemberName("chatml")]
    ChatMl,

    /// <summary>ChatML with the system message of Qwen2.</summary>
    Qwen2,

    /// <summary>ChatML with the system message of Qwen2.5.</summary>
    [JsonStringEnumMemberName("qwen2.5")]
    Qwen25,

    /// <summary>Tags of prompter and assistant.</summary>
    TurnTags,

    /// <summary>Llama 2 chat.</summary>
    Llama2,

    /// <summary>Llama 3 chat.</summary>
    Llama3,
}

/// <summary>A template and where it comes from.</summary>
/// <param name="Template">The template.</param>
/// <param name="Origin">For people: its name, the file, or why it was taken.</param>
public sealed record FoundTemplate(ChatTemplate Template, string Origin);

/// <summary>Templates by their names in settings, and those that models bring.</summary>
public static class ChatForms
{
    /// <summary>The file that a trained model's template is written to.</summary>
    public const string FileName = "chat_template.jinja";

    private const string ConfigName = "tokenizer_config.json";
    private const string Key = "chat_template";

    /// <summary>The template of a form.</summary>
    /// <param name="form">The form.</param>
    public static ChatTemplate Template(ChatForm form) => form switch
    {
        ChatForm.ChatMl => new ChatMlTemplate(),
        ChatForm.Qwen2 => ChatMlTemplate.Qwen2,
        ChatForm.Qwen25 => ChatMlTemplate.Qwen25,
        ChatForm.TurnTags => new TurnTagTemplate(),
        ChatForm.Llama2 => new Llama2Template(),
        ChatForm.Llama3 => new Llama3Template(),
        _ => throw new ArgumentOutOfRangeException(nameof(form), form, "Not a form of chat."),
    };

    /// <summary>
    /// The template to use: the one that was asked for, else the model's own, else ChatML. A model's template that is one of this
    /// program's, as trained models have it, is that one again.
    /// </summary>
    /// <param name="asked">The name of a <see cref="ChatForm"/>, with or without underscores and in any case, or a file with a Jinja
    /// template; null for the model's own.</param>
    /// <param name="tokenizer">Its special tokens are what the template may name.</param>
    /// <param name="folders">Where to look for the model's own, first to last; missing ones are left out.</param>
    /// <exception cref="ReproException">There is no such name or file, or the template cannot be read or is not supported; the message
    /// says which key overrides the model's own.</exception>
    public static FoundTemplate Find(string? asked, TextTokenizer tokenizer, params string?[] folders)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        if (asked is not null)
        {
            return FormOf(asked) is { } form ? new FoundTemplate(Template(form), ConfigScalars.Print(form))
                : File.Exists(asked) ? FromSource(asked, ReadText(asked), tokenizer, "the file")
                : throw Unknown(asked);
        }

        foreach (var folder in folders.OfType<string>().Select(FolderOf))
        {
            if (Read(folder) is var (file, source))
            {
                return FromSource(file, source, tokenizer, "the model's own, from");
            }
        }

        return new FoundTemplate(Template(ChatForm.ChatMl), "chatml, as the model brings none and none was asked for");
    }

    /// <summary>SHA-256 of a template's text, lower-case hexadecimal: without its begin token and line breaks at its end, which
    /// <see cref="Write"/> may leave out.</summary>
    /// <param name="template">The template.</param>
    public static string HashOf(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        return HashOfText(template.Source);
    }

    /// <summary>The same of the template that a folder brings; null where it brings none.</summary>
    /// <param name="folder">That of a model, an adapter or a tokenizer; it may be missing.</param>
    /// <exception cref="ReproException">Its files cannot be read.</exception>
    public static string? HashOf(string folder) =>
        Directory.Exists(folder) && Read(ModelLocation.Find(folder)) is var (_, source) ? HashOfText(source) : null;

    /// <summary>Whether a folder brings a template.</summary>
    /// <param name="folder">That of a model, an adapter or a tokenizer; it may be missing.</param>
    /// <exception cref="ReproException">Its files cannot be read.</exception>
    internal static bool Brings(string folder) => Read(FolderOf(folder)) is not null;

    /// <summary>
    /// Writes the template of a trained model: into <see cref="FileName"/>, and into <c>tokenizer_config.json</c> where that has one, so
    /// that no reader finds another one.
    /// </summary>
    /// <param name="template">What the model was trained with.</param>
    /// <param name="tokenizer">Its tokenizer; the template writes a begin token only where training had one.</param>
    /// <param name="folder">An existing folder, with the tokenizer's files in it.</param>
    /// <exception cref="ReproException">The files cannot be written.</exception>
    public static void Write(ChatTemplate template, TextTokenizer tokenizer, string folder)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        var source = template.WritesBegin || tokenizer.BeginOfText is not null ? template.Source : WithoutBegin(template.Source);
        try
        {
            AtomicFile.WriteText(Path.Combine(folder, FileName), source);
            var config = Path.Combine(folder, ConfigName);
            if (File.Exists(config) && Parse(config) is { } root && root.ContainsKey(Key))
            {
                root[Key] = source;
                AtomicFile.WriteBytes(config, TokenizerWriter.Serialize(root));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReproException($"{folder}: the chat template cannot be written: {e.Message}", e);
        }
    }

    /// <summary>A prompt as the policy reads it: begin token where the tokenizer has one, turns, opening of the answer.</summary>
    /// <param name="template">The form.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="prompt">Ends with a message of the user.</param>
    public static int[] PromptIds(ChatTemplate template, TextTokenizer tokenizer, IReadOnlyList<ChatMessage> prompt)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        var ids = template.Encode(tokenizer, prompt, addGenerationPrompt: true, lossFrom: prompt.Count).Ids;
        return BeginOf(template, tokenizer) is { } begin && (ids.Length == 0 || ids[0] != begin) ? [begin, .. ids] : ids;
    }

    /// <summary>The begin token that goes before texts of a template; null where the tokenizer has none or the template writes
    /// it.</summary>
    internal static int? BeginOf(ChatTemplate template, TextTokenizer tokenizer) => template.WritesBegin ? null : tokenizer.BeginOfText;

    private static FoundTemplate FromSource(string file, string source, TextTokenizer tokenizer, string origin)
    {
        var written = source.ReplaceLineEndings("\n").TrimEnd('\n');
        foreach (var form in Enum.GetValues<ChatForm>())
        {
            if (Template(form) is var own && (own.Source == written || WithoutBegin(own.Source) == written))
            {
                return new FoundTemplate(own, $"{ConfigScalars.Print(form)}, from {Short(file)}");
            }
        }

        return new FoundTemplate(new JinjaTemplate(source, file, JinjaTemplate.TokensOf(tokenizer)), $"{origin} {Short(file)}");
    }

    // With or without underscores and in any case: turn_tags, TurnTags.
    private static ChatForm? FormOf(string name)
    {
        var forms = Enum.GetValues<ChatForm>();
        return Array.FindIndex(forms, form => Plain(ConfigScalars.Print(form)) == Plain(name)) is >= 0 and var place ? forms[place] : null;
    }

    private static ReproException Unknown(string name)
    {
        var names = Enum.GetValues<ChatForm>().Select(form => ConfigScalars.Print(form)).ToList();
        return new($"template '{name}': one of {string.Join(", ", names)}, or a file with a Jinja template, was expected"
            + Suggestion.For(name, names));
    }

    private static string HashOfText(string source) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(WithoutBegin(source.ReplaceLineEndings("\n").TrimEnd('\n')))));

    // Enough to tell a run's file from that of its base, short enough for a table.
    private static string Short(string file) =>
        $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))}/{Path.GetFileName(file)}";

    private static string WithoutBegin(string source) =>
        source.StartsWith(ChatSources.Begin, StringComparison.Ordinal) ? source[ChatSources.Begin.Length..] : source;

    private static string Plain(string name) => name.Replace("_", string.Empty, StringComparison.Ordinal).ToUpperInvariant();

    private static string FolderOf(string path) =>
        Directory.Exists(path) ? ModelLocation.Find(path) : Path.GetDirectoryName(Path.GetFullPath(path))!;

    // As transformers reads them: the file of its own before the key of the tokenizer, then that of processors.
    private static (string File, string Source)? Read(string folder)
    {
        var own = Path.Combine(folder, FileName);
        if (File.Exists(own))
        {
            return (own, ReadText(own));
        }

        foreach (var file in new[] { ConfigName, "chat_template.json" }.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            if (Parse(file)[Key] is { } value)
            {
                return (file, Source(value, file));
            }
        }

        return null;
    }

    private static string Source(JsonNode value, string file)
    {
        if (value is JsonArray named)
        {
            var templates = named.OfType<JsonObject>().Select(item => (Name: Text(item["name"]), Source: Text(item["template"]))).ToList();
            var names = string.Join(", ", templates.Select(template => template.Name ?? "one without a name"));
            return templates.Find(template => template.Name == "default").Source ?? throw new ReproException(
                $"{file}: {Key} has no template 'default', only {names}; set template: to one of this program's.");
        }

        return Text(value) ?? throw new ReproException($"{file}: {Key} must be a text, or a list of objects with 'name' and 'template'.");
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static JsonObject Parse(string file)
    {
        try
        {
            return JsonNode.Parse(ReadText(file)) as JsonObject ?? throw new ReproException($"{file} must be a JSON object.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ReproException($"{file} is not readable JSON: {e.Message}", e);
        }
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ReproException.Unreadable(file, e);
        }
    }
}

/// <summary>The templates of this program as Jinja. A folder that was trained with one of them holds this text, by which it is found
/// again: a change here needs the old text beside the new one.</summary>
internal static class ChatSources
{
    // 'bos_token' is defined where the tokenizer has a begin token.
    internal const string Begin = "{% if bos_token %}{{ bos_token }}{% endif %}";

    internal static string Llama3 { get; } = Lines(
        """{{- '<|begin_of_text|>' }}""",
        """{%- for message in messages %}""",
        """    {{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\n\n' ~ message.content.strip() ~ '<|eot_id|>' }}""",
        """{%- endfor %}""",
        """{%- if add_generation_prompt %}""",
        """    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}""",
        """{%- endif %}""");

    internal static string TurnTags { get; } = Lines(
        Begin,
        """{%- for message in messages %}""",
        """    {{- '<|prompter|>' if message.role == 'user' else '<|' ~ message.role ~ '|>' }}""",
        """    {{- message.content ~ '</s>' }}""",
        """{%- endfor %}""",
        """{%- if add_generation_prompt %}""",
        """    {{- '<|assistant|>' }}""",
        """{%- endif %}""");

    internal static string Llama2 { get; } = Lines(
        """{%- set system = messages[0].content if messages and messages[0].role == 'system' else none %}""",
        """{%- for message in (messages if system is none else messages[1:]) %}""",
        """    {%- if message.role != ('user' if loop.index0 is even else 'assistant') %}""",
        """        {{- raise_exception('After an optional system message, user and assistant must alternate.') }}""",
        """    {%- elif message.role == 'assistant' %}""",
        """        {{- ' ' ~ message.content.strip() ~ ' </s>' }}""",
        """    {%- elif loop.first and system is not none %}""",
        """        {{- '<s>[INST] ' ~ ('<<SYS>>\n' ~ system ~ '\n<</SYS>>\n\n' ~ message.content).strip() ~ ' [/INST]' }}""",
        """    {%- else %}""",
        """        {{- '<s>[INST] ' ~ message.content.strip() ~ ' [/INST]' }}""",
        """    {%- endif %}""",
        """{%- endfor %}""");

    internal static string ChatMl(string? system, bool endsWithLineBreak)
    {
        string[] first = system is null ? [] :
        [
            """{%- if not messages or messages[0].role != 'system' %}""",
            """    {{- '<|im_start|>system\n""" + system + """<|im_end|>\n' }}""",
            """{%- endif %}""",
        ];
        var end = endsWithLineBreak ? """    {{- '\n' }}""" : """    {{- '' if loop.last and not add_generation_prompt else '\n' }}""";
        return Lines(
        [
            Begin,
            .. first,
            """{%- for message in messages %}""",
            """    {{- '<|im_start|>' ~ message.role ~ '\n' ~ message.content ~ '<|im_end|>' }}""",
            end,
            """{%- endfor %}""",
            """{%- if add_generation_prompt %}""",
            """    {{- '<|im_start|>assistant\n' }}""",
            """{%- endif %}""",
        ]);
    }

    private static string Lines(params string[] lines) => string.Join('\n', lines);
}
