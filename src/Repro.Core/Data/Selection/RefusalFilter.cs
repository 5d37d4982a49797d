using Repro.Core.Data.Records;

namespace Repro.Core.Data.Selection;

/// <summary>Drops conversations in which a model speaks about itself instead of answering: those that hold one of a list of phrases, in whatever case.</summary>
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
