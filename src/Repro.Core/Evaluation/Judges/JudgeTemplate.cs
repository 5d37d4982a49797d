using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Repro.Core.Evaluation.Judges;

/// <summary>
/// A prompt with places such as <c>{output_1}</c>. Messages are told apart by ChatML's
/// <c>&lt;|im_start|&gt;</c> and <c>&lt;|im_end|&gt;</c>; a text without them is one message of the user.
/// </summary>
/// <remarks>AlpacaEval fills the places first, one after the other, and splits into messages after that: an output that holds
/// <c>&lt;|im_end|&gt;</c> or <c>{output_2}</c> rewrites its prompt. Here messages are split first and all places filled at once: the same
/// bytes for harmless text, and text that stays in its place for any other.</remarks>
public sealed partial class JudgeTemplate
{
    private const string Begin = "<|im_start|>";
    private const string End = "<|im_end|>";

    private readonly IReadOnlyList<(string Role, string Content)> _messages;
    private readonly IReadOnlyDictionary<string, string> _fieldOfPlace;

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="name">Its file or name, for messages.</param>
    /// <param name="places">Fields that are filled in, and how the template calls them.</param>
    /// <exception cref="ReproException">A place of the fields is missing, or a message has no end.</exception>
    public JudgeTemplate(string text, string name, IReadOnlyDictionary<string, string> places)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(places);
        (Text, _fieldOfPlace) = (text, places.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal));
        _messages = [.. Split(text.Trim(), name)];
        var found = _messages.SelectMany(message => Place().Matches(message.Content)).Select(match => match.Groups[1].Value).ToHashSet();
        if (places.Values.FirstOrDefault(place => !found.Contains(place)) is { } missing)
        {
            throw new ReproException($"{name}: the template has no {{{missing}}}; "
                + $"it has {string.Join(", ", found.Select(p => $"{{{p}}}"))}.");
        }
    }

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary>What stands at the beginnings and ends of messages: an output that holds it may have been made to sway the judge.</summary>
    public static IReadOnlyList<string> Marks { get; } = [Begin, End];

    /// <summary>The messages of a request.</summary>
    /// <param name="fields">Text of each field.</param>
    internal JsonArray Messages(IReadOnlyDictionary<string, string> fields)
    {
        var messages = new JsonArray();
        foreach (var (role, content) in _messages)
        {
            messages.Add(new JsonObject { ["role"] = role, ["content"] = Filled(content, fields) });
        }

        return messages;
    }

    // The first of equal places only, as AlpacaEval fills them; a second one stays as it stands.
    private string Filled(string content, IReadOnlyDictionary<string, string> fields)
    {
        var (filled, at, used) = (new StringBuilder(), 0, new HashSet<string>(StringComparer.Ordinal));
        foreach (Match match in Place().Matches(content))
        {
            if (_fieldOfPlace.TryGetValue(match.Groups[1].Value, out var field) && used.Add(field))
            {
                filled.Append(content, at, match.Index - at).Append(fields[field]);
                at = match.Index + match.Length;
            }
        }

        return filled.Append(content, at, content.Length - at).ToString().Trim();
    }

    private static IEnumerable<(string Role, string Content)> Split(string text, string name)
    {
        if (!text.Contains(Begin, StringComparison.Ordinal))
        {
            yield return ("user", text);
            yield break;
        }

        foreach (var part in text.Split(Begin).Skip(1))
        {
            var line = part.IndexOf('\n', StringComparison.Ordinal);
            var end = part.IndexOf(End, StringComparison.Ordinal);
            if (line < 0 || end < line)
            {
                throw new ReproException($"{name}: a message begins with {Begin}, its role and a line break, and ends with {End}.");
            }

            yield return (part[..line].Trim(), part[(line + 1)..end].Trim());
        }
    }

    [GeneratedRegex(@"\{([^ \s]+?)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
