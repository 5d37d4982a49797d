using System.Globalization;
using System.Text.RegularExpressions;

namespace Repro.Core.Data;

/// <summary>Paraphrased replies with adjusted scores: a table with the columns <c>message</c> (a list of turns as text), <c>reply</c> and
/// <c>score</c>.</summary>
public static class AugmentedRatings
{
    internal const string Set = "augmented-ratings";

    /// <summary>The paraphrases of a released table.</summary>
    /// <param name="source">A .csv file.</param>
    /// <param name="reading">How prompts are read.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(RowSource source, PromptReading reading = PromptReading.Turns,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var message = row.Text("message");
            var reply = row.Text("reply");
            var turns = PythonText.List(message, $"{row.Where}: 'message'");
            if (turns.Count % 2 == 0)
            {
                throw new ReproException($"{row.Where}: 'message' must end with a turn of the user, found {turns.Count} turns.");
            }

            var score = row.Number("score", 0, 1);
            var prompt = reading == PromptReading.Turns ? turns : [.. message.EnumerateRunes().Select(rune => rune.ToString())];
            yield return new RatedReply(
                new(Set, Origin.GroupOf(turns[0]), row.LineName),
                [.. prompt.Select((text, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, text))],
                reply,
                new Dictionary<string, double>(),
                score);
        }
    }

    /// <summary>A fresh paraphrase of a rated reply, with the score that it deserves.</summary>
    /// <param name="original">A reply with a score from 0 to 1.</param>
    /// <param name="paraphrase">Another wording of it.</param>
    /// <param name="similarity">Cosine of the two texts' embeddings.</param>
    /// <param name="sameLanguage">Whether both are in the same language.</param>
    /// <param name="rule">Turns similarity into a lower score.</param>
    /// <exception cref="ReproException">The original has no score, or a number is outside its range.</exception>
    public static RatedReply Paraphrase(RatedReply original, string paraphrase, double similarity, bool sameLanguage, ParaphraseScore rule)
    {
        ArgumentNullException.ThrowIfNull(original);
        ArgumentNullException.ThrowIfNull(rule);
        return original with
        {
            Origin = original.Origin with { Item = original.Origin.Item + ":paraphrase" },
            Reply = paraphrase,
            Labels = new Dictionary<string, double>(),
            Score = rule.Adjust(original.Target, similarity, sameLanguage),
        };
    }
}

/// <summary>Replies rated for five properties from 0 to 4 (HelpSteer and HelpSteer2): rows with <c>prompt</c>, <c>response</c> and one key
/// for each property. A prompt of several turns has marks between them: a line with <c>&lt;extra_id_1&gt;Assistant</c> or
/// <c>&lt;extra_id_1&gt;User</c>.</summary>
public static partial class HelpSteer
{
    internal const string Set = "helpsteer";

    /// <summary>The highest rating.</summary>
    public const int Highest = 4;

    /// <summary>The rated properties.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];

    /// <summary>The replies with their ratings divided by the highest one, so that labels run from 0 to 1.</summary>
    /// <param name="source">A .jsonl or .jsonl.gz file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>Rows without a score.</returns>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default) =>
        from row in DataRows.Read(source, cancellation)
        let prompt = Turns(row.Content("prompt"))
        where ChatTurns.Fits(ChatTurns.ProblemOfPrompt(prompt), row, notes)
        select new RatedReply(
            new(Set, Origin.GroupOf(prompt[0].Content), row.LineName),
            prompt,
            row.Text("response"),
            Properties.ToDictionary(name => name, name => row.Whole(name, 0, Highest) / (double)Highest, StringComparer.Ordinal),
            null);

    /// <summary>Two replies and which one is better: rows of HelpSteer3 (<c>context</c>, <c>response1</c>, <c>response2</c>,
    /// <c>overall_preference</c>) or of the preferences of HelpSteer2 (<c>prompt</c>, <c>response_1</c>, <c>response_2</c>,
    /// <c>preference_strength</c>). The preference runs from -3 (the first is much better) to 3; rows with 0 are left out and
    /// noted.</summary>
    /// <param name="source">A .jsonl or .jsonl.gz file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PreferenceGroup> Preferences(RowSource source, ReadNotes? notes = null,
        CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var third = row.Has("context");
            var prompt = third ? ChatTurns.Read(row, "context") : Turns(row.Content("prompt"));
            var first = row.Text(third ? "response1" : "response_1");
            var second = row.Text(third ? "response2" : "response_2");
            var preference = row.Whole(third ? "overall_preference" : "preference_strength", -3, 3);
            var problem = ChatTurns.ProblemOfPrompt(prompt) ?? (preference == 0 ? "neither reply is preferred" : null);
            if (ChatTurns.Fits(problem, row, notes))
            {
                yield return new PreferenceGroup(
                    new(Set + "3", Origin.GroupOf(prompt[0].Content), row.LineName),
                    prompt,
                    [new(preference < 0 ? first : second, 0), new(preference < 0 ? second : first, 1)]);
            }
        }
    }

    private static List<ChatMessage> Turns(string prompt)
    {
        // The parts between the marks; Split puts the word of each mark before the text after it.
        var parts = Mark().Split(prompt);
        var turns = new List<ChatMessage> { new(ChatRole.User, parts[0]) };
        for (var i = 1; i + 1 < parts.Length; i += 2)
        {
            turns.Add(new(parts[i] == "User" ? ChatRole.User : ChatRole.Assistant, parts[i + 1]));
        }

        return turns;
    }

    [GeneratedRegex(@"\n?<extra_id_1>(User|Assistant)\n", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}

/// <summary>UltraFeedback as it was published: rows with <c>instruction</c> and <c>completions</c>, each a <c>response</c> with ratings
/// from 1 to 5 in <c>annotations</c>. (The form with <c>chosen</c> and <c>rejected</c> is read as preferences.)</summary>
public static class UltraFeedback
{
    internal const string Set = "ultrafeedback";

    /// <summary>The rated properties.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["instruction_following", "honesty", "truthfulness", "helpfulness"];

    /// <summary>All completions with their ratings, from 0 (for 1) to 1 (for 5). Completions that lack a rating are left out and
    /// noted.</summary>
    /// <param name="source">A .jsonl file.</param>
    /// <param name="notes">Takes what was left out.</param>
    /// <param name="cancellation">Checked before each row.</param>
    /// <returns>Rows without a score, those of one instruction after each other.</returns>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(RowSource source, ReadNotes? notes = null, CancellationToken cancellation = default)
    {
        foreach (var row in DataRows.Read(source, cancellation))
        {
            var instruction = row.Content("instruction");
            var index = 0;
            foreach (var completion in row.Children("completions"))
            {
                var item = Invariant($"{row.LineName}:{index++}");
                if (Labels(completion) is { } labels)
                {
                    yield return new RatedReply(
                        new(Set, Origin.GroupOf(instruction), item), [new(ChatRole.User, instruction)], completion.Text("response"), labels,
                            null);
                }
                else
                {
                    notes?.Add("a rating of the completion is missing", $"{row.Where}: completion {item}");
                }
            }
        }
    }

    // Null where one of the properties was not rated: the data say N/A then.
    private static Dictionary<string, double>? Labels(RowFields completion)
    {
        var annotations = completion.Child("annotations");
        var labels = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var name in Properties)
        {
            if (!annotations.Has(name) || annotations.Child(name) is not { } annotation || !annotation.Has("Rating")
                || Rating(annotation) is not { } rating)
            {
                return null;
            }

            labels[name] = (rating - 1) / 4.0;
        }

        return labels;
    }

    private static int? Rating(RowFields annotation) => !annotation.IsText("Rating") ? annotation.Whole("Rating", 1, 5)
        : annotation.Text("Rating") is "N/A" ? null
        : int.TryParse(annotation.Text("Rating"), NumberStyles.None, CultureInfo.InvariantCulture, out var rating)
            && rating is >= 1 and <= 5 ? rating
        : throw annotation.Fault("Rating", "must be a whole number from 1 to 5, or N/A");
}
