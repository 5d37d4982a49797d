namespace Repro.Core.Data;

/// <summary>Makes preferences of ratings.</summary>
public static class RatedGroups
{
    /// <summary>
    /// Groups scored replies to one prompt that follow each other, best first; equal scores are a tie. Groups of one reply, or of ties
    /// only, are left out and noted.
    /// </summary>
    /// <param name="rows">Rows with scores; memory holds one group.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <exception cref="ReproException">While rows are read: a row has no score.</exception>
    public static IEnumerable<PreferenceGroup> Preferences(IEnumerable<RatedReply> rows, ReadNotes? notes = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Groups(rows).Select(group => Ranked(group, notes)).OfType<PreferenceGroup>();
    }

    private static IEnumerable<List<RatedReply>> Groups(IEnumerable<RatedReply> rows)
    {
        var group = new List<RatedReply>();
        foreach (var row in rows)
        {
            if (group.Count > 0 && !group[0].Prompt.SequenceEqual(row.Prompt))
            {
                yield return group;
                group = [];
            }

            group.Add(row);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }

    private static PreferenceGroup? Ranked(List<RatedReply> group, ReadNotes? notes)
    {
        var scores = group.Select(row => row.Target).Distinct().OrderDescending().ToList();
        if (scores.Count < 2)
        {
            notes?.Add(group.Count == 1 ? "the prompt has one reply" : "all replies are rated equal", group[0].Origin.Place);
            return null;
        }

        return new PreferenceGroup(
            group[0].Origin,
            group[0].Prompt,
            [.. group.OrderByDescending(row => row.Target).Select(row => new RankedReply(row.Reply, scores.IndexOf(row.Target)))]);
    }
}

/// <summary>Drops conversations in which a model speaks about itself instead of answering: those that hold one of a list of phrases, in
/// whatever case.</summary>
public sealed class RefusalFilter
{
    private readonly string[] _phrases;

    /// <summary>Takes the phrases.</summary>
    /// <param name="phrases">At least one; none of them empty.</param>
    /// <exception cref="ReproException">There is none, or one is empty and would drop everything.</exception>
    public RefusalFilter(IEnumerable<string> phrases)
    {
        ArgumentNullException.ThrowIfNull(phrases);
        _phrases = [.. phrases];
        if (_phrases.Length == 0 || _phrases.Any(string.IsNullOrWhiteSpace))
        {
            throw new ReproException("the list of refusal phrases must hold at least one phrase, and none that is empty.");
        }
    }

    /// <summary>A general list for where a configuration names none.</summary>
    public static IReadOnlyList<string> GeneralPhrases { get; } =
    [
        "as an ai",
        "as a language model",
        "as a large language model",
        "i am an ai",
        "i'm an ai",
        "i am just a language model",
        "i am only a language model",
        "i cannot help with",
        "i can't help with",
        "i am unable to help",
        "i'm unable to help",
        "i cannot fulfill",
        "i can't fulfill",
        "i do not have personal opinions",
        "i don't have personal opinions",
        "i do not have feelings",
        "i don't have feelings",
        "my training data",
        "when i was last trained",
        "against my guidelines",
        "not programmed to",
    ];

    /// <summary>The first phrase that a text holds; null where it holds none.</summary>
    /// <param name="text">A question or an answer.</param>
    public string? Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Array.Find(_phrases, phrase => text.Contains(phrase, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Whether no message of a conversation holds a phrase.</summary>
    /// <param name="conversation">Questions and answers.</param>
    public bool Keeps(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        return conversation.Messages.All(message => Find(message.Content) is null);
    }
}
