namespace Repro.Core.Data;

/// <summary>
/// Preference pairs of dialogues: rows with <c>chosen</c> and <c>rejected</c>, each a whole dialogue as one text whose turns begin with an
/// empty line and <c>Human:</c> or <c>Assistant:</c>. Both share their beginning; what differs at the end are the two replies.
/// </summary>
/// <remarks>
/// White space around a turn's text is not part of it. Where one dialogue goes on with a second turn of the assistant, its turns together
/// are the reply, an empty line between them. Rows that cannot be a pair (the dialogues part before the last answer, or are equal) are left
/// out and noted.
/// </remarks>
public static class HumanPreferences
{
    internal const string Set = "hh";

    private static readonly (string Mark, ChatRole Role)[] Marks = [("\n\nHuman:", ChatRole.User), ("\n\nAssistant:", ChatRole.Assistant)];

    /// <summary>The pairs.</summary>
    /// <param name="source">A .jsonl or .jsonl.gz file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PreferenceGroup> Preferences(RowSource source, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var chosen = Turns(row, "chosen");
            var rejected = Turns(row, "rejected");
            var shared = 0;
            while (shared < Math.Min(chosen.Count, rejected.Count) - 1 && chosen[shared] == rejected[shared])
            {
                shared++;
            }

            while (shared > 0 && chosen[shared - 1].Role != ChatRole.User)
            {
                shared--;
            }

            var better = chosen.Skip(shared).ToList();
            var worse = rejected.Skip(shared).ToList();
            var reason = shared == 0 || !better.Concat(worse).All(turn => turn.Role == ChatRole.Assistant)
                ? "the dialogues part before the last answer"
                : better.SequenceEqual(worse) ? "both dialogues are equal" : null;
            if (reason is not null)
            {
                notes?.Add(reason, row.Where);
                continue;
            }

            yield return new PreferenceGroup(
                new(Set, Origin.GroupOf(chosen[0].Content), row.LineName),
                chosen.GetRange(0, shared),
                [new(Reply(better), 0), new(Reply(worse), 1)]);
        }
    }

    /// <summary>The chosen dialogues of the pairs; those whose chosen reply is empty are left out and noted.</summary>
    /// <param name="source">A .jsonl or .jsonl.gz file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Conversations(RowSource source, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var pair in Preferences(source, notes, cancellation))
        {
            if (pair.Replies[0].Text.Length == 0)
            {
                notes?.Add("the answer is empty", pair.Origin.Place);
                continue;
            }

            yield return new Conversation(pair.Origin, [.. pair.Prompt, new(ChatRole.Assistant, pair.Replies[0].Text)]);
        }
    }

    private static string Reply(List<ChatMessage> turns) => string.Join("\n\n", turns.Select(turn => turn.Content));

    /// <summary>The turns of a dialogue.</summary>
    private static List<ChatMessage> Turns(RowFields row, string key)
    {
        var text = row.Text(key);
        var turns = new List<ChatMessage>();
        var next = Next(text, 0);
        if (next.Start != 0 || next.Role != ChatRole.User)
        {
            throw row.Fault(key, "must begin with an empty line and 'Human:'");
        }

        while (next.Start < text.Length)
        {
            var following = Next(text, next.End);
            turns.Add(new ChatMessage(next.Role, text[next.End..following.Start].Trim()));
            next = following;
        }

        return turns;
    }

    // The next mark from a place on: where it starts and ends; the end of the text where there is none.
    private static (int Start, int End, ChatRole Role) Next(string text, int from)
    {
        (int Start, int End, ChatRole Role) best = (text.Length, text.Length, ChatRole.System);
        foreach (var (mark, role) in Marks)
        {
            var start = text.IndexOf(mark, from, StringComparison.Ordinal);
            if (start >= 0 && start < best.Start)
            {
                best = (start, start + mark.Length, role);
            }
        }

        return best;
    }
}
