namespace Repro.Core.Data;

/// <summary>The dataset types of TRL, each with plain texts or with lists of messages. A plain prompt is taken as one message of the user,
/// a plain completion as one of the assistant. Rows that cannot be used are left out and noted.</summary>
public static class TrlDatasets
{
    internal const string LanguageModeling = "text";
    internal const string PromptOnlyType = "prompt-only";
    internal const string PromptCompletionType = "prompt-completion";
    internal const string PreferenceType = "preference";
    internal const string StepwiseType = "stepwise";

    /// <summary>Rows with <c>text</c>, or the lines of a .txt file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PlainText> Texts(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let text = row.Text("text")
        where ChatTurns.Fits(string.IsNullOrWhiteSpace(text) ? "the text is empty" : null, row, notes)
        select new PlainText(new(LanguageModeling, Origin.GroupOf(text), row.LineName), text);

    /// <summary>Rows with <c>prompt</c>, and <c>reference</c> where the right answer is known.</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Prompts(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let prompt = ChatTurns.TextOrList(row, "prompt", ChatRole.User)
        where ChatTurns.Fits(ChatTurns.ProblemOfPrompt(prompt), row, notes)
        select new PromptOnly(OriginOf(PromptOnlyType, row, prompt), prompt) { Reference = row.OptionalText("reference") };

    /// <summary>Rows with <c>prompt</c> and <c>completion</c>. The prompt carries no loss, earlier turns of the assistant in it
    /// included.</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Completions(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var prompt = ChatTurns.TextOrList(row, "prompt", ChatRole.User);
            List<ChatMessage> messages = [.. prompt, .. ChatTurns.TextOrList(row, "completion", ChatRole.Assistant)];
            if (ChatTurns.Fits(ChatTurns.ProblemOfConversation(messages), row, notes))
            {
                yield return new Conversation(OriginOf(PromptCompletionType, row, prompt), messages) { PromptMessages = prompt.Count };
            }
        }
    }

    /// <summary>Rows with <c>chosen</c> and <c>rejected</c>, and <c>prompt</c> where they do not begin with it. Without it the prompt is
    /// what both have in common at their beginning, as in TRL. Lists of messages may repeat the prompt (UltraFeedback,
    /// binarised).</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PreferenceGroup> Preferences(RowSource source, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var pair = row.IsList("chosen") ? MessagePair(row) : TextPair(row);
            var problem = pair.Problem ?? ChatTurns.ProblemOfPrompt(pair.Prompt)
                ?? (pair.Chosen == pair.Rejected ? "both replies are equal" : null);
            if (ChatTurns.Fits(problem, row, notes))
            {
                yield return new PreferenceGroup(OriginOf(PreferenceType, row, pair.Prompt), pair.Prompt,
                    [new(pair.Chosen, 0), new(pair.Rejected, 1)]);
            }
        }
    }

    /// <summary>The chosen replies of <see cref="Preferences"/> as conversations; those whose chosen reply is empty are left out and
    /// noted.</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Chosen(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default)
    {
        foreach (var pair in Preferences(source, notes, cancellation))
        {
            if (string.IsNullOrWhiteSpace(pair.Replies[0].Text))
            {
                notes?.Add("the answer is empty", pair.Origin.Place);
                continue;
            }

            yield return new Conversation(pair.Origin, [.. pair.Prompt, new(ChatRole.Assistant, pair.Replies[0].Text)]);
        }
    }

    /// <summary>Rows with <c>prompt</c>, <c>completions</c> (the steps) and <c>labels</c> (true for a right step).</summary>
    /// <param name="source">The file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<StepwiseSolution> Steps(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var prompt = ChatTurns.TextOrList(row, "prompt", ChatRole.User);
            var steps = row.Texts("completions");
            var labels = row.Flags("labels");
            if (labels.Count != steps.Count)
            {
                throw row.Fault("labels", Invariant($"must hold as many values as 'completions' ({steps.Count})"));
            }

            if (ChatTurns.Fits(ChatTurns.ProblemOfPrompt(prompt) ?? (steps.Count == 0 ? "there is no step" : null), row, notes))
            {
                yield return new StepwiseSolution(
                    OriginOf(StepwiseType, row, prompt), prompt,
                        [.. steps.Zip(labels, (text, right) => new SolutionStep(text, right ? 1 : -1))]);
            }
        }
    }

    /// <summary>What tells groups apart: the first message of the user, so that turns of one conversation stay together.</summary>
    internal static string GroupText(IReadOnlyList<ChatMessage> messages) =>
        (messages.FirstOrDefault(message => message.Role == ChatRole.User) ?? messages[0]).Content;

    private static Origin OriginOf(string set, RowFields row, IReadOnlyList<ChatMessage> prompt) =>
        new(set, Origin.GroupOf(GroupText(prompt)), row.LineName);

    private static Pair TextPair(RowFields row)
    {
        var (chosen, rejected) = (row.Text("chosen"), row.Text("rejected"));
        if (row.Has("prompt"))
        {
            return new Pair(ChatTurns.TextOrList(row, "prompt", ChatRole.User), chosen, rejected, null);
        }

        var shared = chosen.AsSpan().CommonPrefixLength(rejected);
        // As in TRL, a space between prompt and reply goes with the reply. No character is cut in two.
        shared -= shared > 0 && (chosen[shared - 1] == ' ' || char.IsHighSurrogate(chosen[shared - 1])) ? 1 : 0;
        return new Pair([new(ChatRole.User, chosen[..shared])], chosen[shared..], rejected[shared..], shared == 0
            ? "both texts have no beginning in common" : null);
    }

    private static Pair MessagePair(RowFields row)
    {
        var (chosen, rejected) = (ChatTurns.Read(row, "chosen"), ChatTurns.Read(row, "rejected"));
        var prompt = row.Has("prompt") ? ChatTurns.TextOrList(row, "prompt", ChatRole.User) : [];
        if (chosen[0].Role == ChatRole.Assistant && rejected[0].Role == ChatRole.Assistant)
        {
            return Replies(prompt, chosen, rejected);
        }

        var shared = 0;
        while (shared < Math.Min(chosen.Count, rejected.Count) && chosen[shared] == rejected[shared])
        {
            shared++;
        }

        while (shared > 0 && chosen[shared - 1].Role != ChatRole.User)
        {
            shared--;
        }

        var own = chosen.GetRange(0, shared);
        // A prompt beside the lists repeats the question, or all of the messages before the replies.
        return prompt.Count > 0 && !own.SequenceEqual(prompt)
            && !(prompt.Count == 1 && own.Exists(message => message.Content.Trim() == prompt[0].Content.Trim()))
            ? new Pair(own, string.Empty, string.Empty, "'prompt' is not what 'chosen' and 'rejected' begin with")
            : Replies(own, chosen[shared..], rejected[shared..]);
    }

    private static Pair Replies(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected)
    {
        var single = chosen.Concat(rejected).All(message => message.Role == ChatRole.Assistant) && chosen.Count == 1 && rejected.Count == 1;
        return new Pair(prompt, chosen.FirstOrDefault()?.Content ?? string.Empty, rejected.FirstOrDefault()?.Content ?? string.Empty,
            prompt.Count == 0 ? "there is no prompt" : single ? null : "the dialogues part before the last answer");
    }

    private sealed record Pair(List<ChatMessage> Prompt, string Chosen, string Rejected, string? Problem);
}
