using System.Globalization;

namespace Repro.Core.Data;

/// <summary>Paraphrased replies with adjusted scores: a table with the columns <c>message</c> (a list of turns as text), <c>reply</c> and
/// <c>score</c>.</summary>
public static class AugmentedRatings
{
    internal const string Set = "augmented-ratings";

    private static readonly string[] Columns = ["message", "reply", "score"];

    /// <summary>The paraphrases of a released table.</summary>
    /// <param name="path">A .csv file.</param>
    /// <param name="reading">How prompts are read.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(string path, PromptReading reading = PromptReading.Turns, CancellationToken cancellation = default)
    {
        foreach (var (line, values) in CsvRows.Read(path, Columns, cancellation))
        {
            var where = Invariant($"{path}:{line}");
            var turns = PythonText.List(values[0], $"{where}: 'message'");
            if (turns.Count % 2 == 0)
            {
                throw new ReproException($"{where}: 'message' must end with a turn of the user, found {turns.Count} turns.");
            }

            if (!double.TryParse(values[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var score) || !(score is >= 0 and <= 1))
            {
                throw new ReproException($"{where}: 'score' must be a number from 0 to 1, found \"{values[2]}\".");
            }

            var prompt = reading == PromptReading.Turns ? turns : [.. values[0].EnumerateRunes().Select(rune => rune.ToString())];
            yield return new RatedReply(
                new(Set, Origin.GroupOf(turns[0]), Invariant($"{Path.GetFileName(path)}:{line}")),
                [.. prompt.Select((text, i) => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, text))],
                values[1],
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

/// <summary>Replies rated for five properties from 0 to 4: rows with <c>prompt</c>, <c>response</c> and one key for each
/// property.</summary>
public static class HelpSteer
{
    internal const string Set = "helpsteer";

    /// <summary>The highest rating.</summary>
    public const int Highest = 4;

    /// <summary>The rated properties.</summary>
    public static IReadOnlyList<string> Properties { get; } = ["helpfulness", "correctness", "coherence", "complexity", "verbosity"];

    /// <summary>The replies with their ratings divided by the highest one, so that labels run from 0 to 1.</summary>
    /// <param name="path">A .jsonl or .jsonl.gz file.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <returns>Rows without a score.</returns>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<RatedReply> Ratings(string path, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        let prompt = row.Content("prompt")
        select new RatedReply(
            new(Set, Origin.GroupOf(prompt), row.LineName),
            [new(ChatRole.User, prompt)],
            row.Text("response"),
            Properties.ToDictionary(name => name, name => row.Whole(name, 0, Highest) / (double)Highest, StringComparer.Ordinal),
            null);
}
