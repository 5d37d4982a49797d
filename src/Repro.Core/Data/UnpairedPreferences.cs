namespace Repro.Core.Data;

/// <summary>
/// TRL's format "unpaired preference": rows with <c>prompt</c>, <c>completion</c> and <c>label</c>. Prompt and completion are texts, or
/// lists of messages with <c>role</c> and <c>content</c>; a text is one message of the user or of the assistant.
/// </summary>
public static class UnpairedPreferences
{
    internal const string Set = "unpaired-preference";

    /// <summary>The rows of a file.</summary>
    /// <param name="source">A .jsonl or .json file, or either one compressed with gzip.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<UnpairedPreference> Read(RowSource source, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let prompt = Prompt(row)
        select new UnpairedPreference(
            new(Set, Origin.GroupOf(prompt[0].Content), row.LineName), prompt, Completion(row), row.Flag("label"));

    /// <summary>The replies of a pair by themselves, as TRL's KTO takes paired data: the preferred one is desirable, the other one
    /// not.</summary>
    /// <param name="pair">Two replies; a tie gives nothing.</param>
    public static IEnumerable<UnpairedPreference> From(PreferenceGroup pair)
    {
        ArgumentNullException.ThrowIfNull(pair);
        UnpairedPreference One(int reply, bool label)
        {
            var origin = pair.Origin with { Item = $"{pair.Origin.Item}:{(label ? "chosen" : "rejected")}" };
            return new UnpairedPreference(origin, pair.Prompt, pair.Replies[reply].Text, label);
        }

        return pair.Pairs().SelectMany(places => new[] { One(places.Better, true), One(places.Worse, false) });
    }

    private static List<ChatMessage> Prompt(RowFields row)
    {
        if (!row.IsList("prompt"))
        {
            return [new(ChatRole.User, row.Content("prompt"))];
        }

        var messages = Messages(row, "prompt");
        return ChatTurns.ProblemOfPrompt(messages) is null ? messages : throw row.Fault("prompt",
            "must be messages of user and assistant by turns that end with a question of the user, a system message first or none");
    }

    private static string Completion(RowFields row) => !row.IsList("completion") ? row.Content("completion")
        : Messages(row, "completion") is [{ Role: ChatRole.Assistant, Content: var text }] && !string.IsNullOrWhiteSpace(text) ? text
        : throw row.Fault("completion", "must be one message of the assistant that is not empty");

    // An empty list is no prompt and no completion, which the caller says with what was expected.
    private static List<ChatMessage> Messages(RowFields row, string key) => row.IsFilled(key) ? ChatTurns.Read(row, key) : [];
}
