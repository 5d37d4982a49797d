using System.Text;
using Repro.Core.Chat.Jinja;
using Repro.Core.Data;
using Repro.Core.Tokenization;

namespace Repro.Core.Chat;

/// <summary>
/// A chat template as models bring it: the part of Jinja 3.1 that public models use, with <c>trim_blocks</c> and <c>lstrip_blocks</c> as
/// transformers sets them. It reads nothing but the conversation and the special tokens, within limits of operations, length and nesting;
/// anything else is refused by name, line and column.
/// </summary>
/// <remarks>
/// A template says itself whether a text starts with the begin token. <c>strftime_now</c> is not defined unless <see cref="Now"/> is given:
/// templates that test for it use their fixed date, and the same run reads the same prompts on any day. The variables are those of
/// transformers: <c>messages</c>, <c>add_generation_prompt</c>, <c>tools</c> and <c>documents</c> (none), <c>bos_token</c> and its like.
/// </remarks>
public sealed class JinjaTemplate : ChatTemplate
{
    private readonly JinjaSource _source;
    private readonly IReadOnlyList<JinjaStatement> _body;
    private readonly IReadOnlyDictionary<string, string> _tokens;
    private readonly bool _marksGeneration;

    /// <summary>Reads a template.</summary>
    /// <param name="source">Its text.</param>
    /// <param name="name">What complaints call it.</param>
    /// <param name="tokens">Special tokens by name, such as <c>bos_token</c>; null for none.</param>
    /// <exception cref="ReproException">It is no valid template, or uses what is not supported; line and column are named.</exception>
    public JinjaTemplate(string source, string name = "chat_template", IReadOnlyDictionary<string, string>? tokens = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(name);
        Source = source;
        var text = source.ReplaceLineEndings("\n");
        _source = new JinjaSource(name, text.EndsWith('\n') ? text[..^1] : text);
        _tokens = tokens ?? new Dictionary<string, string>();
        _body = _source.Text.Length <= MaximumSource
            ? JinjaParser.Parse(_source)
            : throw new ReproException(Invariant($"{name}: a template of more than {MaximumSource:N0} characters."));
        _marksGeneration = _source.Text.Contains("generation", StringComparison.Ordinal) && Marks(_body);
    }

    /// <summary>Most characters of a template.</summary>
    public const int MaximumSource = 1 << 20;

    /// <summary>The text that it was read from.</summary>
    public override string Source { get; }

    /// <summary>The time that <c>strftime_now</c> tells; null where the template gets no such function.</summary>
    public DateTime? Now { get; init; }

    internal override bool WritesBegin => true;

    /// <summary>The special tokens of a tokenizer by the names that templates know.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    public static IReadOnlyDictionary<string, string> TokensOf(TextTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        var specials = tokenizer.Specials;
        foreach (var (name, id) in new[]
            { ("bos_token", specials.Begin), ("eos_token", specials.End), ("pad_token", specials.Pad), ("unk_token", specials.Unknown) })
        {
            if (id is { } known && tokenizer.TokenOf(known) is { } token)
            {
                tokens[name] = token;
            }
        }

        return tokens;
    }

    /// <summary>The text of a conversation of any members.</summary>
    /// <param name="messages">Each with its members by name, such as <c>role</c> and <c>content</c>; values of texts.</param>
    /// <param name="addGenerationPrompt">As in <see cref="ChatTemplate.Render"/>.</param>
    /// <exception cref="ReproException">The template refuses the conversation or needs what is not supported.</exception>
    public string ToText(IReadOnlyList<IReadOnlyDictionary<string, string>> messages, bool addGenerationPrompt) =>
        Run([.. messages.Select(message =>
            new JinjaDict(message.Select(pair => new KeyValuePair<object, object?>(pair.Key, pair.Value))))], addGenerationPrompt).Text;

    /// <inheritdoc/>
    /// <remarks>Special tokens are not told apart here: only <see cref="Encode"/> knows which the tokenizer has.</remarks>
    public override IReadOnlyList<ChatPart> Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false)
    {
        var (text, turns) = Lay(messages, addGenerationPrompt, messages.Count);
        return Cut(text, turns, messages.Count, []);
    }

    /// <inheritdoc/>
    public override ChatTokens Encode(
        TextTokenizer tokenizer, IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = false, int lossFrom = 0)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(messages);
        var specials = tokenizer.SpecialTexts;
        var forged = messages.Any(message => specials.Any(token => message.Content.Contains(token, StringComparison.Ordinal)));
        if (!forged)
        {
            var (text, turns) = Lay(messages, addGenerationPrompt, lossFrom);
            return EncodeWhole(tokenizer, text, turns, messages.Count);
        }

        // A character that no text holds stands inside of each special token that a message spells out, until the true ones are found.
        var mark = Enumerable.Range(0xFDD0, 32).Select(code => ((char)code).ToString())
            .FirstOrDefault(mark => !messages.Any(message => message.Content.Contains(mark, StringComparison.Ordinal)))
            ?? throw new ReproException("The messages hold every noncharacter from U+FDD0 to U+FDEF: special tokens cannot be told apart.");
        var (marked, marks) = Lay([.. messages.Select(message => message with { Content = Marked(message.Content, specials, mark) })],
            addGenerationPrompt, lossFrom);
        var parts = Cut(marked, marks, messages.Count, specials);
        return new ChatEncoder(tokenizer)
            .Encode([.. parts.Select(part => part with { Text = part.Text.Replace(mark, string.Empty, StringComparison.Ordinal) })]);
    }

    private static string Marked(string content, IReadOnlyList<string> specials, string mark) => specials.Aggregate(
        content,
        (text, token) => text.Replace(token, token[..1] + mark + token[1..], StringComparison.Ordinal));

    private static bool Marks(IReadOnlyList<JinjaStatement> body) => body.Any(statement => statement switch
    {
        JinjaGeneration => true,
        JinjaIf choice => choice.Branches.Any(branch => Marks(branch.Body)) || Marks(choice.Else),
        JinjaFor loop => Marks(loop.Body) || Marks(loop.Else),
        JinjaWith with => Marks(with.Body),
        _ => false,
    });

    private (string Text, IReadOnlyList<(int Start, int End)> Generated) Run(IReadOnlyList<JinjaDict> messages, bool addGenerationPrompt)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, token) in _tokens)
        {
            variables[name] = token;
        }

        variables["messages"] = new JinjaList(messages);
        variables["add_generation_prompt"] = addGenerationPrompt;
        variables["tools"] = null;
        variables["documents"] = null;
        return JinjaEvaluator.Run(_source, _body, variables, new JinjaLimits(), Now);
    }

    private (string Text, IReadOnlyList<(int Start, int End)> Generated) Run(IEnumerable<ChatMessage> messages, bool addGenerationPrompt) =>
        Run([.. messages.Select(message => JinjaDict.From(("role", NameOf(message.Role)), ("content", message.Content)))],
            addGenerationPrompt);

    // The text, and for each turn of the assistant from lossFrom on where what it writes starts and ends.
    private (string Text, IReadOnlyList<Turn> Turns) Lay(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt, int lossFrom)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var (text, generated) = Run(messages, addGenerationPrompt);
        int[] assistants = [.. Enumerable.Range(0, messages.Count).Where(i => messages[i].Role == ChatRole.Assistant)];
        if (!_marksGeneration)
        {
            return (text, [.. assistants.Where(i => i >= lossFrom).Select(i => TurnOf(messages, i, text))]);
        }

        var spans = generated.Where(span => span.End > span.Start).ToList();
        return assistants.Length == spans.Count || lossFrom >= messages.Count
            ? (text, [.. assistants.Zip(spans).Where(pair => pair.First >= lossFrom)
                .Select(pair => new Turn(pair.First, pair.Second.Start, pair.Second.End))])
            : throw new ReproException(
                Invariant($"{_source.Name}: {spans.Count} generation blocks for {assistants.Length} turns of the assistant: ")
                + "what it writes is not known.");
    }

    // What the assistant writes in a turn: what the conversation up to it adds to the prompt of this turn, without white space after a
    // last special token, which is not generated.
    private Turn TurnOf(IReadOnlyList<ChatMessage> messages, int index, string text)
    {
        var prompt = Run(messages.Take(index), addGenerationPrompt: true).Text;
        var whole = index == messages.Count - 1 ? Run(messages, addGenerationPrompt: false).Text
            : Run(messages.Take(index + 1), addGenerationPrompt: false).Text;
        if (!text.StartsWith(prompt, StringComparison.Ordinal) || !text.StartsWith(whole, StringComparison.Ordinal)
            || whole.Length < prompt.Length)
        {
            throw new ReproException(
                Invariant($"{_source.Name}: what the assistant writes in message {index} cannot be told: ")
                + "the template writes a turn otherwise when it is prompted for or when other turns follow. "
                + "Give a template that marks it with {% generation %}, or set loss_on: everything.");
        }

        var end = whole.Length;
        while (end > prompt.Length && JinjaLexer.IsSpace(whole[end - 1]))
        {
            end--;
        }

        var content = messages[index].Content.TrimEnd();
        var closed = end > prompt.Length && !whole[prompt.Length..end].EndsWith(content, StringComparison.Ordinal);
        return new Turn(index, prompt.Length, closed ? end : whole.Length);
    }

    // Parts with the message that they belong to: between two turns of the assistant stands what prompts for the latter.
    private static List<ChatPart> Cut(string text, IReadOnlyList<Turn> turns, int count, IReadOnlyList<string> specials)
    {
        var parts = new List<ChatPart>();
        var from = 0;
        foreach (var turn in turns.Append(new Turn(count, text.Length, text.Length)))
        {
            AddParts(parts, text[from..turn.Start], turn.Message - 1, false, specials);
            AddParts(parts, text[turn.Start..turn.End], turn.Message, true, specials);
            from = turn.End;
        }

        return parts;
    }

    private static void AddParts(List<ChatPart> parts, string text, int message, bool loss, IReadOnlyList<string> specials)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length;)
        {
            var token = specials.Where(token => string.CompareOrdinal(text, i, token, 0, token.Length) == 0).MaxBy(token => token.Length);
            if (token is null)
            {
                plain.Append(text[i++]);
                continue;
            }

            AddPlain();
            parts.Add(new ChatPart(token, true, message, loss));
            i += token.Length;
        }

        AddPlain();

        void AddPlain()
        {
            if (plain.Length > 0)
            {
                parts.Add(new ChatPart(plain.ToString(), false, message, loss));
                plain.Clear();
            }
        }
    }

    // The ids of transformers: the whole text at once, special tokens read from it.
    private static ChatTokens EncodeWhole(TextTokenizer tokenizer, string text, IReadOnlyList<Turn> turns, int count)
    {
        var parts = Cut(text, turns, count, []);
        var ends = new int[parts.Count];
        for (var i = 0; i < parts.Count; i++)
        {
            ends[i] = (i == 0 ? 0 : ends[i - 1]) + CodePoints.Count(parts[i].Text);
        }

        var spans = tokenizer.EncodeSpans(text, addSpecialTokens: false);
        var (mask, owners, part) = (new byte[spans.Count], new int[spans.Count], 0);
        for (var i = 0; i < spans.Count; i++)
        {
            while (part + 1 < ends.Length && spans[i].End > ends[part])
            {
                part++;
            }

            (mask[i], owners[i]) = (parts[part].CarriesLoss ? (byte)1 : (byte)0, parts[part].Message);
        }

        return new ChatTokens([.. spans.Select(span => span.Id)], mask, owners);
    }

    private readonly record struct Turn(int Message, int Start, int End);
}
