using System.Text.RegularExpressions;
using Repro.Core.Data.Files;
using Repro.Core.Data.Records;
using Repro.Core.Text.Chat;

namespace Repro.Core.Data.Formats;

/// <summary>
/// Word problems with worked answers: rows with <c>question</c> and <c>answer</c>. An answer ends with a line <c>#### n</c>; calculator annotations
/// such as <c>&lt;&lt;48/2=24&gt;&gt;</c> stand in front of the numbers that they give.
/// </summary>
public static partial class GradeSchoolMath
{
    internal const string Set = "gsm8k";

    private const string AnswerMark = "#### ";

    /// <summary>The problems with their worked answers.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="keepAnnotations">Whether calculator annotations stay in the answers.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<Conversation> Conversations(string path, bool keepAnnotations = true, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        let question = row.Content("question")
        let answer = Worked(row)
        select new Conversation(
            Origin(row, question), [new(ChatRole.User, question), new(ChatRole.Assistant, keepAnnotations ? answer : WithoutAnnotations(answer))]);

    /// <summary>The problems with the final number as reference.</summary>
    /// <param name="path">A .jsonl file.</param>
    /// <param name="cancellation">Looked at before each row.</param>
    /// <exception cref="ReproException">While rows are read: the file or a row is not valid.</exception>
    public static IEnumerable<PromptOnly> Prompts(string path, CancellationToken cancellation = default) =>
        from row in JsonRows.Read(path, cancellation)
        let question = row.Content("question")
        select new PromptOnly(Origin(row, question), [new(ChatRole.User, question)]) { Reference = FinalAnswer(Worked(row)) };

    /// <summary>The number behind the last <c>####</c>, without commas between digits; null where there is none.</summary>
    /// <param name="answer">A worked answer, of the data set or of a model.</param>
    public static string? FinalAnswer(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Final().Matches(answer).LastOrDefault()?.Groups[1].Value.Replace(",", string.Empty, StringComparison.Ordinal);
    }

    /// <summary>The answer without calculator annotations; what they stand in front of stays.</summary>
    /// <param name="answer">A worked answer.</param>
    public static string WithoutAnnotations(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Annotation().Replace(answer, string.Empty);
    }

    private static Origin Origin(RowFields row, string question) => new(Set, Records.Origin.GroupOf(question), row.LineName);

    private static string Worked(RowFields row)
    {
        var answer = row.Content("answer");
        return FinalAnswer(answer) is not null ? answer : throw row.Fault("answer", $"must end with '{AnswerMark}' and a number");
    }

    [GeneratedRegex(@"#### *(-?[0-9][0-9,]*(?:\.[0-9]+)?)", RegexOptions.CultureInvariant)]
    private static partial Regex Final();

    [GeneratedRegex("<<[^<>]*>>", RegexOptions.CultureInvariant)]
    private static partial Regex Annotation();
}
