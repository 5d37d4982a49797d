using System.Globalization;
using Repro.Core;
using Repro.Experiments.Artifacts;

namespace Repro.Experiments.Crs.Facts;

/// <summary>The paraphrased low-quality replies with their adjusted scores. Columns are stored as lists of equal length, in file
/// order.</summary>
/// <param name="Prompts">Number of different conversations that the replies answer.</param>
/// <param name="Replies">Key of each reply, as for prompts.</param>
/// <param name="Scores">Adjusted score of each reply.</param>
/// <param name="Characters">Code points of each reply.</param>
/// <param name="Turns">Turns of the conversation that each reply answers, from the list that the message column holds as text.</param>
/// <param name="MessageCharacters">Code points of that text.</param>
internal sealed record AugmentationFacts(
    int Prompts,
    IReadOnlyList<string> Replies,
    IReadOnlyList<double> Scores,
    IReadOnlyList<int> Characters,
    IReadOnlyList<int> Turns,
    IReadOnlyList<int> MessageCharacters)
    : IFacts<AugmentationFacts>
{
    private static readonly string[] Columns = ["message", "reply", "score"];

    /// <summary>The score of the only reply with a key.</summary>
    /// <param name="reply">Key of the reply.</param>
    /// <exception cref="ReproException">There is none, or more than one.</exception>
    public double ScoreOf(string reply)
    {
        var found = Enumerable.Range(0, Replies.Count).Where(i => Replies[i] == reply).ToList();
        return found.Count == 1
            ? Scores[found[0]]
            : throw new ReproException($"expected one paraphrase with key '{reply}', found {found.Count}");
    }

    /// <inheritdoc/>
    public static AugmentationFacts Parse(RawFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var rows = file.Csv();
        foreach (var column in Columns)
        {
            if (rows.Count == 0 || !rows[0].ContainsKey(column))
            {
                throw new ReproException($"{file.Path}:1: expected rows with the columns {string.Join(", ", Columns)}");
            }
        }

        return new AugmentationFacts(
            rows.Select(r => r["message"]).Distinct(StringComparer.Ordinal).Count(),
            [.. rows.Select(r => PromptKey.Compute(r["reply"]))],
            [.. rows.Select((r, i) => Score(r["score"], Invariant($"{file.Path}: row {i + 1}")))],
            [.. rows.Select(r => TextLength.Characters(r["reply"]))],
            [.. rows.Select((r, i) => PythonList.Count(r["message"], Invariant($"{file.Path}: row {i + 1}: message")))],
            [.. rows.Select(r => TextLength.Characters(r["message"]))]);
    }

    private static double Score(string text, string where) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var score) && double.IsFinite(score)
            ? score
            : throw new ReproException($"{where}: score '{text}' is not a number");
}

/// <summary>Reads lists of strings in the text form that Python gives them: <c>['one', "it's two"]</c>.</summary>
internal static class PythonList
{
    /// <summary>Number of strings in a list.</summary>
    /// <param name="text">The list as text.</param>
    /// <param name="where">File and entry, for messages.</param>
    /// <exception cref="ReproException">The text is no such list.</exception>
    internal static int Count(string text, string where)
    {
        if (text is not ['[', .., ']'])
        {
            throw new ReproException($"{where}: expected a list of strings in square brackets");
        }

        var (count, at, end) = (0, 1, text.Length - 1);
        while (at < end)
        {
            if (count > 0)
            {
                at = text.AsSpan(at).StartsWith(", ") ? at + 2 : throw Bad(where, at);
            }

            var quote = at < end && text[at] is '\'' or '"' ? text[at] : throw Bad(where, at);
            for (at++; at < end && text[at] != quote; at++)
            {
                at += text[at] == '\\' ? 1 : 0;
            }

            at = at < end ? at + 1 : throw Bad(where, end);
            count++;
        }

        return count;
    }

    private static ReproException Bad(string where, int at) =>
        new(Invariant($"{where}: character {at + 1}: expected a quoted string, separated by a comma and a space"));
}
