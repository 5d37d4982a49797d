using System.Security.Cryptography;
using System.Text;

namespace Repro.Core.Data;

/// <summary>A row of a data set in the form that training takes.</summary>
public interface IDataRecord
{
    /// <summary>Where it comes from.</summary>
    Origin Origin { get; }
}

/// <summary>Where a record comes from.</summary>
/// <param name="Set">Name of the data set.</param>
/// <param name="Group">What must stay on one side of a split: a conversation tree, or all rows with one prompt.</param>
/// <param name="Item">Which of the group: a message, or a line of the file.</param>
public sealed record Origin(string Set, string Group, string Item)
{
    /// <summary>The group of rows that have no id of their own: equal texts give equal names.</summary>
    /// <param name="text">The prompt, or its first message.</param>
    /// <returns>16 hexadecimal digits.</returns>
    public static string GroupOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
    }

    /// <summary>Where a reader finds it, for messages: the data set, and the message or the line of the file.</summary>
    public string Place => $"{Set}, {Item}";

    /// <inheritdoc/>
    public override string ToString() => Place;
}

/// <summary>A conversation to learn from, ending with an answer.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Messages">At least one question and one answer; the last message is the assistant's.</param>
public sealed record Conversation(Origin Origin, IReadOnlyList<ChatMessage> Messages) : IDataRecord
{
    /// <summary>Messages at the beginning that carry no loss, whoever wrote them.</summary>
    public int PromptMessages { get; init; }
}

/// <summary>A text that is learned as it is, without a template.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Text">Not empty.</param>
public sealed record PlainText(Origin Origin, string Text) : IDataRecord;

/// <summary>A prompt to answer.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
public sealed record PromptOnly(Origin Origin, IReadOnlyList<ChatMessage> Prompt) : IDataRecord
{
    /// <summary>The right final answer where the data set has one, such as the number of a word problem.</summary>
    public string? Reference { get; init; }

    /// <summary>Kind of prompt where the data set sorts them.</summary>
    public string? Category { get; init; }
}

/// <summary>A reply with an absolute score.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">What the reply answers; ends with a message of the user, unless it was shredded into characters.</param>
/// <param name="Reply">The assistant's text.</param>
/// <param name="Labels">Ratings of annotators, by name, from 0 to 1; empty where only a score is known.</param>
/// <param name="Score">The target; for trained scores from 0 to 1. Null before labels are aggregated.</param>
public sealed record RatedReply(
    Origin Origin, IReadOnlyList<ChatMessage> Prompt, string Reply, IReadOnlyDictionary<string, double> Labels, double? Score) : IDataRecord
{
    /// <summary>Factor of the row's loss.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The score, where there must be one.</summary>
    /// <exception cref="ReproException">There is none yet.</exception>
    internal double Target => Score ?? throw new ReproException($"{Origin}: the reply has no score; labels must be aggregated first.");
}

/// <summary>A reply and its place among the others.</summary>
/// <param name="Text">The text.</param>
/// <param name="Rank">0 is best; equal ranks are a tie.</param>
public sealed record RankedReply(string Text, int Rank);

/// <summary>A prompt with two or more replies in order of preference.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
/// <param name="Replies">At least two, best first; ranks never fall, equal ranks are a tie.</param>
public sealed record PreferenceGroup(Origin Origin, IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<RankedReply> Replies) : IDataRecord
{
    /// <summary>Pairs (better, worse) of indices into the replies, ties left out, in order.</summary>
    public IEnumerable<(int Better, int Worse)> Pairs()
    {
        for (var better = 0; better < Replies.Count; better++)
        {
            for (var worse = better + 1; worse < Replies.Count; worse++)
            {
                if (Replies[better].Rank < Replies[worse].Rank)
                {
                    yield return (better, worse);
                }
            }
        }
    }
}

/// <summary>A reply that was judged by itself, not against another one: what TRL calls an unpaired preference.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
/// <param name="Completion">The assistant's text.</param>
/// <param name="Label">True where the reply is desirable.</param>
public sealed record UnpairedPreference(Origin Origin, IReadOnlyList<ChatMessage> Prompt, string Completion, bool Label) : IDataRecord;

/// <summary>One step of a solution.</summary>
/// <param name="Text">What is written.</param>
/// <param name="Rating">1 right, 0 neither right nor wrong, -1 wrong; null where nobody rated it.</param>
public sealed record SolutionStep(string Text, int? Rating);

/// <summary>A solution whose steps are rated one by one.</summary>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Prompt">Ends with a message of the user.</param>
/// <param name="Steps">At least one, in order; each continues those before it.</param>
public sealed record StepwiseSolution(Origin Origin, IReadOnlyList<ChatMessage> Prompt, IReadOnlyList<SolutionStep> Steps) : IDataRecord
{
    /// <summary>Whether the whole solution is right; null where the data do not say.</summary>
    public bool? IsRight { get; init; }
}

/// <summary>A message of a conversation.</summary>
/// <param name="Role">Who speaks.</param>
/// <param name="Content">The text.</param>
public sealed record ChatMessage(ChatRole Role, string Content);

/// <summary>Who speaks in a message.</summary>
public enum ChatRole
{
    /// <summary>Sets the frame, before the first user message.</summary>
    System,

    /// <summary>The human.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}
